import type { FaultCode } from '../../src/contract/faults.ts';
import { explain } from '../../src/mobilepay/error-table.ts';
import type { DatedEvent, PaymentEvent } from '../../src/payment/events.ts';
import { isOverdue, mayCreate, mayReady, overdueReason, owedOf } from '../../src/payment/owed.ts';
import type { Payment } from '../../src/payment/payment.ts';
import { isActive, isSettled } from '../../src/payment/payment.ts';
import { foldPayment, transition } from '../../src/payment/transition.ts';
import { isSamePayment } from '../../src/payment/verdicts.ts';
import type { FakeMobilePay } from './fake-mobilepay.ts';
import type { Fate, UnsteadyLine } from './unsteady-line.ts';

/** Rule 3: the last look-up. */
const LAST_LOOK_UP_MS = 600_000;

export type CrashPoint = 'none' | 'before-sending' | 'before-reading';

export interface LittleEngineWorld {
  mobilePay: FakeMobilePay;
  line: UnsteadyLine;
  now: () => number;
  posId: string;
  /** Told of every moved event, as soon as it is in the journal. */
  onMoved: (payment: Payment, faults: readonly FaultCode[]) => void;
  /** Told of every create before it leaves. */
  onCreate: (payment: Payment) => void;
  /** Told of every ready before it leaves, and whether it is the first that does. */
  onReady: (payment: Payment, first: boolean) => void;
}

/**
 * The least that carries one order by what the heart says: journal first, then act, one request at
 * a time. Its journal is an array that outlives crashes; everything else does not.
 */
export function createLittleEngine(world: LittleEngineWorld, first: PaymentEvent) {
  const { mobilePay, line } = world;
  const journal: DatedEvent[] = [{ ...first, at: world.now() }];
  let payment = refold();
  let keys = 1;

  // What only the process knows; a crash sets all of it to its most careful value.
  let createDue = true;
  let ambiguous = false;
  let lookUpsSince = world.now();
  let askFirst = false;
  let readyBegun = false;
  let readyDoubtful = false;

  function refold(): Payment {
    const folded = foldPayment(journal);
    if (folded === undefined) throw new Error('an order has at least one event');
    return folded;
  }

  function apply(event: PaymentEvent): void {
    const dated: DatedEvent = { ...event, at: world.now() };
    const step = transition(payment, dated);
    if (step.kind === 'illegal') throw new Error(`${event.type} is illegal in ${payment.state}`);
    if (step.kind === 'ignored') return;
    journal.push(dated);
    payment = step.payment;
    world.onMoved(payment, step.faults);
  }

  function restart(): void {
    line.forgetAnswers();
    payment = refold();
    createDue = false;
    ambiguous = true;
    lookUpsSince = world.now();
    askFirst = true;
    readyBegun = false;
    readyDoubtful = payment.ready !== null;
  }

  /** Sends one request; undefined when the process died with it. */
  function send<T>(
    fate: Fate,
    crash: CrashPoint,
    carryOut: () => T,
    whenLate?: (value: T) => void,
  ) {
    if (crash === 'before-sending') {
      restart();
      return undefined;
    }
    const result = line.call(fate, carryOut, whenLate);
    if (crash === 'before-reading') {
      restart();
      return undefined;
    }
    return result;
  }

  function create(fate: Fate, crash: CrashPoint): void {
    const { create: terms } = payment;
    if (terms === null) throw new Error('there is nothing to create');
    const amount = terms.kind === 'prepare' ? null : payment.amount;
    createDue = false;
    lookUpsSince = world.now();
    world.onCreate(payment);
    const order = { orderId: payment.orderId, posId: world.posId, amount };
    const result = send(
      fate,
      crash,
      () => mobilePay.create(terms.idempotencyKey, order),
      (late) => {
        if (late.kind === 'ok') apply({ type: 'createAnswered', paymentId: late.value });
      },
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
    if (result.value.kind === 'ok') {
      return apply({ type: 'createAnswered', paymentId: result.value.value });
    }
    ambiguous ||= result.priorAttemptAmbiguous;
    clearPos(result.value.refusal);
  }

  /** Rule 5, after 1301 on our own start. */
  function clearPos(refusal: { status: number; code: string; correlationId: string | null }): void {
    const proof = !ambiguous;
    const listed = mobilePay.find({ posId: world.posId });
    if (listed.kind !== 'ok') return;
    for (const seen of listed.value) {
      if (isSamePayment(payment, seen)) return apply({ type: 'observed', seen });
      if (!isActive(seen.status)) continue;
      if (payment.foreignCancels > 0) return apply({ type: 'createRefused', refusal, proof });
      apply({ type: 'foreignCancelIntended', paymentId: seen.paymentId });
      mobilePay.cancel(seen.paymentId);
    }
    if (proof) {
      keys += 1;
      apply({ type: 'rekeyed', idempotencyKey: `key-${keys}` });
    }
    createDue = true;
  }

  function lookUp(fate: Fate, crash: CrashPoint): void {
    const { orderId } = payment;
    const result = send(fate, crash, () => mobilePay.find({ posId: world.posId, orderId }));
    if (result === undefined) return;
    const answer = result.kind === 'answered' ? result.value : undefined;
    const found = answer?.kind === 'ok' ? answer.value[0] : undefined;
    if (found !== undefined && isSamePayment(payment, found)) {
      return apply({ type: 'observed', seen: found });
    }
    if (isOverdue(payment, world.now())) {
      return giveUp();
    }
    if (answer === undefined) return;
    const lastLookUp = world.now() >= lookUpsSince + LAST_LOOK_UP_MS;
    if (payment.state === 'sought' || lastLookUp) return apply({ type: 'absenceConcluded' });
    createDue = true;
  }

  /** Rule 7: asks first; only if that decides nothing is the customer's time simply over. */
  function ask(fate: Fate, crash: CrashPoint, paymentId: string): void {
    const result = send(
      fate,
      crash,
      () => mobilePay.get(paymentId),
      (late) => {
        if (late.kind === 'ok') apply({ type: 'observed', seen: late.value });
      },
    );
    if (result === undefined) return;
    if (result.kind === 'answered' && result.value.kind === 'ok') {
      apply({ type: 'observed', seen: result.value.value });
      askFirst = false;
    }
    if (isOverdue(payment, world.now())) {
      giveUp();
    }
  }

  /** Nobody has decided anything, and the time for it is over. */
  function giveUp(): void {
    apply({ type: 'cancelIntended', reason: overdueReason(payment, world.now()) });
  }

  function ready(fate: Fate, crash: CrashPoint, paymentId: string): void {
    if (askFirst || isOverdue(payment, world.now())) return ask(fate, crash, paymentId);
    if (!mayReady(payment, world.now(), readyBegun)) return giveUp();
    const { amount } = payment;
    if (amount === null) throw new Error('there is nothing to ask for');
    world.onReady(payment, !readyBegun);
    readyBegun ||= fate !== 'unsent';
    const result = send(
      fate,
      crash,
      () => mobilePay.ready(paymentId, amount),
      (late) => {
        if (late.kind === 'ok') apply({ type: 'readyAnswered' });
      },
    );
    if (result === undefined) return;
    askFirst = true;
    if (result.kind === 'unsent') return;
    if (result.kind === 'unanswered') {
      readyDoubtful = true;
      return;
    }
    if (result.value.kind === 'ok') return apply({ type: 'readyAnswered' });
    const { refusal } = result.value;
    const proven = !readyDoubtful && !result.priorAttemptAmbiguous;
    apply({ type: 'readyRefused', refusal, final: proven && refusal.code !== '1303' });
    if (payment.ready === null) readyBegun = false;
  }

  function settle(fate: Fate, crash: CrashPoint): void {
    const owed = owedOf(payment);
    if (owed.do !== 'capture' && owed.do !== 'cancel') return;
    const { paymentId } = owed;
    if (askFirst) return ask(fate, crash, paymentId);
    const answered = owed.do === 'capture' ? 'captureAnswered' : 'cancelAnswered';
    const refused = owed.do === 'capture' ? 'captureRefused' : 'cancelRefused';
    const result = send(
      fate,
      crash,
      () =>
        owed.do === 'capture'
          ? mobilePay.capture(paymentId, owed.amount)
          : mobilePay.cancel(paymentId),
      (late) => {
        if (late.kind === 'ok') apply({ type: answered });
      },
    );
    if (result === undefined) return;
    askFirst = true;
    if (result.kind !== 'answered') return;
    const { value } = result;
    if (value.kind === 'ok') return apply({ type: answered });
    const { refusal } = value;
    const final = explain(refusal.code).next === 'give-up';
    apply({ type: refused, refusal, final });
  }

  return {
    journal,
    payment: () => payment,
    apply,
    /** The process dies between two requests. */
    crash: restart,
    /** Does the one thing that is owed most. */
    work(fate: Fate, crash: CrashPoint): void {
      const owed = owedOf(payment);
      switch (owed.do) {
        case 'nothing':
          return;
        case 'find':
          return createDue && mayCreate(payment, world.now())
            ? create(fate, crash)
            : lookUp(fate, crash);
        case 'ask':
        case 'watch':
          return ask(fate, crash, owed.paymentId);
        case 'ready':
          return ready(fate, crash, owed.paymentId);
        case 'capture':
        case 'cancel':
          return settle(fate, crash);
      }
    },
    settled: () => isSettled(payment),
  };
}
