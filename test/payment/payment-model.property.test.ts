import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultCode } from '../../src/contract/faults.ts';
import type { Outcome, PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { PaymentEvent } from '../../src/payment/events.ts';
import { outcomeOf } from '../../src/payment/outcome.ts';
import type { Payment } from '../../src/payment/payment.ts';
import { isActive } from '../../src/payment/payment.ts';
import { foldPayment } from '../../src/payment/transition.ts';
import { cancelVerdict, captureVerdict, readyVerdict } from '../../src/payment/verdicts.ts';
import { createFakeMobilePay } from './fake-mobilepay.ts';
import type { CrashPoint } from './little-engine.ts';
import { createLittleEngine } from './little-engine.ts';
import { dkk, noPersonalData, orderId, posId, price } from './samples.ts';
import type { Fate } from './unsteady-line.ts';
import { createUnsteadyLine, fates } from './unsteady-line.ts';

const BEGIN = 1_000_000;
const EXPIRES_AT = BEGIN + 60_000;
const WEEK_MS = 7 * 24 * 3_600_000;
const PREPARED_UNTIL = BEGIN + 3_600_000;
const READY_WITHIN_MS = 60_000;
const part = dkk(700);
const tooMuch = dkk(9_000_000);

type Happening =
  | { kind: 'work'; fate: Fate; crash: CrashPoint }
  | { kind: 'wait'; ms: number }
  | { kind: 'late answers' }
  | { kind: 'crash' }
  | { kind: 'customer'; does: 'checks in' | 'accepts' | 'refuses' }
  | { kind: 'MobilePay'; does: 'cancels' | 'lets it lapse' }
  | { kind: 'somebody else starts a payment' }
  | { kind: 'register'; wants: Wish };
/** `too much`: a ready for more than MobilePay takes. */
type Wish = 'cancel' | 'capture' | 'part' | 'ready' | 'too much';

interface World {
  begins: 'started' | 'prepared' | 'sought' | 'adopted';
  autoCapture: boolean;
  customerTimeoutMs: number;
  partialCapturePossible: boolean;
  /** What an order that the journal lacks is at MobilePay; null: not there. */
  found: PlatformStatus | null;
  foreign: PlatformStatus | null;
  happenings: Happening[];
  /** What the register says of a reservation that still waits for it in the end. */
  lastWord: 'cancel' | 'capture' | 'part';
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
const checksIn: Happening = { kind: 'customer', does: 'checks in' };
const accepts: Happening = { kind: 'customer', does: 'accepts' };
const saysReady: Happening = { kind: 'register', wants: 'ready' };
const saysTooMuch: Happening = { kind: 'register', wants: 'too much' };
/** A sale that goes well up to some point, so that trouble meets every stage often enough. */
const goodBeginning = fc.oneof(
  fc.nat({ max: 4 }).map((length) => [goodWork, checksIn, accepts, goodWork].slice(0, length)),
  fc
    .nat({ max: 7 })
    .map((length) =>
      [goodWork, checksIn, goodWork, saysReady, goodWork, accepts, goodWork].slice(0, length),
    ),
  fc.nat({ max: 3 }).map((length) => [goodWork, saysTooMuch, goodWork, checksIn].slice(0, length)),
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: someWork },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(1, 500, 2_000, 5_000) },
        { weight: 1, arbitrary: fc.constantFrom(20_000, 60_000, 180_000, 600_000) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'late answers' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('customer' as const),
      does: fc.constantFrom(
        ...(['checks in', 'checks in', 'accepts', 'accepts', 'accepts', 'refuses'] as const),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('MobilePay' as const),
      does: fc.constantFrom(...(['cancels', 'lets it lapse', 'lets it lapse'] as const)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'somebody else starts a payment' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      wants: fc.constantFrom(
        ...(['cancel', 'capture', 'part', 'part', 'ready', 'ready', 'too much'] as const),
      ),
    }),
  },
);
const worlds: fc.Arbitrary<World> = fc.record({
  begins: fc.constantFrom(
    ...(['started', 'started', 'started', 'prepared', 'prepared', 'sought', 'adopted'] as const),
  ),
  autoCapture: fc.boolean(),
  customerTimeoutMs: fc.constantFrom(20_000, 180_000, 180_000, 3_600_000),
  partialCapturePossible: fc.boolean(),
  found: fc.constantFrom(
    ...([null, 'Prepared', 'Paired', 'Initiated', 'IssuedToUser', 'Reserved'] as const),
  ),
  foreign: fc.constantFrom(null, null, 'Initiated' as const, 'Reserved' as const),
  happenings: fc
    .tuple(goodBeginning, fc.array(happening, { maxLength: 30 }))
    .map(([good, rest]) => [...good, ...rest]),
  lastWord: fc.constantFrom('cancel' as const, 'capture' as const, 'part' as const),
});

interface Told {
  outcome: Outcome;
  revision: number;
  faults: readonly FaultCode[];
  /** What stood at MobilePay at that moment. */
  truth: PlatformStatus | null;
}

function play(plan: World) {
  let now = BEGIN;
  const mobilePay = createFakeMobilePay(plan);
  const line = createUnsteadyLine(() => now);
  const told: Told[] = [];
  const wanted: Wish[] = [];
  let lapsedHeld = false;
  let creates = 0;
  let readies = 0;

  const ours = () => mobilePay.payments.filter((payment) => payment.orderId === orderId);
  const truth = () => ours()[0]?.status ?? null;
  const place = (order: string, status: PlatformStatus) => {
    const amount = status === 'Prepared' || status === 'Paired' ? null : price;
    return mobilePay.place({ orderId: order, posId, amount, status });
  };

  if (plan.foreign !== null) place('foreign', plan.foreign);
  const begin = (): PaymentEvent => {
    if (plan.begins === 'started') {
      return {
        type: 'started',
        orderId,
        posId,
        amount: price,
        idempotencyKey: 'key-1',
        body: '{}',
        expiresAt: EXPIRES_AT,
        deadline: BEGIN + plan.customerTimeoutMs,
        autoCapture: plan.autoCapture,
        plannedCaptureDelay: 'None',
      };
    }
    if (plan.begins === 'prepared') {
      return {
        type: 'preparationStarted',
        orderId,
        posId,
        idempotencyKey: 'key-1',
        body: '{}',
        expiresAt: EXPIRES_AT,
        deadline: PREPARED_UNTIL,
      };
    }
    if (plan.begins === 'sought') {
      if (plan.found !== null) place(orderId, plan.found);
      return { type: 'sought', orderId, posId };
    }
    const { paymentId, status, amount } = place(orderId, plan.found ?? 'Reserved');
    const seen = { paymentId, orderId, posId, status, amount, personal: noPersonalData };
    return { type: 'adopted', seen: { ...seen, partialCapturePossible: null, expiresAt: null } };
  };

  const note = (payment: Payment, faults: readonly FaultCode[]) => {
    const { revision } = payment;
    told.push({ outcome: outcomeOf(payment), revision, faults, truth: truth() });
  };
  const engine = createLittleEngine(
    {
      mobilePay,
      line,
      posId,
      now: () => now,
      onMoved: note,
      onCreate(payment) {
        creates += 1;
        expect(now).toBeLessThan(EXPIRES_AT);
        if (plan.begins === 'started') expect(now).toBeLessThan(BEGIN + plan.customerTimeoutMs);
        expect(now).toBeLessThan(payment.deadline ?? 0);
        expect(wanted).not.toContain('cancel');
        expect(payment.create?.body).toBe('{}');
      },
      onReady(payment, first) {
        readies += 1;
        expect(now).toBeLessThan(payment.deadline ?? 0);
        if (first) expect(now).toBeLessThan(payment.ready?.expiresAt ?? 0);
        expect(wanted).not.toContain('cancel');
        expect(payment.ready?.body).toBe(JSON.stringify(payment.amount));
      },
    },
    begin(),
  );
  note(engine.payment(), []);

  function wait(ms: number): void {
    now += ms;
    line.arrive();
  }

  function register(wants: Wish): void {
    const payment = engine.payment();
    const amount = wants === 'part' ? part : price;
    if (wants === 'ready' || wants === 'too much') {
      const total = wants === 'ready' ? price : tooMuch;
      const terms = {
        body: JSON.stringify(total),
        customerTimeoutSeconds: plan.customerTimeoutMs / 1000,
        autoCapture: plan.autoCapture,
      };
      if (readyVerdict(payment, terms) !== 'accept') return;
      const expiresAt = now + READY_WITHIN_MS;
      const more = { expiresAt, plannedCaptureDelay: 'None' } as const;
      engine.apply({ type: 'readied', amount: total, ...terms, ...more });
    } else if (wants === 'cancel') {
      if (cancelVerdict(payment) !== 'accept') return;
      engine.apply({ type: 'cancelIntended', reason: 'by-register' });
    } else {
      if (captureVerdict(payment, amount) !== 'accept') return;
      engine.apply({ type: 'captureIntended', amount });
    }
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
        const before = engine.payment();
        engine.crash();
        expect(engine.payment()).toEqual(before);
        return;
      }
      case 'customer':
        if (what.does === 'checks in') {
          mobilePay.nudge(orderId, ['Initiated'], 'IssuedToUser');
          mobilePay.nudge(orderId, ['Prepared'], 'Paired');
        } else if (what.does === 'accepts') mobilePay.nudge(orderId, ['IssuedToUser'], 'Reserved');
        else mobilePay.nudge(orderId, ['Paired', 'IssuedToUser'], 'CancelledByUser');
        return;
      case 'MobilePay':
        if (what.does === 'cancels') {
          const active = ['Prepared', 'Paired', 'Initiated', 'IssuedToUser'] as const;
          mobilePay.nudge(orderId, active, 'CancelledByMobilePay');
        } else if (truth() === 'Reserved') {
          // A week: no answer and no request is still on its way.
          line.arrive(true);
          line.readLateAnswers();
          if (truth() !== 'Reserved') return;
          now += WEEK_MS;
          mobilePay.nudge(orderId, ['Reserved'], 'ExpiredAndCancelled');
          lapsedHeld = engine.payment().intent?.kind === 'capture';
        }
        return;
      case 'somebody else starts a payment':
        if (!mobilePay.blocked(posId)) place('foreign', 'Initiated');
        return;
      case 'register':
        return register(what.wants);
    }
  }

  for (const what of plan.happenings) happens(what);

  // The line is mended. Whatever is still owed must now come to its end by itself.
  for (let turn = 0; turn < 300 && !engine.settled(); turn += 1) {
    wait(30_000);
    line.readLateAnswers();
    engine.work('delivered', 'none');
    const waits = engine.payment().state === 'Reserved' && engine.payment().intent === null;
    const adopted = engine.payment().deadline === null && turn > 100;
    if (waits || adopted) {
      register(plan.lastWord);
      // Where a part is impossible: all of it.
      register('capture');
    }
    if (adopted) register('cancel');
  }
  line.arrive(true);
  line.readLateAnswers();

  return { mobilePay, engine, told, wanted, ours: ours(), lapsedHeld, creates, readies };
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

describe('one order against MobilePay, with lost, late and doubled calls and crashes', () => {
  it('comes to an end by itself once the line is mended', () => {
    always(({ engine }) => expect(engine.settled()).toBe(true));
  });

  it('an order has at most one payment at MobilePay', () => {
    always(({ ours }) => expect(ours.length).toBeLessThanOrEqual(1));
  });

  it('nothing active is left on the PoS of ours', () => {
    always(({ ours }) => expect(ours.filter(({ status }) => isActive(status))).toEqual([]));
  });

  it('what is told in the end is what MobilePay holds', () => {
    always(({ engine, told, ours }) => {
      const status = ours[0]?.status ?? null;
      expect(told.at(-1)?.outcome).toBe(status === 'Captured' ? 'approved' : 'declined');
      expect(outcomeOf(engine.payment())).toBe(told.at(-1)?.outcome);
      if (status !== null && engine.payment().paymentId !== null) {
        expect(engine.payment().state).toBe(status);
      }
    });
  });

  it('an order becomes approved only while MobilePay holds or has the money', () => {
    always(({ told }) => {
      told.forEach(({ outcome, truth }, index) => {
        if (outcome !== 'approved' || told[index - 1]?.outcome === 'approved') return;
        expect(['Reserved', 'Captured']).toContain(truth);
      });
    });
  });

  it('approved is taken back only on the word of the register, or when the reservation lapsed', () => {
    always(({ told, wanted, ours }) => {
      if (!told.some(({ outcome }) => outcome === 'approved')) return;
      if (told.at(-1)?.outcome === 'approved') return;
      expect(wanted.includes('cancel') || ours[0]?.status === 'ExpiredAndCancelled').toBe(true);
    });
  });

  it('declined is told only where no money is ever taken', () => {
    always(({ told, ours }) => {
      const declined = told.findIndex(({ outcome }) => outcome === 'declined');
      if (declined < 0) return;
      expect(ours[0]?.status).not.toBe('Captured');
      expect(ours[0]?.capturedAmount ?? null).toBeNull();
      for (const { outcome } of told.slice(declined)) expect(outcome).toBe('declined');
    });
  });

  it('a reserved payment ends captured, cancelled or lapsed as intended', () => {
    always(({ engine, wanted, ours }, plan) => {
      const [payment] = ours;
      if (payment === undefined || engine.payment().reservedAt === null) return;
      if (payment.status === 'ExpiredAndCancelled') return;
      const wishes = wanted.filter((wish) => wish !== 'ready' && wish !== 'too much');
      const lastWish = wishes.at(-1) ?? null;
      const reason = engine.payment().reason;
      if (lastWish === 'cancel' || reason !== null) {
        expect(payment.status).toBe('CancelledByClient');
        expect(payment.capturedAmount).toBeNull();
      } else {
        expect(payment.status).toBe('Captured');
        expect(payment.capturedAmount).toEqual(lastWish === 'part' ? part : price);
        expect(plan.autoCapture || lastWish !== null).toBe(true);
      }
    });
  });

  it('rule 2: no create leaves after its time, the deadline or the intent to cancel', () => {
    // The check stands in `onCreate`, before each create leaves.
    always(({ creates, ours }, plan) => {
      if (plan.begins !== 'started' && plan.begins !== 'prepared') expect(creates).toBe(0);
      else if (ours.length > 0) expect(creates).toBeGreaterThan(0);
    });
  });

  it('rule 2: no ready leaves after its time, the deadline or the intent to cancel', () => {
    // Likewise, in `onReady`.
    always(({ readies, wanted, ours }, plan) => {
      const said = wanted.includes('ready') || wanted.includes('too much');
      if (!said) expect(readies).toBe(0);
      if (plan.begins === 'prepared' && ours[0]?.status === 'Captured') {
        expect(readies).toBeGreaterThan(0);
      }
    });
  });

  it('no customer is asked for more than MobilePay takes, nor without the register’s word', () => {
    always(({ ours, wanted }, plan) => {
      for (const { amount } of ours) expect(amount).not.toEqual(tooMuch);
      if (plan.begins !== 'prepared' || ours[0]?.amount == null) return;
      expect(wanted).toContain('ready');
      expect(ours[0].amount).toEqual(price);
    });
  });

  it('rule 7: the time of a prepared payment counts from its ready, else it is given up', () => {
    always(({ engine, wanted, told }, plan) => {
      if (plan.begins !== 'prepared' || wanted.length > 0) return;
      expect(engine.payment().deadline).toBe(PREPARED_UNTIL);
      expect(told.at(-1)?.outcome).toBe('declined');
    });
  });

  it('rule 5: one foreign payment is cancelled at most, a foreign reservation never', () => {
    always(({ mobilePay, engine }, plan) => {
      const foreign = mobilePay.payments.filter((payment) => payment.orderId === 'foreign');
      const cancelled = foreign.filter(({ status }) => status === 'CancelledByClient');
      expect(cancelled.length).toBe(engine.payment().foreignCancels);
      expect(cancelled.length).toBeLessThanOrEqual(1);
      if (plan.foreign === 'Reserved') expect(foreign[0]?.status).toBe('Reserved');
    });
  });

  it('rule 7: reserved before the deadline but learnt after it, it is cancelled as late', () => {
    always(({ engine, ours, told }) => {
      const { reservedAt, deadline, reason } = engine.payment();
      const late = told.some(({ faults }) => faults.includes('late-approval'));
      if (late) expect(reason).toBe('late-approval');
      if (reservedAt === null || deadline === null) return;
      if (reservedAt >= deadline) expect(ours[0]?.status).not.toBe('Captured');
    });
  });

  it('rule 8: money-lost is told once when a reservation to be captured lapsed, else never', () => {
    always(({ told, lapsedHeld, wanted, ours }) => {
      const lost = told.filter(({ faults }) => faults.includes('money-lost')).length;
      if (lapsedHeld) expect(lost).toBe(1);
      if (ours[0]?.status !== 'ExpiredAndCancelled' || wanted.includes('cancel')) {
        expect(lost).toBe(0);
      }
    });
  });

  it('the revision rises with everything told, over all crashes, and the journal folds to the end', () => {
    always(({ told, engine }) => {
      expect(told.map(({ revision }) => revision)).toEqual(told.map((_, index) => index + 1));
      expect(engine.payment().revision).toBe(engine.journal.length);
      expect(foldPayment(engine.journal)).toEqual(engine.payment());
    });
  });

  it('the plays meet every kind of end, late approvals, lost money and foreign payments', () => {
    const met = new Map<string, number>();
    const plans = fc.sample(worlds, { numRuns: 4000, seed: 2 });
    for (const what of plans.flatMap((plan) => metIn(play(plan)))) {
      met.set(what, (met.get(what) ?? 0) + 1);
    }
    const least = 5;
    const often = [...met].filter(([, times]) => times >= least).map(([what]) => what);
    expect(often.toSorted()).toEqual(
      [
        'Captured',
        'CancelledByClient',
        'CancelledByMobilePay',
        'CancelledByUser',
        'ExpiredAndCancelled',
        'absent',
        'adopted and ready',
        'captured in part',
        'foreign-payment-cancelled',
        'late-approval',
        'money-lost',
        'never made ready',
        'not prepared',
        'prepared, Captured',
        'prepared, CancelledByClient',
        'prepared, CancelledByMobilePay',
        'prepared, CancelledByUser',
        'prepared, ExpiredAndCancelled',
        'prepared, absent',
        'terms fell',
      ].toSorted(),
    );
  });
});

/** What a play is an example of. */
function metIn({ engine, told }: ReturnType<typeof play>): string[] {
  const { state, ready, capturedAmount, create, reason } = engine.payment();
  const refusals = engine.journal.filter((event) => event.type === 'readyRefused');
  const examples: [string, boolean][] = [
    [state, true],
    [`prepared, ${state}`, create?.kind === 'prepare'],
    ['adopted and ready', ready !== null && create === null && state === 'Captured'],
    ['captured in part', capturedAmount?.value === part.value],
    ['never made ready', reason === 'expired' && state === 'CancelledByClient'],
  ];
  return [
    ...examples.flatMap(([what, holds]) => (holds ? [what] : [])),
    ...refusals.map(({ final }) => (final ? 'terms fell' : 'not prepared')),
    ...told.flatMap(({ faults }) => faults),
  ];
}
