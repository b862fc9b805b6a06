import type { SeenRefund } from '../refund/events.ts';
import { owedOf } from '../refund/owed.ts';
import type { Refund } from '../refund/refund.ts';
import { isSettled } from '../refund/refund.ts';
import { createPolling } from './polling.ts';
import type { RefundWorld } from './refund-context.ts';
import { createRefundContext } from './refund-context.ts';
import { createRefundCreating } from './refund-creating.ts';
import { createSettling } from './settling.ts';
import type { Origin } from './work.ts';
import type { Worker } from './worker.ts';
import { createWorker } from './worker.ts';

/** Carries one refund to its end: derives what is owed, does it, journals the answer. */
export function createRefundWorker(
  world: RefundWorld,
  refundOrderId: string,
  origin: Origin,
): Worker {
  const context = createRefundContext(world, refundOrderId, origin);
  const { wake, signal, clock, apply } = context;
  const { platform } = world;
  const polling = createPolling<SeenRefund>(context, {
    get: (refundId) => platform.getRefund(refundId, { signal }),
    observe(seen) {
      const refund = context.current();
      if (refund !== undefined) context.observe(refund, seen);
    },
  });
  const creating = createRefundCreating(context, polling);
  const settle = createSettling(context, polling);

  async function ask(refundId: string, dueMs: number): Promise<void> {
    if (dueMs > 0) await wake.wait(dueMs);
    else await polling.ask(refundId);
  }

  async function turn(refund: Refund): Promise<void> {
    const owed = owedOf(refund);
    switch (owed.do) {
      case 'nothing':
        return;
      case 'find':
        return await creating.findTurn(refund, owed.paymentId);
      case 'ask':
        return await ask(owed.refundId, polling.nextAt() - clock.monotonicMs());
      case 'watch':
        return await ask(owed.refundId, polling.watchDueMs());
      case 'cancel':
        return await settle(
          owed.refundId,
          () => platform.cancelRefund(owed.refundId, { signal }),
          (answer) =>
            apply(
              'code' in answer
                ? { type: 'cancelRefused', refusal: answer }
                : { type: 'cancelAnswered', ...answer },
            ),
        );
      case 'capture':
        return await settle(
          owed.refundId,
          () => platform.captureRefund(owed.refundId, { signal }),
          (answer) =>
            apply(
              'code' in answer
                ? { type: 'captureRefused', refusal: answer }
                : { type: 'captureAnswered', ...answer },
            ),
        );
    }
  }

  return createWorker(context, polling, {
    turn() {
      const refund = context.current();
      return refund === undefined || isSettled(refund) ? null : turn(refund);
    },
    onFault: world.onJournalFault,
  });
}
