import { MAX_MINOR_UNITS } from '../contract/money.ts';

/**
 * Minor units of an amount typed with exactly two decimals, `12.50` or `12,50`; undefined for
 * anything else, so that 1250 is never mistaken for 12.50.
 */
export function parseAmount(text: string): number | undefined {
  const match = /^(\d{1,6})[.,](\d{2})$/.exec(text);
  if (match === null) return undefined;
  const value = Number(`${match[1]}${match[2]}`);
  return value >= 1 && value <= MAX_MINOR_UNITS ? value : undefined;
}
