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

export function time(epochMs: EpochMs): string {
  return new Date(epochMs).toISOString();
}

export function timeOrNull(epochMs: EpochMs | null): string | null {
  return epochMs === null ? null : time(epochMs);
}

/** How many refunds of a payment are paid out, and their sum in minor units. */
export interface Refunded {
  count: number;
  value: number;
}
const nothing: Refunded = { count: 0, value: 0 };

/** Each payout changes what is told of the payment, though nothing happens to the payment itself. */
function revisionOf(payment: Payment, refunded: Refunded): number {
  return payment.revision + refunded.count;
}

/** A payment as the register sees it. */
export function snapshotOf(payment: Payment, stamp: Stamp, refunded = nothing): PaymentSnapshot {
  const { capturedAmount } = payment;
  return {
    orderId: payment.orderId,
    paymentId: payment.paymentId,
    outcome: outcomeOf(payment),
    reason: reasonOf(payment),
    platformStatus: platformStatusOf(payment),
    amount: payment.amount,
    capturedAmount,
    refundedAmount: capturedAmount && { currency: capturedAmount.currency, value: refunded.value },
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
    revision: revisionOf(payment, refunded),
    bootId: stamp.bootId,
    seq: stamp.seq,
    at: time(stamp.at),
  };
}

/** The part that may stand in the retained state. */
export function statePaymentOf(payment: Payment, refunded: Refunded): StatePayment {
  return {
    orderId: payment.orderId,
    outcome: outcomeOf(payment),
    platformStatus: platformStatusOf(payment),
    amount: payment.amount,
    intent: payment.intent?.kind ?? null,
    revision: revisionOf(payment, refunded),
  };
}

/** Whether a register would see any difference between the two. */
export function looksTheSame(before: Payment, after: Payment): boolean {
  const plain = { bootId: '', seq: 0, at: 0 };
  const strip = (payment: Payment) =>
    JSON.stringify(snapshotOf({ ...payment, revision: 1, confirmedAt: null }, plain));
  return strip(before) === strip(after);
}
