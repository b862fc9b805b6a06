import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled, unknownOrder } from '../payment/payment.ts';
import { foldPayment, transition } from '../payment/transition.ts';
import type { Journal, PaymentPlatform } from '../ports.ts';
import type { Kind } from './account.ts';
import { answerOf, isWaitingName } from './answers.ts';
import type { Refunded } from './snapshot.ts';
import { looksTheSame, snapshotOf } from './snapshot.ts';

/** Begun, or tried again under another key: nothing a register could act on yet. */
const quiet: ReadonlySet<PaymentEvent['type']> = new Set([
  'started',
  'preparationStarted',
  'readied',
  'rekeyed',
  'foreignCancelIntended',
  'barred',
]);

/** What is paid back of a payment, by the journal's knowledge. Only what is captured can be. */
export function refundedOf(journal: Pick<Journal, 'paidOut'>, payment: Payment): Refunded {
  if (payment.state !== 'Captured' || payment.paymentId === null) return { count: 0, value: 0 };
  return journal.paidOut(payment.paymentId);
}

export function paymentKind(
  journal: Journal,
  explain: PaymentPlatform['explain'],
): Kind<Payment, PaymentEvent, PaymentSnapshot> {
  return {
    name: 'payment',
    named: (orderId) => ({ orderId }),
    unknown: unknownOrder,
    fold: foldPayment,
    step(payment, event) {
      const step = transition(payment, event);
      return step.kind === 'moved'
        ? { kind: 'moved', held: step.payment, faults: step.faults }
        : step;
    },
    isSettled,
    stateOf: ({ state }) => state,
    snapshot: (payment, stamp) => snapshotOf(payment, stamp, refundedOf(journal, payment)),
    isTold: (before, after, events) =>
      !events.every(({ type }) => quiet.has(type)) && !looksTheSame(before, after),
    isBarred: ({ state }) => state === 'barred',
    journalled: (orderId) => journal.order(orderId),
    entries: (orderId, events, settled) => ({
      events: events.map((event) => ({ orderId, event, settled })),
    }),
    aboutOf: ({ orderId }) => orderId,
    isWaiting: isWaitingName,
    answer: ({ id, name }, payment, snapshot) =>
      isWaitingName(name) ? answerOf(name, { id, payment, snapshot, explain }) : undefined,
    alongside: () => [],
  };
}
