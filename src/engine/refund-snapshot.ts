import type { RefundSnapshot, StateRefund } from '../contract/refund-snapshot.ts';
import { outcomeOf, reasonOf } from '../refund/outcome.ts';
import type { Refund } from '../refund/refund.ts';
import { platformStatusOf } from '../refund/refund.ts';
import type { Stamp } from './snapshot.ts';
import { time, timeOrNull } from './snapshot.ts';

/** A refund as the register sees it. */
export function refundSnapshotOf(refund: Refund, stamp: Stamp): RefundSnapshot {
  return {
    refundOrderId: refund.refundOrderId,
    orderId: refund.orderId,
    paymentId: refund.paymentId,
    refundId: refund.refundId,
    outcome: outcomeOf(refund),
    reason: reasonOf(refund),
    platformStatus: platformStatusOf(refund),
    amount: refund.amount,
    intent: refund.intent,
    reservedAt: timeOrNull(refund.reservedAt),
    paysOutAt: timeOrNull(refund.paysOutAt),
    confirmedAt: timeOrNull(refund.confirmedAt),
    revision: refund.revision,
    bootId: stamp.bootId,
    seq: stamp.seq,
    at: time(stamp.at),
  };
}

/** The part that stands in the retained state. */
export function stateRefundOf(refund: Refund): StateRefund {
  return {
    refundOrderId: refund.refundOrderId,
    orderId: refund.orderId,
    outcome: outcomeOf(refund),
    platformStatus: platformStatusOf(refund),
    amount: refund.amount,
    intent: refund.intent,
    revision: refund.revision,
  };
}

/** Whether a register would see any difference between the two. */
export function looksTheSame(before: Refund, after: Refund): boolean {
  const plain = { bootId: '', seq: 0, at: 0 };
  const strip = (refund: Refund) =>
    JSON.stringify(refundSnapshotOf({ ...refund, revision: 1, confirmedAt: null }, plain));
  return strip(before) === strip(after);
}
