import type { Amount } from '../contract/money.ts';
import type { Asking } from './order-asking.ts';
import type { OrderContext } from './order-context.ts';
import { createSettling } from './settling.ts';

/** Cancels or captures one order's payment, until MobilePay has answered it. */
export function createOrderSettling(context: OrderContext, asking: Asking) {
  const { apply, signal } = context;
  const { platform } = context.world;
  const settle = createSettling(context, asking);

  return {
    cancelTurn: (paymentId: string): Promise<void> =>
      settle(
        paymentId,
        () => platform.cancelPayment(paymentId, { signal }),
        (answer) =>
          apply(
            'code' in answer
              ? { type: 'cancelRefused', refusal: answer }
              : { type: 'cancelAnswered', ...answer },
          ),
      ),
    captureTurn: (paymentId: string, amount: Amount): Promise<void> =>
      settle(
        paymentId,
        () => platform.capturePayment(paymentId, amount, { signal }),
        (answer) =>
          apply(
            'code' in answer
              ? {
                  type: 'captureRefused',
                  refusal: answer,
                  final: platform.explain(answer.code).next === 'give-up',
                }
              : { type: 'captureAnswered', ...answer },
          ),
      ),
  };
}
