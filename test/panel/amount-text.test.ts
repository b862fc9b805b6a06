import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Locale } from '../../src/contract/locale.ts';
import { locales } from '../../src/contract/locale.ts';
import type { Currency } from '../../src/contract/money.ts';
import { currencies, MAX_MINOR_UNITS } from '../../src/contract/money.ts';
import { amountText } from '../../src/panel/amount-text.ts';

const cases: [Locale, Currency, number, string][] = [
  ['da', 'DKK', 1250, '12,50 kr.'],
  ['da', 'DKK', 1, '0,01 kr.'],
  ['da', 'DKK', 10, '0,10 kr.'],
  ['da', 'DKK', 100_000, '1.000,00 kr.'],
  ['da', 'DKK', MAX_MINOR_UNITS, '999.999,99 kr.'],
  ['da', 'EUR', 1250, '12,50 €'],
  ['fi', 'EUR', 1250, '12,50 €'],
  ['fi', 'EUR', MAX_MINOR_UNITS, '999 999,99 €'],
  ['fi', 'DKK', 1250, '12,50 DKK'],
  ['en', 'DKK', 1250, 'DKK 12.50'],
  ['en', 'DKK', MAX_MINOR_UNITS, 'DKK 999,999.99'],
  ['en', 'EUR', 1250, '€12.50'],
  ['en', 'EUR', MAX_MINOR_UNITS, '€999,999.99'],
];

describe('an amount on the display', () => {
  it.each(cases)('in %s, %s %i minor units, is %s', (locale, currency, value, text) => {
    expect(amountText({ currency, value }, locale).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('has no place where a line could break', () => {
    for (const [locale, currency, value] of cases) {
      expect(amountText({ currency, value }, locale)).not.toMatch(/[^\S\u00a0]|-/);
    }
  });

  it('never has more than the 20 characters of a display line', () => {
    for (const locale of locales) {
      for (const currency of currencies) {
        expect(amountText({ currency, value: MAX_MINOR_UNITS }, locale).length).toBeLessThan(21);
      }
    }
  });

  it('keeps every digit of every amount', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_MINOR_UNITS }),
        fc.constantFrom(...locales),
        fc.constantFrom(...currencies),
        (value, locale, currency) => {
          const digits = amountText({ currency, value }, locale).replaceAll(/\D/g, '');
          expect(Number(digits)).toBe(value);
        },
      ),
    );
  });

  it.each([
    ['da', 'da-DK', 'DKK'],
    ['fi', 'fi-FI', 'EUR'],
    ['en', 'en-IE', 'EUR'],
    ['en', 'en-IE', 'DKK'],
  ] as const)('is written in %s as Unicode says %s writes %s', (locale, tag, currency) => {
    for (const [value, decimal] of [
      [5, '0.05'],
      [1250, '12.50'],
      [123_456_78, '123456.78'],
    ] as const) {
      const format = new Intl.NumberFormat(tag, { style: 'currency', currency });
      expect(amountText({ currency, value }, locale)).toBe(
        format.format(Number(decimal)).replaceAll('\u202f', '\u00a0'),
      );
    }
  });
});
