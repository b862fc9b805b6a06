import type { Customer } from './payment.ts';

/**
 * What an answer says about a customer. The look-up takes a while: until then the loyalty ids and
 * the receipt token are missing, which means "ask again", while empty means "none".
 */
export function customerMembers(customer: Customer, nowMs: number, lookupMs: number) {
  const { customerToken, customerReceiptToken, loyaltyIds } = customer;
  return nowMs - customer.checkedInAtMs < lookupMs
    ? { customerToken }
    : { customerToken, customerReceiptToken, loyaltyIds };
}
