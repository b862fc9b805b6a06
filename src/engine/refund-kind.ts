import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import type { Payment } from '../payment/payment.ts';
import type { Journal, PaymentPlatform } from '../ports.ts';
import type { RefundEvent } from '../refund/events.ts';
import type { Refund } from '../refund/refund.ts';
import { isPaidOut, isSettled, unknownRefund } from '../refund/refund.ts';
import { foldRefund, transition } from '../refund/transition.ts';
import type { Kind } from './account.ts';
import { refundedOf } from './payment-kind.ts';
import { answerOf, isWaitingName } from './refund-answers.ts';
import { looksTheSame, refundSnapshotOf } from './refund-snapshot.ts';
import type { Stamp } from './snapshot.ts';
import { snapshotOf } from './snapshot.ts';

/** Begun: nothing a register could act on yet. */
const quiet: ReadonlySet<RefundEvent['type']> = new Set(['started', 'barred']);

export function refundKind(
  journal: Journal,
  explain: PaymentPlatform['explain'],
  paymentOf: (orderId: string) => Payment | undefined,
): Kind<Refund, RefundEvent, RefundSnapshot> {
  /** The refunded payment, if its order is named and in the journal. */
  function refundedPayment({ orderId, paymentId }: Refund): Payment | undefined {
    const payment = orderId === null ? undefined : paymentOf(orderId);
    return payment?.paymentId === paymentId ? payment : undefined;
  }

  /** How the payment stands, told beside the refund and stamped alike. */
  function paymentBeside(refund: Refund, snapshot: RefundSnapshot): PaymentSnapshot | null {
    const payment = refundedPayment(refund);
    if (payment === undefined) return null;
    const { bootId, seq, at } = snapshot;
    const stamp: Stamp = { bootId, seq, at: Date.parse(at) };
    return snapshotOf(payment, stamp, refundedOf(journal, payment));
  }

  return {
    name: 'refund',
    named: (refundOrderId) => ({ refundOrderId }),
    unknown: unknownRefund,
    fold: foldRefund,
    step(refund, event) {
      const step = transition(refund, event);
      return step.kind === 'moved'
        ? { kind: 'moved', held: step.refund, faults: step.faults }
        : step;
    },
    isSettled,
    stateOf: ({ state }) => state,
    snapshot: refundSnapshotOf,
    isTold: (before, after, events) =>
      !events.every(({ type }) => quiet.has(type)) && !looksTheSame(before, after),
    isBarred: ({ state }) => state === 'barred',
    journalled: (refundOrderId) => journal.refund(refundOrderId),
    entries: (refundOrderId, events, settled) => ({
      refundEvents: events.map((event) => ({ refundOrderId, event, settled })),
    }),
    aboutOf: ({ refundOrderId }) => refundOrderId,
    isWaiting: isWaitingName,
    answer({ id, name }, refund, snapshot) {
      if (!isWaitingName(name)) return undefined;
      const payment = () => paymentBeside(refund, snapshot());
      return answerOf(name, { id, refund, snapshot, payment, explain });
    },
    /** A payout changes what is told of the payment: its refunded amount. */
    alongside(before, after, stamp) {
      if (isPaidOut(before) || !isPaidOut(after) || after.amount === null) return [];
      const payment = refundedPayment(after);
      if (payment === undefined) return [];
      const { count, value } = refundedOf(journal, payment);
      const refunded = { count: count + 1, value: value + after.amount.value };
      return [{ name: 'payment', payload: snapshotOf(payment, stamp, refunded) }];
    },
  };
}
