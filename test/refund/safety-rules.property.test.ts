import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { outcomeOf, reasonOf } from '../../src/refund/outcome.ts';
import { mayCreate, overdueAt, owedOf } from '../../src/refund/owed.ts';
import type { RefundState } from '../../src/refund/refund.ts';
import { isPaidOut, isSettled, refundStates, unknownRefund } from '../../src/refund/refund.ts';
import { foldRefund, transition } from '../../src/refund/transition.ts';
import { cancelVerdict, captureVerdict } from '../../src/refund/verdicts.ts';
import type { WalkStep } from './event-walks.ts';
import { anyEvents, anyTime, walk } from './event-walks.ts';
import { HOUR_MS, refundOrderId, startedAt } from './samples.ts';

const RUNS = 500;

/** Throws random events at a refund and checks every walk. */
function always(check: (steps: WalkStep[], events: DatedRefundEvent[]) => void): void {
  fc.assert(
    fc.property(anyEvents, (events) => {
      check(walk(events), events);
    }),
    { numRuns: RUNS },
  );
}

/** Likewise, for each single move. */
function everyMove(check: (move: WalkStep & { faults: readonly string[] }) => void): void {
  always((steps) => {
    for (const step of steps) {
      if (step.step.kind === 'moved') check({ ...step, faults: step.step.faults });
    }
  });
}

/** How far a refund has come; nothing ever lowers it. */
const progress: Record<RefundState, number> = {
  none: 0,
  creating: 1,
  barred: 2,
  absent: 2,
  Initiated: 3,
  Reserved: 4,
  Captured: 5,
  CancelledByClient: 5,
  CancelledByMobilePay: 5,
  ExpiredAndCaptured: 5,
};

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

describe('the random walks', () => {
  it('reach every state and every intent, and meet moves, ignored and illegal events', () => {
    const walks = fc
      .sample(anyEvents, { numRuns: 1500, seed: 1 })
      .flatMap((events) => walk(events));
    expect(new Set(walks.map(({ after }) => after.state))).toEqual(new Set(refundStates));
    expect(new Set(walks.map(({ after }) => after.intent))).toEqual(
      new Set([null, 'capture', 'cancel']),
    );
    expect(new Set(walks.map(({ step }) => step.kind))).toEqual(
      new Set(['moved', 'ignored', 'illegal']),
    );
    expect(new Set(walks.map(({ after }) => owedOf(after).do)).size).toBe(6);
  });
});

describe('the heart of refunds as a function', () => {
  it('answers every event in every state, the same way each time, and changes no input', () => {
    always((steps) => {
      for (const { before, event, step } of steps) {
        expect(transition(deepFreeze(before), deepFreeze(event))).toEqual(step);
      }
    });
  });

  it('revision rises by one per moved event, and by nothing else', () => {
    always((steps) => {
      for (const { before, step, after } of steps) {
        expect(after.revision).toBe(before.revision + (step.kind === 'moved' ? 1 : 0));
      }
    });
  });

  it('a journal of the moves alone folds to the same refund, cut anywhere and continued', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat({ max: 20 }), (events, cut) => {
        const steps = walk(events);
        const journal = steps.filter(({ step }) => step.kind === 'moved').map(({ event }) => event);
        const stepwise = steps.at(-1)?.after ?? unknownRefund(refundOrderId);
        expect(foldRefund(journal) ?? unknownRefund(refundOrderId)).toEqual(stepwise);
        let continued = foldRefund(journal.slice(0, cut)) ?? unknownRefund(refundOrderId);
        for (const event of journal.slice(cut)) {
          const step = transition(continued, event);
          if (step.kind === 'moved') continued = step.refund;
        }
        expect(continued).toEqual(stepwise);
      }),
      { numRuns: RUNS },
    );
  });

  it('the same event twice in a row moves nothing twice, but a doubt about the create', () => {
    everyMove(({ after, event }) => {
      if (event.type === 'createRefused') return;
      expect(transition(after, event).kind).not.toBe('moved');
    });
  });
});

describe('rule 1: a retry repeats key and bytes', () => {
  it('rule 1: key, bytes, payment and amount never change once the refund has begun', () => {
    everyMove(({ before, after }) => {
      if (before.create === null) return;
      const { create, paymentId, amount, orderId, autoCapture } = before;
      expect(after).toMatchObject({ create, paymentId, amount, orderId, autoCapture });
    });
  });
});

describe('rule 2: when a create may leave', () => {
  it('rule 2: none 12 h after the start', () => {
    fc.assert(
      fc.property(anyEvents, anyTime, (events, now) => {
        for (const { after } of walk(events)) {
          if (now >= startedAt + 12 * HOUR_MS) expect(mayCreate(after, now)).toBe(false);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('rule 2: none after the intent to cancel, an answer or an end, for ever', () => {
    const stays = new Set(['started', 'createUnanswered', 'createRefused']);
    always((steps) => {
      let over = false;
      for (const { event, step, after } of steps) {
        over ||= step.kind === 'moved' && !stays.has(event.type);
        if (over || after.create === null) expect(mayCreate(after, startedAt)).toBe(false);
      }
    });
  });
});

describe('rule 3: what proves that nothing exists', () => {
  it('rule 3: a refund is given up only on proof, unsent, or after the last look-up', () => {
    everyMove(({ before, event, after }) => {
      if (after.state !== 'absent' || before.state === 'absent') return;
      const proven =
        event.type === 'absenceConcluded' ||
        (!before.createAmbiguous &&
          (event.type === 'createUnsent' || (event.type === 'createRefused' && event.proof)));
      expect(proven).toBe(true);
    });
  });

  it('rule 3: what MobilePay once had is never said not to exist', () => {
    always((steps) => {
      let existed = false;
      for (const { after } of steps) {
        existed ||= after.refundId !== null;
        if (existed) expect(after.state).not.toBe('absent');
      }
    });
  });

  it('rule 3: what turns up after all is never wanted', () => {
    everyMove(({ before, after }) => {
      if (before.state !== 'absent') return;
      if (!isSettled(after)) expect(owedOf(after).do).toBe('cancel');
    });
  });
});

describe('rule 8: intents', () => {
  it('rule 8: the first intent wins; only an end clears one', () => {
    everyMove(({ before, after }) => {
      if (before.intent !== null && !isSettled(after)) expect(after.intent).toBe(before.intent);
    });
  });

  it('rule 8: a command moves the refund exactly when its verdict is accept', () => {
    always((steps) => {
      for (const { after: refund } of steps) {
        const cancel = transition(refund, { type: 'cancelIntended', at: startedAt });
        expect(cancel.kind === 'moved').toBe(cancelVerdict(refund) === 'accept');
        const capture = transition(refund, { type: 'captureIntended', at: startedAt });
        expect(capture.kind === 'moved').toBe(captureVerdict(refund) === 'accept');
      }
    });
  });
});

describe('rule 9: states never go back', () => {
  it('rule 9: and an end that MobilePay has told is the end', () => {
    everyMove(({ before, after }) => {
      expect(progress[after.state]).toBeGreaterThanOrEqual(progress[before.state]);
      if (progress[after.state] === progress[before.state]) expect(after.state).toBe(before.state);
      expect(progress[before.state]).toBeLessThan(5);
    });
  });
});

describe('rule 11: doing nothing pays out', () => {
  it('rule 11: what is paid out against the intent to cancel is told approved, and a fault', () => {
    everyMove(({ before, after, faults }) => {
      const unwanted = before.intent === 'cancel' || before.state === 'absent';
      const against = isPaidOut(after) && unwanted;
      expect(faults).toEqual(against ? ['money-lost'] : []);
      if (isPaidOut(after)) expect(outcomeOf(after)).toBe('approved');
    });
  });

  it('rule 11: a refund that may be paid out and need not be becomes overdue at 20 h', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (after.create === null) continue;
        const loud = !isSettled(after) && after.intent !== 'capture';
        expect(overdueAt(after)).toBe(loud ? startedAt + 20 * HOUR_MS : null);
      }
    });
  });

  it('rule 11: a reserved refund says when it is paid out by itself, after the fault', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (after.state !== 'Reserved') continue;
        expect(after.paysOutAt).toBe(startedAt + 24 * HOUR_MS);
      }
    });
  });

  it('rule 11: a cancel of what may exist binds, and is then owed until an end', () => {
    always((steps) => {
      let bound = false;
      for (const { event, step, after } of steps) {
        bound ||= step.kind === 'moved' && event.type === 'cancelIntended';
        if (bound && !isSettled(after)) expect(['find', 'cancel']).toContain(owedOf(after).do);
      }
    });
  });
});

describe('what the register is told', () => {
  it('approved only when MobilePay has said reserved or paid out, and never bound to cancel', () => {
    everyMove(({ before, event, after }) => {
      if (after.intent === 'cancel') expect(outcomeOf(after)).toBe('declined');
      if (outcomeOf(after) !== 'approved' || outcomeOf(before) === 'approved') return;
      expect(event.type).toBe('observed');
    });
  });

  it('declined stays declined, unless MobilePay itself says that it was paid out', () => {
    everyMove(({ before, event, after }) => {
      if (outcomeOf(before) !== 'declined' || outcomeOf(after) === 'declined') return;
      expect(event.type).toBe('observed');
      expect(isPaidOut(after)).toBe(true);
    });
  });

  it('declined has a reason, nothing else has, and the first one told stands', () => {
    always((steps) => {
      let told: string | null = null;
      for (const { after } of steps) {
        const reason = reasonOf(after);
        expect(reason !== null).toBe(outcomeOf(after) === 'declined');
        if (told !== null && reason !== null) expect(reason).toBe(told);
        told ??= reason;
      }
    });
  });
});

describe('what is owed', () => {
  it('settled owes nothing, intends nothing, and every other refund owes something', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (after.state === 'none') continue;
        expect(owedOf(after).do === 'nothing').toBe(isSettled(after));
        if (isSettled(after)) expect(after.intent).toBeNull();
      }
    });
  });

  it('a capture or cancel is owed only under an intent on disk', () => {
    always((steps) => {
      for (const { after } of steps) {
        const owed = owedOf(after);
        if (owed.do === 'capture' || owed.do === 'cancel') expect(after.intent).toBe(owed.do);
      }
    });
  });
});
