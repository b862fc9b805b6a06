import type { EpochMs } from '../payment/events.ts';
import type { Refund } from './refund.ts';
import { isSettled } from './refund.ts';

const HOUR_MS = 3_600_000;
/** Rule 2: an unanswered create is repeated for so long at most; MobilePay keeps keys for 24 h. */
export const CREATE_REPEATED_MS = 12 * HOUR_MS;
/** A reserved refund is captured by itself after this (PoS V10, refund states). */
export const PAID_OUT_MS = 24 * HOUR_MS;
/** Rule 11: what nobody has captured by then is told loudly, while it can still be undone. */
const OVERDUE_MS = 20 * HOUR_MS;

/** What must still be done for a refund, derived from it alone: the same before and after a crash. */
export type Owed =
  | { do: 'nothing' }
  /** Look for it among the payment's refunds; between look-ups the create may repeat. */
  | { do: 'find'; paymentId: string }
  /** Ask what became of it. */
  | { do: 'ask'; refundId: string }
  | { do: 'capture'; refundId: string }
  | { do: 'cancel'; refundId: string }
  /** Reserved, and the register has not said what it wants: look now and then. */
  | { do: 'watch'; refundId: string };

export function owedOf(refund: Refund): Owed {
  switch (refund.state) {
    case 'none':
    case 'barred':
    case 'absent':
    case 'Captured':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCaptured':
      return { do: 'nothing' };
    case 'creating':
      return refund.paymentId === null
        ? { do: 'nothing' }
        : { do: 'find', paymentId: refund.paymentId };
    case 'Initiated':
    case 'Reserved': {
      const { refundId, intent } = refund;
      if (refundId === null) return { do: 'nothing' };
      if (intent === 'cancel') return { do: 'cancel', refundId };
      if (refund.state === 'Initiated') return { do: 'ask', refundId };
      return { do: intent === 'capture' ? 'capture' : 'watch', refundId };
    }
  }
}

/**
 * Rule 2: no create leaves after its time (12 h after the start), or after the intent to cancel.
 * From then on there are only look-ups. That it began in time is checked before the first entry.
 */
export function mayCreate(refund: Refund, now: EpochMs): boolean {
  return (
    refund.state === 'creating' &&
    refund.create !== null &&
    refund.intent === null &&
    now < refund.create.repeatUntil
  );
}

/**
 * Rule 11: from when on a person must look after it, since doing nothing pays out; null when nobody
 * need. Counted from the start, since nobody knows how much later MobilePay reserved it.
 */
export function overdueAt(refund: Refund): EpochMs | null {
  if (isSettled(refund) || refund.intent === 'capture') return null;
  const since = refund.create?.startedAt ?? refund.reservedAt;
  return since === null ? null : since + OVERDUE_MS;
}
