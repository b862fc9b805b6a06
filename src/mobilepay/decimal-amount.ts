import { MAX_MINOR_UNITS } from '../contract/money.ts';

/**
 * The decimal text of whole minor units: 1250 is `12.5`, 100 is `1`, 1005 is `10.05`. Built from
 * digits, because a division would round (PoS V10 writes amounts as JSON numbers).
 */
export function decimalTextOf(minorUnits: number): string {
  const digits = String(minorUnits).padStart(3, '0');
  const fraction = digits.slice(-2).replace(/0+$/, '');
  const whole = digits.slice(0, -2);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/**
 * The minor units of a number out of an answer, read from its shortest decimal text; undefined
 * when it is not an amount from 0.01 to 999,999.99 with at most two decimals.
 */
export function minorUnitsOf(decimal: number): number | undefined {
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(String(decimal));
  if (match === null) return undefined;
  const minorUnits = Number(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`);
  return minorUnits >= 1 && minorUnits <= MAX_MINOR_UNITS ? minorUnits : undefined;
}
