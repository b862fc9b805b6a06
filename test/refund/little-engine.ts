import type { FaultCode } from '../../src/contract/faults.ts';
import type { DatedRefundEvent, RefundEvent, SeenRefund } from '../../src/refund/events.ts';
import { mayCreate, owedOf } from '../../src/refund/owed.ts';
import type { Refund } from '../../src/refund/refund.ts';
import { isSettled } from '../../src/refund/refund.ts';
import { foldRefund, transition } from '../../src/refund/transition.ts';
import { isSameRefund } from '../../src/refund/verdicts.ts';
import type { Fate, UnsteadyLine } from '../payment/unsteady-line.ts';
import type { Answer, FakeMobilePay } from './fake-mobilepay.ts';

/** Rule 3: the last look-up. */
const LAST_LOOK_UP_MS = 600_000;

export type CrashPoint = 'none' | 'before-sending' | 'before-reading';

/**
 * The least that carries one refund by what the heart says: journal first, then act, one request at
 * a time. Its journal is an array that outlives crashes; everything else does not.
 */
export function createLittleEngine(
  world: {
    mobilePay: FakeMobilePay;
    line: UnsteadyLine;
    now: () => number;
    /** Told of every moved event, as soon as it is in the journal. */
    onMoved: (refund: Refund, faults: readonly FaultCode[]) => void;
    /** Told of every create before it leaves. */
    onCreate: (refund: Refund) => void;
  },
  first: RefundEvent,
) {
  const { mobilePay, line } = world;
  const journal: DatedRefundEvent[] = [{ ...first, at: world.now() }];
  let refund = refold();

  // What only the process knows; a crash sets all of it to its most careful value.
  let createDue = true;
  let ambiguous = false;
  let lookUpsSince = world.now();
  let askFirst = false;

  function refold(): Refund {
    const folded = foldRefund(journal);
    if (folded === undefined) throw new Error('a refund has at least one event');
    return folded;
  }

  function apply(event: RefundEvent): void {
    const dated: DatedRefundEvent = { ...event, at: world.now() };
    const step = transition(refund, dated);
    if (step.kind === 'illegal') throw new Error(`${event.type} is illegal in ${refund.state}`);
    if (step.kind === 'ignored') return;
    journal.push(dated);
    ({ refund } = step);
    world.onMoved(refund, step.faults);
  }

  function restart(): void {
    line.forgetAnswers();
    refund = refold();
    createDue = false;
    ambiguous = true;
    lookUpsSince = world.now();
    askFirst = true;
  }

  /** Sends one request; undefined when the process died with it, or no answer was read. */
  function send<T>(
    fate: Fate,
    crash: CrashPoint,
    carryOut: () => Answer<T>,
    whenLate?: (value: T) => void,
  ) {
    if (crash === 'before-sending') {
      restart();
      return undefined;
    }
    const result = line.call(fate, carryOut, (late) => {
      if (late.kind === 'ok') whenLate?.(late.value);
    });
    if (crash !== 'before-reading') return result;
    restart();
    return undefined;
  }

  function create(fate: Fate, crash: CrashPoint): void {
    const key = refund.create?.idempotencyKey ?? '';
    createDue = false;
    lookUpsSince = world.now();
    world.onCreate(refund);
    const result = send(
      fate,
      crash,
      () => mobilePay.create(key),
      (refundId) => apply({ type: 'createAnswered', refundId }),
    );
    if (result === undefined) return;
    if (result.kind === 'unsent') {
      if (!ambiguous) apply({ type: 'createUnsent' });
      return;
    }
    if (result.kind === 'unanswered') {
      ambiguous = true;
      return apply({ type: 'createUnanswered' });
    }
    ambiguous ||= result.priorAttemptAmbiguous;
    const { value } = result;
    if (value.kind === 'ok') return apply({ type: 'createAnswered', refundId: value.value });
    apply({ type: 'createRefused', refusal: value.refusal, proof: !ambiguous });
  }

  function lookUp(fate: Fate, crash: CrashPoint): void {
    const result = send(fate, crash, () => mobilePay.find());
    if (result?.kind !== 'answered' || result.value.kind !== 'ok') return;
    for (const refundId of result.value.value) {
      const got = mobilePay.get(refundId);
      if (got.kind !== 'ok' || !isSameRefund(refund, got.value)) continue;
      return apply({ type: 'observed', seen: got.value });
    }
    if (world.now() >= lookUpsSince + LAST_LOOK_UP_MS) return apply({ type: 'absenceConcluded' });
    createDue = true;
  }

  function ask(fate: Fate, crash: CrashPoint, refundId: string): void {
    const observe = (seen: SeenRefund) => apply({ type: 'observed', seen });
    const result = send(fate, crash, () => mobilePay.get(refundId), observe);
    if (result?.kind !== 'answered' || result.value.kind !== 'ok') return;
    observe(result.value.value);
    askFirst = false;
  }

  function settle(fate: Fate, crash: CrashPoint, act: 'capture' | 'cancel', refundId: string) {
    if (askFirst) return ask(fate, crash, refundId);
    const answered = act === 'capture' ? 'captureAnswered' : 'cancelAnswered';
    const refused = act === 'capture' ? 'captureRefused' : 'cancelRefused';
    const result = send(
      fate,
      crash,
      () => mobilePay[act](refundId),
      () => apply({ type: answered }),
    );
    if (result === undefined) return;
    askFirst = true;
    if (result.kind !== 'answered') return;
    const { value } = result;
    apply(value.kind === 'ok' ? { type: answered } : { type: refused, refusal: value.refusal });
  }

  return {
    journal,
    refund: () => refund,
    apply,
    /** The process dies between two requests. */
    crash: restart,
    /** Does the one thing that is owed most. */
    work(fate: Fate, crash: CrashPoint): void {
      const owed = owedOf(refund);
      switch (owed.do) {
        case 'nothing':
          return;
        case 'find':
          return createDue && mayCreate(refund, world.now())
            ? create(fate, crash)
            : lookUp(fate, crash);
        case 'ask':
        case 'watch':
          return ask(fate, crash, owed.refundId);
        case 'capture':
        case 'cancel':
          return settle(fate, crash, owed.do, owed.refundId);
      }
    },
    settled: () => isSettled(refund),
  };
}
