import type { SeenPayment } from '../payment/events.ts';
import { isOverdue } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSamePayment } from '../payment/verdicts.ts';
import type { OrderContext } from './order-context.ts';
import { createPolling } from './polling.ts';

/** A poll that began this recently before the deadline leaves no gap across it. */
const NO_GAP_MS = 1_500;

/** Asks MobilePay what became of one order, as often as it allows. */
export function createAsking(context: OrderContext) {
  const { world, orderId, wake, signal, clock } = context;
  const polling = createPolling<SeenPayment>(context, {
    get: (paymentId) => world.platform.getPayment(paymentId, { signal }),
    observe(seen) {
      const payment = context.current();
      if (payment !== undefined) observe(payment, seen);
    },
  });

  function observe(payment: Payment, seen: SeenPayment): void {
    if (!isSamePayment(payment, seen)) return complain(seen.paymentId);
    context.apply({ type: 'observed', seen });
    world.ledger.confirm(orderId);
  }

  function complain(paymentId: string): void {
    const message = 'MobilePay names another amount or PoS for this order';
    context.logger().error({ paymentId }, message);
  }

  return {
    ...polling,
    observe,
    complain,

    /** The customer decides: polls, at most `atMostMs`, and lets the time run out (rule 7). */
    async askTurn(
      payment: Payment,
      paymentId: string,
      atMostMs = Number.POSITIVE_INFINITY,
    ): Promise<void> {
      const overdue = isOverdue(payment, clock.now());
      // Without a gap in polling there is nothing to ask: the time is simply over (rule 7).
      const lastPollMs = clock.monotonicMs() - polling.lastBeganAt();
      const gap = lastPollMs > polling.delayMs() + NO_GAP_MS;
      if (overdue && !gap && polling.failures() === 0) return context.giveUp(payment);
      // Once the time is over, no back-off holds up the last look, only the poll delay does.
      const allowedAt = polling.lastBeganAt() + polling.delayMs();
      const dueAt = overdue ? Math.min(polling.nextAt(), allowedAt) : polling.nextAt();
      const due = dueAt - clock.monotonicMs();
      if (due > 0) {
        const left = Math.max(0, context.untilOverdueMs(payment));
        await wake.wait(Math.min(due, atMostMs, overdue ? due : left));
        return;
      }
      await polling.ask(paymentId);
      const after = context.current();
      if (!context.stopped() && after !== undefined && isOverdue(after, clock.now())) {
        context.giveUp(after);
      }
    },

    /** Reserved, and the register has not said what it wants. */
    async watchTurn(paymentId: string): Promise<void> {
      const due = polling.watchDueMs();
      if (due > 0) await wake.wait(due);
      else await polling.ask(paymentId);
    },
  };
}
export type Asking = ReturnType<typeof createAsking>;
