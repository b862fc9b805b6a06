import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentPlatform, TerminalView } from '../ports.ts';

/** What the panel shows of a payment. */
export function paymentPicture(
  payment: Payment,
  explain: PaymentPlatform['explain'],
): NonNullable<TerminalView['payment']> {
  return {
    orderId: payment.orderId,
    amount: payment.amount,
    outcome: outcomeOf(payment),
    reason: reasonOf(payment),
    atCustomer: payment.state === 'IssuedToUser',
    awaitsAmount: payment.state === 'Paired',
    refusal: payment.refusal && explain(payment.refusal.code).cashier,
  };
}
