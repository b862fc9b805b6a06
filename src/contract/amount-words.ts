import type { Amount } from './money.ts';

/** Minor units as a decimal number: 1250 is `12.50`. PoS V10's currencies have two decimals. */
export function decimalOf(minorUnits: number): string {
  const digits = String(minorUnits).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** `12.50 DKK` */
export function amountWords(amount: Amount | null): string {
  return amount === null ? 'an unknown amount' : `${decimalOf(amount.value)} ${amount.currency}`;
}
