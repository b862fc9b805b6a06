import type { Logger } from 'pino';
import type { Refusal, SeenPayment } from '../payment/events.ts';
import { isOverdue, mayCreate, owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import { isSamePayment } from '../payment/verdicts.ts';
import type { CallResult, Clock, PaymentPlatform } from '../ports.ts';
import { pollWaitMs, retryWaitMs } from './back-off.ts';
import type { BusyPos, BusyVerdict } from './busy-pos.ts';
import type { Ledger } from './ledger.ts';
import { createLookUpSchedule, LOOK_UPS_MS } from './look-up-schedule.ts';
import { createWake } from './wake.ts';

/** How often a reservation that waits for the register is looked at. */
const WATCH_MS = 60_000;
/** A poll that began this recently before the deadline leaves no gap across it. */
const NO_GAP_MS = 1_500;
/** A start that meets 1301 this often in spite of a cleared PoS is refused as busy. */
const MOST_TIMES_BLOCKED = 3;
/** Until MobilePay has said its own. */
const USUAL_POLL_DELAY_MS = 1_000;
/** Polls are at least this far apart, whatever MobilePay allows. */
const LEAST_POLL_MS = 20;

/** A create that was sent within this may still be in progress: an empty list proves nothing. */
const IN_PROGRESS_MS = 120_000;

/** How an order comes to its worker; with a poll delay: MobilePay has just described it. */
export type Origin = 'new' | 'recovered' | { pollDelayMs: number };

export interface WorkerWorld {
  ledger: Ledger;
  platform: PaymentPlatform;
  clock: Clock;
  logger: Logger;
  random: () => number;
  newKey: () => string;
  /** The PoS of this boot, for orders that do not know theirs. */
  posId: () => string | null;
  busyPos: BusyPos;
  /** A fault of the journal itself: everything must stop. */
  onJournalFault: (error: unknown) => void;
}

/**
 * Carries one order to its end: derives what is owed, does it, journals the answer. One request at
 * a time per order (rule 9), so no look can be overtaken by an act.
 */
export function createOrderWorker(world: WorkerWorld, orderId: string, origin: Origin) {
  const { ledger, platform, clock, random } = world;
  // Made only when there is something to say: a start must not wait for it.
  const logger = (): Logger => world.logger.child({ orderId });
  const wake = createWake();
  const aborter = new AbortController();
  let stopped = false;

  // What only this process knows. After a crash all of it starts at its most careful value.
  let createDue = origin === 'new';
  /** Whether any create under any key of this order may have reached MobilePay. */
  let ambiguous = origin !== 'new';
  let toldUnanswered = false;
  let lastCreateAt = Number.NEGATIVE_INFINITY;
  let timesBlocked = 0;
  const lookUps = createLookUpSchedule(() => clock.monotonicMs());
  let askFirst = origin === 'recovered';
  let failures = 0;
  let retryAt = 0;
  /** MobilePay asked for a rest (Retry-After): nothing but the last look before a time-out breaks it. */
  let restUntil = 0;
  let lastFailureAmbiguous = false;
  let kicks = 0;
  let nextKickAt = 0;
  let pollDelayMs = USUAL_POLL_DELAY_MS;
  let pollFailures = 0;
  let nextPollAt = 0;
  let lastPollBeganAt = Number.NEGATIVE_INFINITY;
  let askedByRegister = false;
  let onAsked: (() => void)[] = [];
  let onEnded: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });
  let firstLook: (() => void) | undefined;
  const looked = new Promise<void>((resolve) => {
    firstLook = resolve;
  });
  if (typeof origin === 'object') notePoll(origin.pollDelayMs, clock.monotonicMs());

  function current(): Payment | undefined {
    return ledger.payment(orderId);
  }

  function untilDeadline(payment: Payment): number {
    return payment.deadline === null ? Number.POSITIVE_INFINITY : payment.deadline - clock.now();
  }

  function asked(): void {
    firstLook?.();
    const listeners = onAsked;
    onAsked = [];
    askedByRegister = false;
    for (const listener of listeners) listener();
  }

  function heed(result: CallResult<unknown>): void {
    if (result.kind !== 'unanswered' || result.retryAfterMs === null) return;
    restUntil = Math.max(restUntil, clock.monotonicMs() + result.retryAfterMs);
  }

  /** MobilePay has just described the payment: the next poll may come after this. */
  function notePoll(allowedAfterMs: number, beganAt: number): void {
    askFirst = false;
    pollFailures = 0;
    pollDelayMs = Math.max(LEAST_POLL_MS, allowedAfterMs);
    lastPollBeganAt = beganAt;
    nextPollAt = clock.monotonicMs() + pollDelayMs;
  }

  /** One GET: what MobilePay says of the payment, or undefined when it does not answer. */
  async function look(paymentId: string): Promise<SeenPayment | undefined> {
    const beganAt = clock.monotonicMs();
    lastPollBeganAt = beganAt;
    const result = await platform.getPayment(paymentId, { signal: aborter.signal });
    if (result.kind === 'ok') {
      notePoll(result.value.pollDelayMs, beganAt);
      return result.value.value;
    }
    heed(result);
    pollFailures += 1;
    const wait = pollWaitMs(pollDelayMs, pollFailures, random());
    nextPollAt = Math.max(clock.monotonicMs() + wait, restUntil);
    logger().debug({ detail: describe(result) }, 'no answer to a look at the payment');
    return undefined;
  }

  function observe(payment: Payment, seen: SeenPayment): void {
    if (!isSamePayment(payment, seen)) {
      logger().error(
        { paymentId: seen.paymentId },
        'MobilePay names another amount or PoS for this order',
      );
      return;
    }
    ledger.apply({ orderId, events: [{ type: 'observed', seen }] });
    ledger.confirm(orderId);
  }

  function timeOut(): void {
    ledger.apply({ orderId, events: [{ type: 'cancelIntended', reason: 'customer-timeout' }] });
  }

  // ------------------------------------------------------------ creating and finding

  async function create(payment: Payment): Promise<void> {
    if (payment.create === null) return;
    createDue = false;
    lastFailureAmbiguous = false;
    const { idempotencyKey, body } = payment.create;
    const result = await platform.createPayment(
      { idempotencyKey, body },
      {
        signal: aborter.signal,
        mayStillSend: () => {
          const now = current();
          return !stopped && now !== undefined && mayCreate(now, clock.now());
        },
      },
    );
    lastCreateAt = clock.monotonicMs();
    heed(result);
    const proofOf = (answer: { priorAttemptAmbiguous: boolean }, refusal: Refusal): boolean =>
      !ambiguous && !answer.priorAttemptAmbiguous && refusal.code !== '1306';
    switch (result.kind) {
      case 'ok':
        nextPollAt = 0;
        ledger.apply({
          orderId,
          events: [
            {
              type: 'createAnswered',
              paymentId: result.value.paymentId,
              correlationId: result.correlationId ?? null,
            },
          ],
        });
        return;
      case 'refused': {
        const proof = proofOf(result, result.refusal);
        if (!proof) doubt();
        if (result.refusal.code === '1301') return await blocked(payment, result.refusal, proof);
        ledger.apply({
          orderId,
          events: [{ type: 'createRefused', refusal: result.refusal, proof }],
        });
        return;
      }
      case 'unsent':
        if (!ambiguous) ledger.apply({ orderId, events: [{ type: 'createUnsent' }] });
        return;
      case 'unanswered':
        lastFailureAmbiguous = true;
        doubt();
        if (!toldUnanswered) ledger.apply({ orderId, events: [{ type: 'createUnanswered' }] });
        toldUnanswered = true;
        return;
    }
  }

  /** From the first doubt on the look-ups run, and no further one starts them anew (rule 3). */
  function doubt(): void {
    if (!ambiguous) lookUps.restart();
    ambiguous = true;
  }

  /** Rule 5: an active payment blocks the PoS. Only ever after our own start. */
  async function blocked(payment: Payment, refusal: Refusal, proof: boolean): Promise<void> {
    timesBlocked += 1;
    const verdict: BusyVerdict =
      timesBlocked > MOST_TIMES_BLOCKED
        ? { kind: 'busy' }
        : await world.busyPos.look(payment, aborter.signal);
    const now = current();
    if (now === undefined || now.state !== 'creating') return;
    switch (verdict.kind) {
      case 'ours':
        notePoll(verdict.pollDelayMs, clock.monotonicMs());
        observe(now, verdict.seen);
        return;
      case 'cleared':
        if (!mayCreate(now, clock.now())) break;
        // A new key only when the old one is proven unused; else the old one says what it holds.
        if (proof) {
          ledger.apply({ orderId, events: [{ type: 'rekeyed', idempotencyKey: world.newKey() }] });
        }
        createDue = true;
        return;
      case 'busy':
        break;
    }
    ledger.apply({ orderId, events: [{ type: 'createRefused', refusal, proof }] });
  }

  /** What the posId-and-orderId look-up knows: the payment, nothing, or no answer. */
  async function find(payment: Payment): Promise<SeenPayment | 'nothing' | 'unanswered'> {
    const posId = payment.posId ?? world.posId();
    if (posId === null) return 'unanswered';
    const open = await findBy(payment, posId, { posId, orderId });
    // Ours is never captured before it was seen; one that the journal lacks, or of which it lost
    // entries (no deadline is left then), may long be paid.
    if (open !== 'nothing' || payment.deadline !== null) return open;
    return await findBy(payment, posId, { orderId, state: 'Captured' });
  }

  async function findBy(
    payment: Payment,
    posId: string,
    filter: { posId?: string; orderId: string; state?: 'Captured' },
  ): Promise<SeenPayment | 'nothing' | 'unanswered'> {
    const found = await platform.findPayments(filter, { signal: aborter.signal });
    heed(found);
    if (found.kind !== 'ok') return 'unanswered';
    const paymentId = found.value.at(-1);
    if (paymentId === undefined) return 'nothing';
    const seen = await look(paymentId);
    if (seen === undefined) return 'unanswered';
    if (seen.posId === posId && isSamePayment(payment, seen)) return seen;
    logger().error({ paymentId }, 'MobilePay names another amount or PoS for this order');
    return 'unanswered';
  }

  async function findTurn(payment: Payment): Promise<void> {
    createDue &&= mayCreate(payment, clock.now());
    const rest = restUntil - clock.monotonicMs();
    if (createDue && rest <= 0) return await create(payment);
    const look = Math.max(lookUps.waitMs(), rest);
    const kicked = await wake.wait(
      Math.max(0, Math.min(createDue ? rest : look, look, untilDeadlineIfOpen(payment))),
    );
    const now = current();
    if (stopped || now === undefined || owedOf(now).do !== 'find') return;
    const due = kicked || lookUps.waitMs() <= 0;
    const rested = clock.monotonicMs() >= restUntil;
    if (!(due && rested) && !isOverdue(now, clock.now())) return;

    const curious = askedByRegister && lookUps.waitMs() > 0;
    const found = await find(now);
    asked();
    const after = current();
    if (stopped || after === undefined || owedOf(after).do !== 'find') return;
    if (found !== 'nothing' && found !== 'unanswered') return observe(after, found);
    foundNone(after, found === 'nothing', curious);
  }

  /**
   * A look-up without a payment: time out, conclude, or let the same create go out again; not for
   * a look between two look-ups that only the register wanted.
   */
  function foundNone(payment: Payment, answered: boolean, curious: boolean): void {
    lastFailureAmbiguous ||= !answered;
    if (isOverdue(payment, clock.now())) return timeOut();
    const quiet = clock.monotonicMs() - lastCreateAt >= IN_PROGRESS_MS;
    const last = lookUps.count(answered && quiet);
    if (!answered) return;
    if (last || payment.state === 'sought' || longOver(payment)) {
      ledger.apply({ orderId, events: [{ type: 'absenceConcluded' }] });
      return;
    }
    createDue ||= !curious && !lookUps.isOver();
  }

  /** 600 s after the last moment at which any create of this order could have left. */
  function longOver(payment: Payment): boolean {
    if (payment.create === null || origin === 'new') return false;
    const deadline = payment.deadline ?? Number.POSITIVE_INFINITY;
    return clock.now() > Math.min(payment.create.expiresAt, deadline) + LOOK_UPS_MS;
  }

  function untilDeadlineIfOpen(payment: Payment): number {
    return payment.intent === null ? untilDeadline(payment) : Number.POSITIVE_INFINITY;
  }

  // ------------------------------------------------------------ asking

  /** Looks, and takes over what is seen. Returns whether MobilePay answered. */
  async function ask(paymentId: string): Promise<boolean> {
    const seen = await look(paymentId);
    const payment = current();
    if (seen !== undefined && !stopped && payment !== undefined) observe(payment, seen);
    asked();
    return seen !== undefined;
  }

  async function askTurn(payment: Payment, paymentId: string): Promise<void> {
    const overdue = isOverdue(payment, clock.now());
    // Without a gap in polling there is nothing to ask: the time is simply over (rule 7).
    const gap = clock.monotonicMs() - lastPollBeganAt > pollDelayMs + NO_GAP_MS;
    if (overdue && !gap && pollFailures === 0) return timeOut();
    // Once the time is over, no back-off holds up the last look, only the poll delay does.
    const dueAt = overdue ? Math.min(nextPollAt, lastPollBeganAt + pollDelayMs) : nextPollAt;
    const due = dueAt - clock.monotonicMs();
    if (due > 0) {
      await wake.wait(overdue ? due : Math.min(due, Math.max(0, untilDeadline(payment))));
      return;
    }
    await ask(paymentId);
    const after = current();
    if (!stopped && after !== undefined && isOverdue(after, clock.now())) timeOut();
  }

  async function watchTurn(paymentId: string): Promise<void> {
    const dueAt = askedByRegister ? nextPollAt : Math.max(nextPollAt, lastPollBeganAt + WATCH_MS);
    const due = dueAt - clock.monotonicMs();
    if (due > 0) {
      await wake.wait(due);
      return;
    }
    await ask(paymentId);
  }

  // ------------------------------------------------------------ settling an intent

  async function settleTurn(
    paymentId: string,
    act: () => Promise<CallResult<void>>,
    note: (answer: { correlationId: string | null } | Refusal) => void,
  ): Promise<void> {
    const wait = Math.max(retryAt, restUntil) - clock.monotonicMs();
    if (wait > 0) {
      await wake.wait(wait);
      return;
    }
    if (askFirst) {
      askFirst = false;
      const answered = await ask(paymentId);
      if (!answered) {
        askFirst = true;
        backOff(true);
      }
      return;
    }
    const result = await act();
    heed(result);
    if (stopped) return;
    switch (result.kind) {
      case 'ok':
        failures = 0;
        note({ correlationId: result.correlationId ?? null });
        return;
      case 'refused':
        logger().warn({ ...result.refusal }, 'MobilePay refused to settle the payment');
        askFirst = true;
        note(result.refusal);
        // The look at the payment comes at once; another try of the same only later.
        failures += 1;
        if (failures > 1) backOff(false);
        return;
      case 'unsent':
      case 'unanswered':
        askFirst = true;
        backOff(true);
        return;
    }
  }

  function backOff(transient: boolean): void {
    if (transient) failures += 1;
    lastFailureAmbiguous = transient;
    retryAt = clock.monotonicMs() + retryWaitMs(failures, random());
  }

  // ------------------------------------------------------------ the loop

  async function turn(payment: Payment): Promise<void> {
    const owed = owedOf(payment);
    switch (owed.do) {
      case 'nothing':
        return;
      case 'find':
        return await findTurn(payment);
      case 'ask':
        return await askTurn(payment, owed.paymentId);
      case 'watch':
        return await watchTurn(owed.paymentId);
      case 'cancel':
        return await settleTurn(
          owed.paymentId,
          () => platform.cancelPayment(owed.paymentId, { signal: aborter.signal }),
          (answer) =>
            ledger.apply({
              orderId,
              events: [
                'code' in answer
                  ? { type: 'cancelRefused', refusal: answer }
                  : { type: 'cancelAnswered', ...answer },
              ],
            }),
        );
      case 'capture':
        return await settleTurn(
          owed.paymentId,
          () => platform.capturePayment(owed.paymentId, owed.amount, { signal: aborter.signal }),
          (answer) =>
            ledger.apply({
              orderId,
              events: [
                'code' in answer
                  ? { type: 'captureRefused', refusal: answer }
                  : { type: 'captureAnswered', ...answer },
              ],
            }),
        );
    }
  }

  async function run(): Promise<void> {
    try {
      for (;;) {
        const payment = current();
        if (stopped || payment === undefined || isSettled(payment)) return;
        await turn(payment);
      }
    } catch (error) {
      if (!stopped) world.onJournalFault(error);
    } finally {
      asked();
      onEnded?.();
    }
  }

  return {
    orderId,
    run,
    /** Resolves when MobilePay has been asked once about this order, or the order is settled. */
    looked,
    /** Resolves when nothing of this order is under way any more. */
    ended,
    /** Something new is to be done: look again at what is owed. */
    wake(): void {
      retryAt = 0;
      wake.wake();
    },
    /**
     * Another call succeeded: what failed for want of an answer is tried again now. The success of
     * a call of its own is none of it: that one is under way, and the worker does not wait. Where
     * that does not help, other successes help ever less often.
     */
    kick(): void {
      const now = clock.monotonicMs();
      if (!wake.isWaiting() || !lastFailureAmbiguous) return;
      if (now < Math.max(restUntil, nextKickAt)) return;
      kicks += 1;
      nextKickAt = now + retryWaitMs(kicks, random());
      lastFailureAmbiguous = false;
      retryAt = 0;
      wake.wake();
    },
    /** Asks MobilePay as soon as the poll delay allows, at most `timeoutMs`; false if it did not answer. */
    async confirm(timeoutMs: number): Promise<void> {
      if (nextPollAt - clock.monotonicMs() > timeoutMs) return;
      askedByRegister = true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onAsked.push(() => {
          clearTimeout(timer);
          resolve();
        });
        wake.wake();
      });
    },
    stop(): void {
      stopped = true;
      aborter.abort();
      wake.wake();
    },
  };
}
export type OrderWorker = ReturnType<typeof createOrderWorker>;

function describe(result: CallResult<unknown>): string {
  if (result.kind === 'refused') return `refused: ${result.refusal.code}`;
  return result.kind === 'ok' ? 'ok' : result.detail;
}
