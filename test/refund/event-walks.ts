import fc from 'fast-check';
import { refundStatuses } from '../../src/contract/refund-snapshot.ts';
import type { DatedRefundEvent, SeenRefund } from '../../src/refund/events.ts';
import type { Refund } from '../../src/refund/refund.ts';
import { unknownRefund } from '../../src/refund/refund.ts';
import type { Step } from '../../src/refund/transition.ts';
import { transition } from '../../src/refund/transition.ts';
import {
  amount,
  HOUR_MS,
  orderId,
  paymentId,
  refundOrderId,
  startedAt,
  started as startedSample,
} from './samples.ts';

/** Times around everything that matters: the start, 12 h, 20 h and 24 h. */
export const anyTime = fc.oneof(
  fc.constantFrom(
    ...[0, 12, 20, 24].flatMap((hours) => [-1, 0, 1].map((ms) => startedAt + hours * HOUR_MS + ms)),
  ),
  fc.integer({ min: startedAt, max: startedAt + 30 * HOUR_MS }),
);
/** Mostly this refund; now and then what belongs to somebody else. */
const refundIds = fc.constantFrom('refund-id-1', 'refund-id-1', 'refund-id-1', 'refund-id-2');
const refusals = fc
  .constantFrom('1004', '1351', '1352', '1354', '1367', '1368', '1306')
  .map((code) => ({ status: 409, code, correlationId: null }));
const seenRefund: fc.Arbitrary<SeenRefund> = fc.record({
  refundId: refundIds,
  paymentId: fc.constant(paymentId),
  refundOrderId: fc.constant(refundOrderId),
  status: fc.constantFrom(...refundStatuses, 'Reserved' as const, 'Initiated' as const),
  amount: fc.constant(amount),
});

const started = fc.record({
  type: fc.constant('started' as const),
  refundOrderId: fc.constant(refundOrderId),
  orderId: fc.constantFrom(orderId, null),
  paymentId: fc.constant(paymentId),
  amount: fc.constant(amount),
  idempotencyKey: fc.constantFrom('key-1', 'key-2'),
  body: fc.constantFrom('{"a":1}', '{"a":2}'),
  repeatUntil: fc.constant(startedAt + 12 * HOUR_MS),
  autoCapture: fc.boolean(),
  commandId: fc.constantFrom('c-1', null),
  at: fc.constant(startedAt),
});
const barred = fc.record({
  type: fc.constant('barred' as const),
  refundOrderId: fc.constant(refundOrderId),
  at: anyTime,
});
const observed = fc.record({
  type: fc.constant('observed' as const),
  seen: seenRefund,
  at: anyTime,
});
const simple = <T extends string>(type: T) => fc.record({ type: fc.constant(type), at: anyTime });
const refused = <T extends string>(type: T) =>
  fc.record({ type: fc.constant(type), refusal: refusals, at: anyTime });

const anyEvent: fc.Arbitrary<DatedRefundEvent> = fc.oneof(
  { weight: 1, arbitrary: started },
  { weight: 1, arbitrary: barred },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('createAnswered' as const),
      refundId: refundIds,
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
  { weight: 6, arbitrary: observed },
  { weight: 1, arbitrary: simple('absenceConcluded' as const) },
  { weight: 2, arbitrary: simple('cancelIntended' as const) },
  { weight: 2, arbitrary: simple('cancelAnswered' as const) },
  { weight: 2, arbitrary: refused('cancelRefused' as const) },
  { weight: 3, arbitrary: simple('captureIntended' as const) },
  { weight: 2, arbitrary: simple('captureAnswered' as const) },
  { weight: 2, arbitrary: refused('captureRefused' as const) },
);

const anything = fc.array(anyEvent, { maxLength: 20 });

/** So that what lies behind a reservation without an intent is met often enough. */
const reservedByHand = observed.map((look): DatedRefundEvent[] => [
  { ...startedSample(), autoCapture: false },
  { ...look, seen: { ...look.seen, refundId: 'refund-id-1', status: 'Reserved' } },
]);

/** Events in any order at any times, legal and nonsensical; most begin as a refund can begin. */
export const anyEvents: fc.Arbitrary<DatedRefundEvent[]> = fc.oneof(
  { weight: 1, arbitrary: anything },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.oneof(started, started, started, barred), anything)
      .map(([first, rest]): DatedRefundEvent[] => [first, ...rest]),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(reservedByHand, anything).map(([first, rest]) => [...first, ...rest]),
  },
);

export interface WalkStep {
  before: Refund;
  event: DatedRefundEvent;
  step: Step;
  after: Refund;
}

/** Every event thrown at the refund in turn; what is ignored or illegal leaves it as it was. */
export function walk(events: readonly DatedRefundEvent[]): WalkStep[] {
  let refund = unknownRefund(refundOrderId);
  return events.map((event) => {
    const before = refund;
    const step = transition(before, event);
    if (step.kind === 'moved') ({ refund } = step);
    return { before, event, step, after: refund };
  });
}
