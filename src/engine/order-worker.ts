import { owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import { createAsking } from './order-asking.ts';
import type { Origin, WorkerWorld } from './order-context.ts';
import { createOrderContext } from './order-context.ts';
import { createCreating } from './order-creating.ts';
import { createSettling } from './order-settling.ts';

/**
 * Carries one order to its end: derives what is owed, does it, journals the answer. One request at
 * a time per order (rule 9), so no look can be overtaken by an act.
 */
export function createOrderWorker(world: WorkerWorld, orderId: string, origin: Origin) {
  const context = createOrderContext(world, orderId, origin);
  const { wake, pace } = context;
  const asking = createAsking(context);
  const creating = createCreating(context, asking);
  const settling = createSettling(context, asking);
  let onEnded: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });

  async function turn(payment: Payment): Promise<void> {
    const owed = owedOf(payment);
    switch (owed.do) {
      case 'nothing':
        return;
      case 'find':
        return await creating.findTurn(payment);
      case 'ask':
        return await asking.askTurn(payment, owed.paymentId);
      case 'watch':
        return await asking.watchTurn(owed.paymentId);
      case 'cancel':
        return await settling.cancelTurn(owed.paymentId);
      case 'capture':
        return await settling.captureTurn(owed.paymentId, owed.amount);
    }
  }

  async function run(): Promise<void> {
    try {
      for (;;) {
        const payment = context.current();
        if (context.stopped() || payment === undefined || isSettled(payment)) return;
        await turn(payment);
      }
    } catch (error) {
      if (!context.stopped()) world.onJournalFault(error);
    } finally {
      asking.asked();
      onEnded?.();
    }
  }

  return {
    orderId,
    run,
    /** Resolves when MobilePay has been asked once about this order, or the order is settled. */
    looked: asking.looked,
    /** Resolves when nothing of this order is under way any more. */
    ended,
    /** Something new is to be done: look again at what is owed. */
    wake(): void {
      pace.hurry();
      wake.wake();
    },
    /**
     * Another call succeeded: what failed for want of an answer is tried again now. The success of
     * a call of its own is none of it: that one is under way, and the worker does not wait.
     */
    kick(): void {
      if (wake.isWaiting() && pace.kick()) wake.wake();
    },
    /** Asks MobilePay as soon as the poll delay allows, at most `timeoutMs`. */
    confirm: asking.confirm,
    stop(): void {
      context.stop();
      wake.wake();
    },
  };
}
export type OrderWorker = ReturnType<typeof createOrderWorker>;
