import type { SeenPayment } from '../payment/events.ts';
import { isOverdue } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSamePayment } from '../payment/verdicts.ts';
import type { CallResult } from '../ports.ts';
import { pollWaitMs } from './back-off.ts';
import type { OrderContext } from './order-context.ts';

/** How often a reservation that waits for the register is looked at. */
const WATCH_MS = 60_000;
/** A poll that began this recently before the deadline leaves no gap across it. */
const NO_GAP_MS = 1_500;
/** Until MobilePay has said its own. */
const USUAL_POLL_DELAY_MS = 1_000;
/** Polls are at least this far apart, whatever MobilePay allows. */
const LEAST_POLL_MS = 5;

/** Asks MobilePay what became of one order, as often as it allows. */
export function createAsking(context: OrderContext) {
  const { world, orderId, wake, pace, signal } = context;
  const { ledger, platform, clock } = world;
  let pollDelayMs = USUAL_POLL_DELAY_MS;
  let pollFailures = 0;
  let nextPollAt = 0;
  let lastPollBeganAt = Number.NEGATIVE_INFINITY;
  /** Nothing is repeated before MobilePay has been asked. */
  let first = context.origin === 'recovered';
  let byRegister = false;
  let listeners: (() => void)[] = [];
  let onLooked: (() => void) | undefined;
  const looked = new Promise<void>((resolve) => {
    onLooked = resolve;
  });

  /** MobilePay has just described the payment: the next poll may come after this. */
  function notePoll(allowedAfterMs: number, beganAt: number): void {
    first = false;
    pollFailures = 0;
    pollDelayMs = Math.max(LEAST_POLL_MS, allowedAfterMs);
    lastPollBeganAt = beganAt;
    nextPollAt = clock.monotonicMs() + pollDelayMs;
  }

  /** One GET: what MobilePay says of the payment, or undefined when it does not answer. */
  async function look(paymentId: string): Promise<SeenPayment | undefined> {
    const beganAt = clock.monotonicMs();
    lastPollBeganAt = beganAt;
    const result = await platform.getPayment(paymentId, { signal });
    if (result.kind === 'ok') {
      notePoll(result.value.pollDelayMs, beganAt);
      return result.value.value;
    }
    pace.heed(result);
    pollFailures += 1;
    const wait = pollWaitMs(pollDelayMs, pollFailures, world.random());
    nextPollAt = Math.max(clock.monotonicMs() + wait, pace.restUntil());
    context.logger().debug({ detail: describe(result) }, 'no answer to a look at the payment');
    return undefined;
  }

  function observe(payment: Payment, seen: SeenPayment): void {
    if (!isSamePayment(payment, seen)) return complain(seen.paymentId);
    context.apply({ type: 'observed', seen });
    ledger.confirm(orderId);
  }

  function complain(paymentId: string): void {
    const message = 'MobilePay names another amount or PoS for this order';
    context.logger().error({ paymentId }, message);
  }

  function asked(): void {
    onLooked?.();
    const waiting = listeners;
    listeners = [];
    byRegister = false;
    for (const listener of waiting) listener();
  }

  /** Looks, and takes over what is seen. Returns whether MobilePay answered. */
  async function ask(paymentId: string): Promise<boolean> {
    const seen = await look(paymentId);
    const payment = context.current();
    if (seen !== undefined && !context.stopped() && payment !== undefined) observe(payment, seen);
    asked();
    return seen !== undefined;
  }

  if (typeof context.origin === 'object') {
    notePoll(context.origin.pollDelayMs, clock.monotonicMs());
  }

  return {
    look,
    notePoll,
    observe,
    complain,
    ask,
    /** MobilePay has been asked once, or will not be. */
    asked,
    /** Resolves when MobilePay has been asked once about this order, or the order is settled. */
    looked,
    isFirst: (): boolean => first,
    setFirst(now: boolean): void {
      first = now;
    },
    byRegister: (): boolean => byRegister,
    /** The payment has just been made: it may be asked for at once (rule 4). */
    mayAskAtOnce(): void {
      nextPollAt = 0;
    },

    /** The customer decides: polls, and lets the time run out (rule 7). */
    async askTurn(payment: Payment, paymentId: string): Promise<void> {
      const overdue = isOverdue(payment, clock.now());
      // Without a gap in polling there is nothing to ask: the time is simply over (rule 7).
      const gap = clock.monotonicMs() - lastPollBeganAt > pollDelayMs + NO_GAP_MS;
      if (overdue && !gap && pollFailures === 0) return context.timeOut();
      // Once the time is over, no back-off holds up the last look, only the poll delay does.
      const dueAt = overdue ? Math.min(nextPollAt, lastPollBeganAt + pollDelayMs) : nextPollAt;
      const due = dueAt - clock.monotonicMs();
      if (due > 0) {
        const left = Math.max(0, context.untilDeadlineMs(payment));
        await wake.wait(overdue ? due : Math.min(due, left));
        return;
      }
      await ask(paymentId);
      const after = context.current();
      if (!context.stopped() && after !== undefined && isOverdue(after, clock.now())) {
        context.timeOut();
      }
    },

    /** Reserved, and the register has not said what it wants. */
    async watchTurn(paymentId: string): Promise<void> {
      const dueAt = byRegister ? nextPollAt : Math.max(nextPollAt, lastPollBeganAt + WATCH_MS);
      const due = dueAt - clock.monotonicMs();
      if (due > 0) {
        await wake.wait(due);
        return;
      }
      await ask(paymentId);
    },

    /** Asks as soon as the poll delay allows, at most `timeoutMs`. */
    async confirm(timeoutMs: number): Promise<void> {
      if (nextPollAt - clock.monotonicMs() > timeoutMs) return;
      byRegister = true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
        wake.wake();
      });
    },
  };
}
export type Asking = ReturnType<typeof createAsking>;

function describe(result: CallResult<unknown>): string {
  if (result.kind === 'refused') return `refused: ${result.refusal.code}`;
  return result.kind === 'ok' ? 'ok' : result.detail;
}
