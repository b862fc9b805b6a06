import { isOverdue, mayReady } from '../payment/owed.ts';
import type { Payment, Ready } from '../payment/payment.ts';
import type { CallResult } from '../ports.ts';
import type { Asking } from './order-asking.ts';
import type { OrderContext } from './order-context.ts';
import { createSettling } from './settling.ts';

/** Tells MobilePay what a prepared payment is about, until it has answered or the time is over. */
export function createReadying(context: OrderContext, asking: Asking) {
  const { apply, clock, current, pace, signal } = context;
  const { platform } = context.world;
  const settle = createSettling(context, asking);
  // What only this process knows. What an earlier one journalled, it may have sent or not.
  let begun = false;
  let doubtful = (current()?.ready ?? null) !== null;
  /** Of the newest refusal: no attempt before it may have arrived. */
  let proven = false;

  async function send(paymentId: string, body: string): Promise<CallResult<void>> {
    const result = await platform.readyPayment(paymentId, body, {
      signal,
      mayStillSend: () => {
        const now = current();
        return !context.stopped() && now !== undefined && mayReady(now, clock.now(), begun);
      },
    });
    begun ||= result.kind !== 'unsent';
    doubtful ||= result.kind === 'unanswered';
    proven = result.kind === 'refused' && !doubtful && !result.priorAttemptAmbiguous;
    if (result.kind === 'ok') asking.mayAskAtOnce();
    return result;
  }

  return {
    /**
     * While the next try waits MobilePay is asked all the same: the customer may check in or leave,
     * and the time may run out.
     */
    async readyTurn(payment: Payment, paymentId: string, { body }: Ready): Promise<void> {
      const wait = pace.waitMs();
      const overdue = isOverdue(payment, clock.now());
      if (wait > 0 || overdue) {
        return await asking.askTurn(payment, paymentId, wait > 0 ? wait : undefined);
      }
      // Too late to begin: nobody is asked any more.
      if (!asking.isFirst() && !mayReady(payment, clock.now(), begun)) {
        return context.giveUp(payment);
      }
      await settle(
        paymentId,
        () => send(paymentId, body),
        (answer) => {
          if (!('code' in answer)) return apply({ type: 'readyAnswered', ...answer });
          // A payment that is not prepared may be so because an earlier ready arrived.
          const final = proven && platform.explain(answer.code).next !== 'ask-first';
          apply({ type: 'readyRefused', refusal: answer, final });
        },
      );
      // Terms that fell may be followed by others, which then begin anew.
      if (current()?.ready === null) begun = false;
    },
  };
}
