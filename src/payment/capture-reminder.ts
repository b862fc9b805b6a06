import type { EpochMs } from './events.ts';
import type { Payment } from './payment.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * When somebody must be reminded of a reservation, unless it ends before; never is `Infinity`. It
 * waits for the register as long as its planned delay allows: a day for None (MobilePay's support
 * may call the day after) and for LessThan24Hours, and for LessThan14Days until a day before the
 * reservation ends. What the terminal is bound to do, it has a day to settle.
 */
export function captureDueAt(payment: Payment): EpochMs {
  const { state, intendedAt, reservedAt, reservationExpiresAt } = payment;
  if (state !== 'Reserved' || reservedAt === null) return Number.POSITIVE_INFINITY;
  if (intendedAt !== null) return intendedAt + DAY_MS;
  switch (payment.plannedCaptureDelay) {
    case null:
    case 'None':
    case 'LessThan24Hours':
      return reservedAt + DAY_MS;
    case 'LessThan14Days':
      return (reservationExpiresAt ?? reservedAt) - DAY_MS;
  }
}
