import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultCode } from '../../src/contract/faults.ts';
import type { Outcome } from '../../src/contract/payment-snapshot.ts';
import type { RefundStatus } from '../../src/contract/refund-snapshot.ts';
import { outcomeOf } from '../../src/refund/outcome.ts';
import { isPaidOut } from '../../src/refund/refund.ts';
import { foldRefund } from '../../src/refund/transition.ts';
import { cancelVerdict, captureVerdict } from '../../src/refund/verdicts.ts';
import type { Fate } from '../payment/unsteady-line.ts';
import { createUnsteadyLine, fates } from '../payment/unsteady-line.ts';
import { createFakeMobilePay } from './fake-mobilepay.ts';
import type { CrashPoint } from './little-engine.ts';
import { createLittleEngine } from './little-engine.ts';
import { amount, HOUR_MS, orderId, paymentId, refundOrderId, startedAt } from './samples.ts';

type Wish = 'cancel' | 'capture';
type Happening =
  | { kind: 'work'; fate: Fate; crash: CrashPoint }
  | { kind: 'wait'; ms: number }
  | { kind: 'late answers' }
  | { kind: 'crash' }
  | { kind: 'MobilePay'; to: 'Reserved' | 'CancelledByMobilePay' }
  | { kind: 'register'; wants: Wish };

interface World {
  autoCapture: boolean;
  refuses: string | null;
  happenings: Happening[];
  /** What the register says of a reservation that still waits for it in the end; null: nothing. */
  lastWord: Wish | null;
}

const someWork = fc.record({
  kind: fc.constant('work' as const),
  fate: fc.oneof(fc.constant('delivered' as const), fc.constantFrom(...fates)),
  crash: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('before-sending' as const, 'before-reading' as const) },
  ),
});
const goodWork: Happening = { kind: 'work', fate: 'delivered', crash: 'none' };
const reserves: Happening = { kind: 'MobilePay', to: 'Reserved' };
/** A refund that goes well up to some point, so that trouble meets every stage often enough. */
const goodBeginning = fc
  .nat({ max: 3 })
  .map((length) => [goodWork, reserves, goodWork].slice(0, length));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: someWork },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(1, 500, 5_000, 60_000) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(600_000, HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS),
        },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'late answers' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('MobilePay' as const),
      to: fc.constantFrom(
        'Reserved' as const,
        'Reserved' as const,
        'CancelledByMobilePay' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      wants: fc.constantFrom('cancel' as const, 'capture' as const),
    }),
  },
);
const worlds: fc.Arbitrary<World> = fc.record({
  autoCapture: fc.boolean(),
  refuses: fc.constantFrom(null, null, null, null, '1367', '1368'),
  happenings: fc
    .tuple(goodBeginning, fc.array(happening, { maxLength: 30 }))
    .map(([good, rest]) => [...good, ...rest]),
  lastWord: fc.constantFrom('cancel' as const, 'capture' as const, null),
});

interface Told {
  outcome: Outcome;
  revision: number;
  faults: readonly FaultCode[];
  /** Every status that MobilePay's refund had had at that moment. */
  past: readonly RefundStatus[];
}

function play(plan: World) {
  let now = startedAt;
  const mobilePay = createFakeMobilePay(() => now, plan.refuses);
  const line = createUnsteadyLine(() => now);
  const told: Told[] = [];
  const wanted: Wish[] = [];
  let creates = 0;
  // Somebody else's refund of the same payment and amount: never ours to touch.
  const theirs = mobilePay.place('theirs', 'Captured');

  const engine = createLittleEngine(
    {
      mobilePay,
      line,
      now: () => now,
      onMoved(refund, faults) {
        const past = [...(mobilePay.ours()[0]?.past ?? [])];
        told.push({ outcome: outcomeOf(refund), revision: refund.revision, faults, past });
      },
      onCreate(refund) {
        creates += 1;
        expect(now).toBeLessThan(startedAt + 12 * HOUR_MS);
        expect(wanted).not.toContain('cancel');
        expect(refund.create).toMatchObject({ idempotencyKey: 'key-1', body: '{}' });
      },
    },
    {
      type: 'started',
      refundOrderId,
      orderId,
      paymentId,
      amount,
      idempotencyKey: 'key-1',
      body: '{}',
      repeatUntil: startedAt + 12 * HOUR_MS,
      autoCapture: plan.autoCapture,
      commandId: null,
    },
  );

  function wait(ms: number): void {
    now += ms;
    line.arrive();
    mobilePay.lapse();
  }

  function register(wants: Wish): void {
    const verdict = wants === 'cancel' ? cancelVerdict : captureVerdict;
    if (verdict(engine.refund()) !== 'accept') return;
    engine.apply({ type: wants === 'cancel' ? 'cancelIntended' : 'captureIntended' });
    wanted.push(wants);
  }

  function happens(what: Happening): void {
    switch (what.kind) {
      case 'work':
        return engine.work(what.fate, what.crash);
      case 'wait':
        return wait(what.ms);
      case 'late answers':
        return line.readLateAnswers();
      case 'crash': {
        const before = engine.refund();
        engine.crash();
        expect(engine.refund()).toEqual(before);
        return;
      }
      case 'MobilePay':
        return mobilePay.nudge(what.to);
      case 'register':
        return register(what.wants);
    }
  }

  for (const what of plan.happenings) happens(what);

  // The line is mended. Whatever is still owed must now come to its end by itself.
  for (let turn = 0; turn < 400 && !engine.settled(); turn += 1) {
    wait(turn < 300 ? 30_000 : HOUR_MS);
    line.readLateAnswers();
    mobilePay.nudge('Reserved');
    engine.work('delivered', 'none');
    if (plan.lastWord !== null && engine.refund().state === 'Reserved') register(plan.lastWord);
  }
  line.arrive(true);
  line.readLateAnswers();

  return { mobilePay, engine, told, wanted, theirs, ours: mobilePay.ours(), creates };
}
type Played = ReturnType<typeof play>;

function always(check: (played: Played, plan: World) => void): void {
  fc.assert(
    fc.property(worlds, (plan) => {
      check(play(plan), plan);
    }),
    { numRuns: 600 },
  );
}

describe('one refund against MobilePay, with lost, late and doubled calls and crashes', () => {
  it('comes to an end by itself once the line is mended', () => {
    always(({ engine }) => expect(engine.settled()).toBe(true));
  });

  it('there is at most one refund at MobilePay, and nobody else’s is touched', () => {
    always(({ ours, theirs }) => {
      expect(ours.length).toBeLessThanOrEqual(1);
      expect(theirs.past).toEqual(['Captured']);
    });
  });

  it('what is told in the end is what became of the money', () => {
    always(({ engine, told, ours }) => {
      const [refund] = ours;
      const paidOut = refund?.status === 'Captured' || refund?.status === 'ExpiredAndCaptured';
      expect(told.at(-1)?.outcome ?? 'unknown').toBe(paidOut ? 'approved' : 'declined');
      expect(isPaidOut(engine.refund())).toBe(paidOut);
    });
  });

  it('approved is told only where MobilePay has reserved or paid out', () => {
    always(({ told }) => {
      for (const { outcome, past } of told) {
        if (outcome === 'approved') expect(past).toContain('Reserved');
      }
    });
  });

  it('rule 11: declined is paid out only by MobilePay itself, and then it is a fault', () => {
    always(({ told, ours }) => {
      const declined = told.some(({ outcome }) => outcome === 'declined');
      const faults = told.flatMap((each) => each.faults);
      const last = ours[0]?.status;
      if (declined) expect(last).not.toBe('Captured');
      expect(faults).toEqual(declined && last === 'ExpiredAndCaptured' ? ['money-lost'] : []);
    });
  });

  it('rule 8: a refund that the register wanted ends as it wanted, or as MobilePay did', () => {
    always(({ wanted, ours }) => {
      const [refund] = ours;
      const allowed: RefundStatus[] = ['CancelledByMobilePay', 'ExpiredAndCaptured'];
      if (wanted[0] === undefined || refund === undefined) return;
      const own = wanted[0] === 'cancel' ? 'CancelledByClient' : 'Captured';
      expect([...allowed, own]).toContain(refund.status);
      expect(wanted).toHaveLength(1);
    });
  });

  it('rule 2: no create leaves after 12 h or the intent to cancel', () => {
    // The check stands in `onCreate`, before each create leaves.
    always(({ creates, ours }) => {
      if (ours.length > 0) expect(creates).toBeGreaterThan(0);
    });
  });

  it('the revision rises with everything told, over all crashes, and the journal folds to the end', () => {
    always(({ told, engine }) => {
      expect(told.map(({ revision }) => revision)).toEqual(told.map((_, index) => index + 2));
      expect(foldRefund(engine.journal)).toEqual(engine.refund());
    });
  });

  it('the plays meet every kind of end, and payouts against our will', () => {
    const ends = new Set<string>();
    let against = 0;
    for (const plan of fc.sample(worlds, { numRuns: 1_000, seed: 3 })) {
      const { engine, told } = play(plan);
      ends.add(engine.refund().state);
      against += told.some(({ faults }) => faults.includes('money-lost')) ? 1 : 0;
    }
    expect(ends).toEqual(
      new Set([
        'absent',
        'Captured',
        'CancelledByClient',
        'CancelledByMobilePay',
        'ExpiredAndCaptured',
      ]),
    );
    expect(against).toBeGreaterThan(0);
  });
});
