import type { PaymentSnapshot, StatePayment } from '../contract/payment-snapshot.ts';
import type { EpochMs } from '../payment/events.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import type { Payment } from '../payment/payment.ts';
import { platformStatusOf } from '../payment/payment.ts';

/** What every event and reply is stamped with. */
export interface Stamp {
  bootId: string;
  seq: number;
  at: EpochMs;
}

function time(epochMs: EpochMs): string {
  return new Date(epochMs).toISOString();
}

function timeOrNull(epochMs: EpochMs | null): string | null {
  return epochMs === null ? null : time(epochMs);
}

/** A payment as the register sees it. */
export function snapshotOf(payment: Payment, stamp: Stamp): PaymentSnapshot {
  return {
    orderId: payment.orderId,
    paymentId: payment.paymentId,
    outcome: outcomeOf(payment),
    reason: reasonOf(payment),
    platformStatus: platformStatusOf(payment),
    amount: payment.amount,
    capturedAmount: payment.capturedAmount,
    refundedAmount: null,
    intent: payment.intent?.kind ?? null,
    partialCapturePossible: payment.partialCapturePossible,
    plannedCaptureDelay: payment.plannedCaptureDelay,
    loyaltyIds: payment.personal.loyaltyIds,
    customerToken: payment.personal.customerToken,
    customerReceiptToken: payment.personal.customerReceiptToken,
    reservedAt: timeOrNull(payment.reservedAt),
    reservationExpiresAt: timeOrNull(payment.reservationExpiresAt),
    deadline: timeOrNull(payment.deadline),
    confirmedAt: timeOrNull(payment.confirmedAt),
    revision: payment.revision,
    bootId: stamp.bootId,
    seq: stamp.seq,
    at: time(stamp.at),
  };
}

/** The part that may stand in the retained state. */
export function statePaymentOf(payment: Payment): StatePayment {
  return {
    orderId: payment.orderId,
    outcome: outcomeOf(payment),
    platformStatus: platformStatusOf(payment),
    amount: payment.amount,
    intent: payment.intent?.kind ?? null,
    revision: payment.revision,
  };
}

/** Whether a register would see any difference between the two. */
export function looksTheSame(before: Payment, after: Payment): boolean {
  const plain = { bootId: '', seq: 0, at: 0 };
  const strip = (payment: Payment) =>
    JSON.stringify(snapshotOf({ ...payment, revision: 1, confirmedAt: null }, plain));
  return strip(before) === strip(after);
}
