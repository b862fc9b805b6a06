import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatedEvent } from '../../src/payment/events.ts';
import { outcomeOf, reasonOf } from '../../src/payment/outcome.ts';
import { isOverdue, mayCreate, mayReady, owedOf } from '../../src/payment/owed.ts';
import type { PaymentState } from '../../src/payment/payment.ts';
import { isSettled, paymentStates, unknownOrder } from '../../src/payment/payment.ts';
import { foldPayment, settles, transition } from '../../src/payment/transition.ts';
import { cancelVerdict, captureVerdict, readyVerdict } from '../../src/payment/verdicts.ts';
import type { WalkStep } from './event-walks.ts';
import { anyEvents, anyTime, movesOf, walk } from './event-walks.ts';
import { deadline, dkk, expiresAt, orderId, startedAt } from './samples.ts';

const RUNS = 500;
const FAR_AHEAD = deadline + 1_000_000_000;

/** Throws random events at an order and checks every walk. */
function always(check: (steps: WalkStep[], events: DatedEvent[]) => void): void {
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

/** How far an order has come; nothing ever lowers it. */
const progress: Record<PaymentState, number> = {
  none: 0,
  creating: 1,
  sought: 1,
  barred: 2,
  absent: 2,
  Prepared: 3,
  Initiated: 4,
  Paired: 4,
  IssuedToUser: 5,
  Reserved: 6,
  Captured: 7,
  CancelledByUser: 7,
  CancelledByClient: 7,
  CancelledByMobilePay: 7,
  ExpiredAndCancelled: 7,
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
    expect(new Set(walks.map(({ after }) => after.state))).toEqual(new Set(paymentStates));
    expect(new Set(walks.map(({ after }) => after.intent?.kind))).toEqual(
      new Set([undefined, 'capture', 'cancel']),
    );
    expect(new Set(walks.map(({ step }) => step.kind))).toEqual(
      new Set(['moved', 'ignored', 'illegal']),
    );
    expect(new Set(walks.map(({ after }) => owedOf(after).do)).size).toBe(7);
    expect(walks.some(({ before, after }) => before.ready !== null && after.ready === null)).toBe(
      true,
    );
  });
});

describe('the heart as a function', () => {
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

  it('fold(events) equals stepwise', () => {
    always((steps, events) => {
      const folded = foldPayment(events);
      // A journal that begins with nonsense does not say whose it is.
      expect(folded === undefined ? folded : { ...folded, orderId }).toEqual(steps.at(-1)?.after);
    });
  });

  it('a journal of the moves alone folds to the same order, cut anywhere and continued', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat({ max: 24 }), (events, cut) => {
        const moves = movesOf(events);
        const journal = moves.map(({ event }) => event);
        const stepwise = walk(events).at(-1)?.after ?? unknownOrder(orderId);
        expect(foldPayment(journal) ?? unknownOrder(orderId)).toEqual(stepwise);
        let continued = foldPayment(journal.slice(0, cut)) ?? unknownOrder(orderId);
        for (const event of journal.slice(cut)) {
          const step = transition(continued, event);
          if (step.kind === 'moved') continued = step.payment;
        }
        expect(continued).toEqual(stepwise);
      }),
      { numRuns: RUNS },
    );
  });

  it('the same event twice in a row never moves an order on twice, but for what only notes', () => {
    const notes = new Set(['createUnanswered', 'createRefused', 'rekeyed']);
    everyMove(({ after, event }) => {
      if (!notes.has(event.type)) expect(transition(after, event).kind).not.toBe('moved');
    });
  });
});

describe('rule 1: a retry repeats key and bytes', () => {
  it('rule 1: body, limits and start of a create never change, its key only by rekeyed', () => {
    everyMove(({ before, event, after }) => {
      if (before.create === null) return;
      const idempotencyKey =
        event.type === 'rekeyed' ? event.idempotencyKey : before.create.idempotencyKey;
      expect(after.create).toEqual({ ...before.create, idempotencyKey });
    });
  });

  it('rule 1: no key comes after the intent to cancel', () => {
    everyMove(({ before, event }) => {
      if (event.type === 'rekeyed') expect(before.intent).toBeNull();
    });
  });

  it('rule 1: what a ready repeats never changes; only a final no takes it back', () => {
    everyMove(({ before, event, after }) => {
      if (before.ready === null) return;
      const fell = event.type === 'readyRefused' && event.final && before.intent === null;
      expect(after.ready).toEqual(fell ? null : before.ready);
      if (!fell) return;
      expect(after).toMatchObject({ state: before.state, amount: null, autoCapture: false });
      expect(after.deadline).toBe(before.create?.deadline ?? null);
    });
  });

  it('rule 1: the amount is what the start or the ready said, and nothing else changes it', () => {
    everyMove(({ before, event, after }) => {
      if (event.type === 'readied') {
        expect(after.amount).toEqual(event.amount);
        expect(after.ready?.body).toBe(JSON.stringify(event.amount));
      } else if (before.amount !== null && after.ready === before.ready) {
        expect(after.amount).toBe(before.amount);
      }
    });
  });
});

describe('rule 2: when a ready may leave', () => {
  it('rule 2: none after the deadline, and none begins after its expiresAt', () => {
    fc.assert(
      fc.property(anyEvents, anyTime, fc.boolean(), (events, now, begun) => {
        for (const { after } of walk(events)) {
          if (!mayReady(after, now, begun)) continue;
          expect(now).toBeLessThan(after.deadline ?? FAR_AHEAD);
          if (!begun) expect(now).toBeLessThan(after.ready?.expiresAt ?? 0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('rule 2: none after the intent to cancel, nor without the register’s word, nor twice', () => {
    always((steps) => {
      let answered = false;
      for (const { event, step, after } of steps) {
        answered ||= event.type === 'readyAnswered' && step.kind === 'moved';
        const owed = owedOf(after);
        if (owed.do !== 'ready') {
          expect(mayReady(after, startedAt, true)).toBe(false);
          continue;
        }
        expect(answered).toBe(false);
        expect(after.intent).toBeNull();
        expect(owed).toEqual({ do: 'ready', paymentId: after.paymentId, ready: after.ready });
        expect(['Prepared', 'Paired']).toContain(after.state);
      }
    });
  });
});

describe('rule 2: when a create may leave', () => {
  it('rule 2: no create after expiresAt, and none after the deadline', () => {
    fc.assert(
      fc.property(anyEvents, anyTime, (events, now) => {
        for (const { after } of walk(events)) {
          if (now >= expiresAt || now >= (after.deadline ?? FAR_AHEAD)) {
            expect(mayCreate(after, now)).toBe(false);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('rule 2: no create after the intent to cancel, for ever', () => {
    always((steps) => {
      let intended = false;
      for (const { after } of steps) {
        intended ||= after.intent?.kind === 'cancel';
        if (intended) expect(mayCreate(after, startedAt)).toBe(false);
      }
    });
  });

  it('rule 2: no create without a start, nor once the order is answered, found or given up', () => {
    const stays = new Set<DatedEvent['type']>([
      'started',
      'preparationStarted',
      'readied',
      'createUnanswered',
      'createRefused',
      'rekeyed',
      'foreignCancelIntended',
    ]);
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
  it('rule 3: an order is given up only on proof, unsent, or after the last look-up', () => {
    everyMove(({ before, event, after }) => {
      if (after.state !== 'absent' || before.state === 'absent') return;
      const proven =
        event.type === 'createUnsent' ||
        event.type === 'absenceConcluded' ||
        (event.type === 'createRefused' && event.proof);
      expect(proven).toBe(true);
    });
  });

  it('rule 3: what MobilePay once had is never said not to exist', () => {
    always((steps) => {
      let existed = false;
      for (const { after } of steps) {
        existed ||= after.paymentId !== null;
        if (existed) expect(after.state).not.toBe('absent');
      }
    });
  });

  it('rule 3: what turns up after all is never lost sight of, and never wanted', () => {
    everyMove(({ before, after }) => {
      if (before.state !== 'absent' && before.state !== 'barred' && before.state !== 'sought')
        return;
      if (after.paymentId === null) return;
      if (!isSettled(after)) expect(owedOf(after).do).toBe('cancel');
    });
  });
});

describe('rule 5: a busy PoS', () => {
  it('rule 5: a start cancels one foreign payment at most', () => {
    always((steps) => {
      const moves = steps.filter(
        ({ event, step }) => event.type === 'foreignCancelIntended' && step.kind === 'moved',
      );
      expect(moves.length).toBeLessThanOrEqual(1);
      for (const { before } of moves) expect(before.state).toBe('creating');
    });
  });

  it('rule 5: an order keeps its paymentId, orderId and posId', () => {
    everyMove(({ before, after }) => {
      expect(after.orderId).toBe(before.orderId);
      if (before.paymentId !== null) expect(after.paymentId).toBe(before.paymentId);
      if (before.posId !== null) expect(after.posId).toBe(before.posId);
    });
  });
});

describe('rule 6: adopted orders and held amounts', () => {
  it('rule 6: an adopted order has no deadline and is never overdue', () => {
    everyMove(({ before, event, after }) => {
      if (event.type !== 'adopted' || before.state !== 'none') return;
      expect(after.deadline).toBeNull();
      expect(after.intent).toBeNull();
      expect(isOverdue(after, FAR_AHEAD)).toBe(false);
    });
  });

  it('rule 6: an adopted order waits for the register', () => {
    always((steps) => {
      const wasAdopted = steps.find(({ step }) => step.kind === 'moved')?.event.type === 'adopted';
      if (!wasAdopted) return;
      for (const { event, before, after } of steps) {
        // Made ready, it has had the register's word, and a customer's time.
        if (after.ready === null) expect(after.deadline).toBeNull();
        if (before.ready === null && before.intent === null && after.intent !== null) {
          expect(['captureIntended', 'cancelIntended']).toContain(event.type);
        }
      }
    });
  });

  it('rule 6: a capture owed never exceeds the held amount, nor is it in another currency', () => {
    always((steps) => {
      for (const { after } of steps) {
        const owed = owedOf(after);
        if (owed.do !== 'capture') continue;
        expect(owed.amount.currency).toBe(after.amount?.currency);
        expect(owed.amount.value).toBeLessThanOrEqual(after.amount?.value ?? 0);
      }
    });
  });

  it('rule 6: no part is captured where MobilePay has said that none can be', () => {
    everyMove(({ before, event, after }) => {
      if (event.type !== 'captureIntended' || before.partialCapturePossible !== false) return;
      expect(after.intent).toEqual({ kind: 'capture', amount: after.amount });
    });
  });
});

describe('rule 7: the deadline', () => {
  it('rule 7: the wish to capture binds only if Reserved was journalled before the deadline', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (after.intent?.kind !== 'capture') continue;
        expect(after.reservedAt).not.toBeNull();
        expect(after.reservedAt ?? FAR_AHEAD).toBeLessThan(after.deadline ?? FAR_AHEAD);
      }
    });
  });

  it('rule 7: what is reserved late and undecided is declined as late-approval, and told', () => {
    everyMove(({ before, event, after, faults }) => {
      const late =
        before.state !== 'Reserved' &&
        after.state === 'Reserved' &&
        before.intent === null &&
        before.state !== 'absent' &&
        before.deadline !== null &&
        event.at >= before.deadline;
      expect(faults.includes('late-approval')).toBe(late);
      if (late) expect(reasonOf(after)).toBe('late-approval');
    });
  });

  it('rule 7: an order is overdue only after its deadline, undecided and without an intent', () => {
    fc.assert(
      fc.property(anyEvents, anyTime, (events, now) => {
        for (const { after } of walk(events)) {
          if (!isOverdue(after, now)) continue;
          // What is made ready before it is known to exist is late once it may not begin any more.
          const begins = after.state === 'creating' ? after.ready?.expiresAt : undefined;
          const limit = Math.min(after.deadline ?? FAR_AHEAD, begins ?? FAR_AHEAD);
          expect(now).toBeGreaterThanOrEqual(limit);
          expect(after.intent).toBeNull();
          expect(['pending', 'unknown']).toContain(outcomeOf(after));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('rule 7: every undecided order of ours becomes overdue, and its cancel is then accepted', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (after.create === null || after.state === 'none' || after.deadline === null) continue;
        const undecided = outcomeOf(after) === 'pending' || outcomeOf(after) === 'unknown';
        expect(isOverdue(after, after.deadline)).toBe(undecided);
        if (!undecided) continue;
        const reason = 'customer-timeout';
        const timeOut = { type: 'cancelIntended', reason, at: after.deadline } as const;
        const step = transition(after, timeOut);
        expect(step.kind === 'moved' && outcomeOf(step.payment)).toBe('declined');
      }
    });
  });
});

describe('rule 7: the customer’s time for a prepared payment', () => {
  it('rule 7: counts from the ready, and nothing but a ready moves it', () => {
    everyMove(({ before, event, after }) => {
      if (event.type === 'readied') {
        expect(after.deadline).toBe(event.at + event.customerTimeoutSeconds * 1000);
      } else if (before.state !== 'none' && after.ready === before.ready) {
        expect(after.deadline).toBe(before.deadline);
      }
    });
  });

  it('rule 7: without a ready that said so, nothing prepared is captured by itself', () => {
    everyMove(({ before, event, after }) => {
      if (before.intent !== null || after.intent?.kind !== 'capture') return;
      if (event.type === 'captureIntended') return;
      expect(after.autoCapture).toBe(true);
      expect(after.ready !== null || after.create?.kind === 'start').toBe(true);
      expect(after.intent.amount).toEqual(after.amount);
    });
  });
});

describe('rule 8: intents', () => {
  it('rule 8: an intent has a beginning, which stays as long as the intent does', () => {
    everyMove(({ before, event, after }) => {
      expect(after.intendedAt !== null).toBe(after.intent !== null);
      if (after.intent === null) return;
      const since = before.intent === null ? event.at : before.intendedAt;
      expect(after.intendedAt).toBe(since);
    });
  });

  it('rule 8: the first intent wins; only an end or a coded refusal clears one', () => {
    everyMove(({ before, event, after }) => {
      if (before.intent === null || isSettled(after)) return;
      const cleared = event.type === 'captureRefused' && event.final;
      if (cleared && before.intent.kind === 'capture') expect(after.intent).toBeNull();
      else expect(after.intent).toEqual(before.intent);
    });
  });

  it('rule 8: the intent to cancel is never cleared but by an end', () => {
    everyMove(({ before, after }) => {
      if (before.intent?.kind !== 'cancel') return;
      if (!isSettled(after)) expect(after.intent).toEqual(before.intent);
    });
  });

  it('rule 8: money-lost is told when a wish to capture meets an end without money, and only then', () => {
    everyMove(({ before, after, faults }) => {
      const lost =
        before.intent?.kind === 'capture' && isSettled(after) && after.state !== 'Captured';
      expect(faults.includes('money-lost')).toBe(lost);
    });
  });

  it('rule 8: a command moves the order exactly when its verdict is accept', () => {
    fc.assert(
      fc.property(anyEvents, fc.constantFrom(700, 1250, 1251), (events, value) => {
        for (const { after: payment } of walk(events)) {
          const at = startedAt;
          const cancel = { type: 'cancelIntended', reason: 'by-register', at } as const;
          expect(transition(payment, cancel).kind === 'moved').toBe(
            cancelVerdict(payment) === 'accept',
          );
          const amount = dkk(value);
          const terms = { amount, body: JSON.stringify(amount), expiresAt, autoCapture: true };
          const more = { customerTimeoutSeconds: 60, plannedCaptureDelay: 'None' } as const;
          const ready = { type: 'readied', ...terms, ...more, at } as const;
          expect(transition(payment, ready).kind === 'moved').toBe(
            readyVerdict(payment, ready) === 'accept',
          );
          expect(
            transition(payment, { type: 'captureIntended', amount, at }).kind === 'moved',
          ).toBe(captureVerdict(payment, amount) === 'accept');
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('rule 9: states never go back', () => {
  it('rule 9: states never go back', () => {
    everyMove(({ before, after }) => {
      expect(progress[after.state]).toBeGreaterThanOrEqual(progress[before.state]);
      if (progress[after.state] === progress[before.state]) expect(after.state).toBe(before.state);
    });
  });

  it('rule 9: an end that MobilePay has told is the end: only details are still filled in', () => {
    everyMove(({ before, after, faults }) => {
      if (progress[before.state] < 7) return;
      const { partialCapturePossible, personal, confirmedAt, revision } = after;
      const details = { partialCapturePossible, personal, confirmedAt, revision };
      const amount = before.amount ?? after.amount;
      expect(after).toEqual({ ...before, ...details, amount });
      expect(faults).toEqual([]);
    });
  });
});

describe('what the register is told', () => {
  it('never approved and bound to cancel', () => {
    always((steps) => {
      for (const { after } of steps) {
        if (outcomeOf(after) === 'approved') expect(owedOf(after).do).not.toBe('cancel');
        if (after.intent?.kind === 'cancel') expect(outcomeOf(after)).not.toBe('approved');
      }
    });
  });

  it('approved only when MobilePay has said reserved or captured', () => {
    everyMove(({ before, event, after }) => {
      if (outcomeOf(after) !== 'approved' || outcomeOf(before) === 'approved') return;
      const told = event.type === 'observed' || event.type === 'adopted' ? event.seen.status : null;
      expect(['Reserved', 'Captured']).toContain(told);
    });
  });

  it('declined never turns into a capture of ours', () => {
    always((steps) => {
      let declined = false;
      for (const { event, step, after } of steps) {
        if (declined) {
          expect(owedOf(after).do).not.toBe('capture');
          if (step.kind === 'moved') expect(event.type).not.toBe('captureAnswered');
        }
        declined ||= outcomeOf(after) === 'declined';
      }
    });
  });

  it('declined stays declined, unless MobilePay itself says that it was captured', () => {
    everyMove(({ before, event, after }) => {
      if (outcomeOf(before) !== 'declined' || outcomeOf(after) === 'declined') return;
      const told = event.type === 'observed' || event.type === 'adopted' ? event.seen.status : null;
      expect(told).toBe('Captured');
    });
  });

  it('what was approved is declined only by the register, or by an end that MobilePay has told', () => {
    everyMove(({ before, event, after }) => {
      if (outcomeOf(before) !== 'approved' || outcomeOf(after) === 'approved') return;
      expect(outcomeOf(after)).toBe('declined');
      expect(['cancelIntended', 'observed']).toContain(event.type);
      if (event.type === 'observed') expect(isSettled(after)).toBe(true);
      else expect(before.intent).toBeNull();
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
  it('settled owes nothing, intends nothing, and every other order owes something', () => {
    always((steps) => {
      for (const { after, step } of steps) {
        if (after.state === 'none') continue;
        expect(owedOf(after).do === 'nothing').toBe(isSettled(after));
        if (isSettled(after)) expect(after.intent).toBeNull();
        if (step.kind === 'moved') expect(settles(step)).toBe(isSettled(after));
      }
    });
  });

  it('an intent is owed to a known payment under the intent it has', () => {
    always((steps) => {
      for (const { after } of steps) {
        const owed = owedOf(after);
        if (owed.do === 'capture' || owed.do === 'cancel') {
          expect(after.intent?.kind).toBe(owed.do);
          expect(owed.paymentId).toBe(after.paymentId);
        } else if (after.intent !== null) {
          expect(owed.do).toBe('find');
        }
      }
    });
  });

  it('a captured amount is there once it is captured, and is what we wanted if we wanted', () => {
    everyMove(({ before, after }) => {
      if (after.state !== 'Captured') expect(after.capturedAmount).toBeNull();
      else if (before.intent?.kind === 'capture') {
        expect(after.capturedAmount).toEqual(before.intent.amount);
      }
    });
  });
});
