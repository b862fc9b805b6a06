import { owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import { createAsking } from './order-asking.ts';
import type { WorkerWorld } from './order-context.ts';
import { createOrderContext } from './order-context.ts';
import { createCreating } from './order-creating.ts';
import { createReadying } from './order-readying.ts';
import { createOrderSettling } from './order-settling.ts';
import type { Origin } from './work.ts';
import type { Worker } from './worker.ts';
import { createWorker } from './worker.ts';

/** Carries one order to its end: derives what is owed, does it, journals the answer. */
export function createOrderWorker(world: WorkerWorld, orderId: string, origin: Origin): Worker {
  const context = createOrderContext(world, orderId, origin);
  const asking = createAsking(context);
  const creating = createCreating(context, asking);
  const readying = createReadying(context, asking);
  const settling = createOrderSettling(context, asking);

  async function turn(payment: Payment): Promise<void> {
    const owed = owedOf(payment);
    switch (owed.do) {
      case 'nothing':
        return;
      case 'find':
        return await creating.findTurn(payment);
      case 'ask':
        return await asking.askTurn(payment, owed.paymentId);
      case 'ready':
        return await readying.readyTurn(payment, owed.paymentId, owed.ready);
      case 'watch':
        return await asking.watchTurn(owed.paymentId);
      case 'cancel':
        return await settling.cancelTurn(owed.paymentId);
      case 'capture':
        return await settling.captureTurn(owed.paymentId, owed.amount);
    }
  }

  return createWorker(context, asking, {
    turn() {
      const payment = context.current();
      return payment === undefined || isSettled(payment) ? null : turn(payment);
    },
    onFault: world.onJournalFault,
  });
}
