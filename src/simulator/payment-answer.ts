import { customerMembers } from './customer-members.ts';
import { decimalOf } from './decimal-amount.ts';
import type { Payment } from './payment.ts';

/** A payment as the API shows it. What is not known is null or left out, as the vendor does. */
export function paymentAnswer(
  payment: Payment,
  nowMs: number,
  settings: { pollDelayMs: number; loyaltyLookupMs: number },
) {
  const { terms, customer, expiresAtMs } = payment;
  return {
    paymentId: payment.paymentId,
    posId: payment.posId,
    orderId: payment.orderId,
    amount: terms === null ? null : decimalOf(terms.amountMinorUnits),
    currencyCode: terms?.currencyCode ?? null,
    restrictions: terms?.restrictions ?? null,
    merchantPaymentLabel: terms?.merchantPaymentLabel ?? null,
    plannedCaptureDelay: terms?.plannedCaptureDelay ?? null,
    status: payment.status,
    ...(customer === null
      ? { customerToken: null }
      : customerMembers(customer, nowMs, settings.loyaltyLookupMs)),
    ...(expiresAtMs === null ? {} : { paymentExpiresAt: new Date(expiresAtMs).toISOString() }),
    ...(payment.status === 'Reserved'
      ? { partialCapturePossible: payment.partialCapturePossible }
      : {}),
    pollDelayInMs: settings.pollDelayMs,
  };
}
