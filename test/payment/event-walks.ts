import fc from 'fast-check';
import { declineReasons, platformStatuses } from '../../src/contract/payment-snapshot.ts';
import type { DatedEvent, SeenPayment } from '../../src/payment/events.ts';
import type { Payment } from '../../src/payment/payment.ts';
import { unknownOrder } from '../../src/payment/payment.ts';
import type { Step } from '../../src/payment/transition.ts';
import { transition } from '../../src/payment/transition.ts';
import {
  deadline,
  expiresAt,
  noPersonalData,
  orderId,
  posId,
  preparedUntil,
  startedAt,
} from './samples.ts';

/** Times around everything that matters: the start, the create's limit, the customer's deadline. */
export const anyTime = fc.oneof(
  fc.constantFrom(
    startedAt,
    expiresAt - 1,
    expiresAt,
    deadline - 1,
    deadline,
    deadline + 1,
    preparedUntil,
  ),
  fc.integer({ min: startedAt, max: deadline + 120_000 }),
);
const amount = fc.record({
  currency: fc.constantFrom('DKK' as const, 'DKK' as const, 'EUR' as const),
  value: fc.constantFrom(1250, 1250, 700, 1251, 1),
});
/** Mostly this order's own payment; now and then what belongs to somebody else. */
const paymentIds = fc.constantFrom('payment-1', 'payment-1', 'payment-1', 'payment-2');
const refusals = fc
  .constantFrom('1102', '1300', '1301', '1304', '1305', '1307', '1308')
  .map((code) => ({ status: 409, code, correlationId: null }));
const seenPayment: fc.Arbitrary<SeenPayment> = fc.record({
  paymentId: paymentIds,
  orderId: fc.constant(orderId),
  posId: fc.constant(posId),
  status: fc.constantFrom(...platformStatuses, 'Reserved' as const, 'Reserved' as const),
  amount: fc.option(amount, { freq: 8 }),
  partialCapturePossible: fc.constantFrom(null, true, false),
  expiresAt: fc.option(fc.constant(deadline + 1_000_000)),
  personal: fc.constantFrom(noPersonalData, { ...noPersonalData, customerToken: 'token-1' }),
});

const started = fc.record({
  type: fc.constant('started' as const),
  orderId: fc.constant(orderId),
  posId: fc.constant(posId),
  amount,
  idempotencyKey: fc.constantFrom('key-1', 'key-2'),
  body: fc.constantFrom('{"a":1}', '{"a":2}'),
  expiresAt: fc.constant(expiresAt),
  deadline: fc.constantFrom(deadline, expiresAt - 10_000),
  autoCapture: fc.boolean(),
  plannedCaptureDelay: fc.constant('None' as const),
  at: fc.constant(startedAt),
});
const preparing = fc.record({
  type: fc.constant('preparationStarted' as const),
  orderId: fc.constant(orderId),
  posId: fc.constant(posId),
  idempotencyKey: fc.constantFrom('key-1', 'key-2'),
  body: fc.constantFrom('{"b":1}', '{"b":2}'),
  expiresAt: fc.constant(expiresAt),
  deadline: fc.constant(preparedUntil),
  at: fc.constant(startedAt),
});
/** Its body follows from the amount, as it does in the terminal. */
const readied = fc
  .record({
    type: fc.constant('readied' as const),
    amount,
    expiresAt: fc.constantFrom(expiresAt, expiresAt - 20_000),
    customerTimeoutSeconds: fc.constantFrom(5, 60, 150),
    autoCapture: fc.boolean(),
    plannedCaptureDelay: fc.constant('None' as const),
    at: anyTime,
  })
  .map((event) => ({ ...event, body: JSON.stringify(event.amount) }));
const adopted = fc.record({
  type: fc.constant('adopted' as const),
  seen: seenPayment,
  at: anyTime,
});
const sought = fc.record({
  type: fc.constant('sought' as const),
  orderId: fc.constant(orderId),
  posId: fc.constantFrom(posId, null),
  at: anyTime,
});
const barred = fc.record({
  type: fc.constant('barred' as const),
  orderId: fc.constant(orderId),
  at: anyTime,
});
const observed = fc.record({
  type: fc.constant('observed' as const),
  seen: seenPayment,
  at: anyTime,
});
const simple = <T extends string>(type: T) => fc.record({ type: fc.constant(type), at: anyTime });
const cancelIntended = fc.record({
  type: fc.constant('cancelIntended' as const),
  reason: fc.constantFrom(...declineReasons),
  at: anyTime,
});
const captureIntended = fc.record({
  type: fc.constant('captureIntended' as const),
  amount,
  at: anyTime,
});

const anyEvent: fc.Arbitrary<DatedEvent> = fc.oneof(
  { weight: 1, arbitrary: started },
  { weight: 1, arbitrary: preparing },
  { weight: 3, arbitrary: readied },
  { weight: 2, arbitrary: simple('readyAnswered' as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('readyRefused' as const),
      refusal: refusals,
      final: fc.boolean(),
      at: anyTime,
    }),
  },
  { weight: 1, arbitrary: adopted },
  { weight: 1, arbitrary: sought },
  { weight: 1, arbitrary: barred },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('createAnswered' as const),
      paymentId: paymentIds,
      at: anyTime,
    }),
  },
  { weight: 1, arbitrary: simple('createUnanswered' as const) },
  { weight: 1, arbitrary: simple('createUnsent' as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('createRefused' as const),
      refusal: refusals,
      proof: fc.boolean(),
      at: anyTime,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('rekeyed' as const),
      idempotencyKey: fc.constantFrom('key-3', 'key-4'),
      at: anyTime,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('foreignCancelIntended' as const),
      paymentId: fc.constantFrom('foreign-1', 'foreign-2'),
      at: anyTime,
    }),
  },
  { weight: 8, arbitrary: observed },
  { weight: 1, arbitrary: simple('absenceConcluded' as const) },
  { weight: 2, arbitrary: cancelIntended },
  { weight: 2, arbitrary: simple('cancelAnswered' as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('cancelRefused' as const),
      refusal: refusals,
      at: anyTime,
    }),
  },
  { weight: 4, arbitrary: captureIntended },
  { weight: 2, arbitrary: simple('captureAnswered' as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('captureRefused' as const),
      refusal: refusals,
      final: fc.boolean(),
      at: anyTime,
    }),
  },
);

const anything = fc.array(anyEvent, { maxLength: 24 });

/** The way most orders go, so that what lies behind a reservation is met often enough. */
const reservedByHand = fc
  .tuple(started, observed, fc.constantFrom('Reserved' as const, 'IssuedToUser' as const))
  .map(([begin, look, status]): DatedEvent[] => [
    { ...begin, autoCapture: false },
    { ...look, seen: { ...look.seen, paymentId: 'payment-1', status } },
  ]);

/** A customer is there before the amount is. */
const preparedInTime = fc
  .tuple(preparing, observed, readied, fc.nat({ max: 2 }))
  .map(([begin, look, ready, length]): DatedEvent[] =>
    [
      begin,
      { type: 'createAnswered' as const, paymentId: 'payment-1', at: startedAt },
      { ...look, seen: { ...look.seen, paymentId: 'payment-1', status: 'Paired' as const } },
      { ...ready, at: startedAt },
    ].slice(0, length + 2),
  );

/** Events in any order at any times, legal and nonsensical; most begin as an order can begin. */
export const anyEvents: fc.Arbitrary<DatedEvent[]> = fc.oneof(
  { weight: 1, arbitrary: anything },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.oneof(started, started, started, preparing, preparing, adopted, sought, barred),
        anything,
      )
      .map(([first, rest]): DatedEvent[] => [first, ...rest]),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(reservedByHand, anything).map(([first, rest]) => [...first, ...rest]),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(preparedInTime, anything).map(([first, rest]) => [...first, ...rest]),
  },
);

export interface WalkStep {
  before: Payment;
  event: DatedEvent;
  step: Step;
  after: Payment;
}

/** Every event thrown at the order in turn; what is ignored or illegal leaves it as it was. */
export function walk(events: readonly DatedEvent[]): WalkStep[] {
  let payment = unknownOrder(orderId);
  return events.map((event) => {
    const before = payment;
    const step = transition(before, event);
    if (step.kind === 'moved') payment = step.payment;
    return { before, event, step, after: payment };
  });
}

export function movesOf(events: readonly DatedEvent[]): WalkStep[] {
  return walk(events).filter(({ step }) => step.kind === 'moved');
}
