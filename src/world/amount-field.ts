import type { Amount, Currency } from '../contract/money.ts';
import { MAX_MINOR_UNITS } from '../contract/money.ts';

/**
 * What a cashier typed, as an amount: `12`, `12.50` or `12,50`. Undefined for anything that could
 * be read in two ways, such as `1.250`.
 */
export function amountFrom(text: string, currency: Currency): Amount | undefined {
  const typed = /^(\d{1,6})(?:[.,](\d{2}))?$/.exec(text.trim());
  if (typed === null) return undefined;
  const value = Number(`${typed[1]}${typed[2] ?? '00'}`);
  return value >= 1 && value <= MAX_MINOR_UNITS ? { currency, value } : undefined;
}
