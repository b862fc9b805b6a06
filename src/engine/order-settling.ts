import type { Amount } from '../contract/money.ts';
import type { PaymentEvent, Refusal } from '../payment/events.ts';
import type { CallResult } from '../ports.ts';
import type { Asking } from './order-asking.ts';
import type { OrderContext } from './order-context.ts';

type Answer = { correlationId: string | null } | Refusal;

/** Does what one order is bound to do, until MobilePay has answered it (rules 8 and 10). */
export function createSettling(context: OrderContext, asking: Asking) {
  const { wake, pace, signal } = context;
  const { platform } = context.world;

  async function settle(
    paymentId: string,
    act: () => Promise<CallResult<void>>,
    eventOf: (answer: Answer) => PaymentEvent,
  ): Promise<void> {
    const wait = pace.waitMs();
    if (wait > 0) {
      await wake.wait(wait);
      return;
    }
    if (asking.isFirst()) {
      asking.setFirst(false);
      if (await asking.ask(paymentId)) return;
      asking.setFirst(true);
      return pace.unanswered();
    }
    const result = await act();
    pace.heed(result);
    if (context.stopped()) return;
    switch (result.kind) {
      case 'ok':
        pace.succeeded();
        return context.apply(eventOf({ correlationId: result.correlationId ?? null }));
      case 'refused':
        context.logger().warn({ ...result.refusal }, 'MobilePay refused to settle the payment');
        asking.setFirst(true);
        context.apply(eventOf(result.refusal));
        return pace.refused();
      case 'unsent':
      case 'unanswered':
        asking.setFirst(true);
        return pace.unanswered();
    }
  }

  return {
    cancelTurn: (paymentId: string): Promise<void> =>
      settle(
        paymentId,
        () => platform.cancelPayment(paymentId, { signal }),
        (answer) =>
          'code' in answer
            ? { type: 'cancelRefused', refusal: answer }
            : { type: 'cancelAnswered', ...answer },
      ),
    captureTurn: (paymentId: string, amount: Amount): Promise<void> =>
      settle(
        paymentId,
        () => platform.capturePayment(paymentId, amount, { signal }),
        (answer) =>
          'code' in answer
            ? { type: 'captureRefused', refusal: answer }
            : { type: 'captureAnswered', ...answer },
      ),
  };
}
