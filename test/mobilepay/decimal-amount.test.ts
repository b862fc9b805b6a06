import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalTextOf, minorUnitsOf } from '../../src/mobilepay/decimal-amount.ts';

const minorUnits = fc.integer({ min: 1, max: 99_999_999 });

describe('an amount as decimal text', () => {
  test.each([
    [1, '0.01'],
    [10, '0.1'],
    [99, '0.99'],
    [100, '1'],
    [1005, '10.05'],
    [1250, '12.5'],
    [99_999_999, '999999.99'],
  ])('%i minor units are %s', (minor, text) => {
    expect(decimalTextOf(minor)).toBe(text);
  });

  test('is what JSON writes for the same number, so it is the shortest there is', () => {
    fc.assert(
      fc.property(minorUnits, (minor) => {
        const text = decimalTextOf(minor);
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });

  test('comes back as the same minor units, over the whole range', () => {
    fc.assert(
      fc.property(minorUnits, (minor) => {
        expect(minorUnitsOf(JSON.parse(decimalTextOf(minor)) as number)).toBe(minor);
      }),
      { numRuns: 5_000 },
    );
  });

  test('says in digits what an integer calculation says', () => {
    fc.assert(
      fc.property(minorUnits, (minor) => {
        const [whole = '', fraction = ''] = decimalTextOf(minor).split('.');
        expect(BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'))).toBe(BigInt(minor));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a number out of an answer', () => {
  test.each([12.505, 0.001, 0, -0, -1, -12.5, 1_000_000, 1e21, 1e-7, Number.NaN, Infinity])(
    '%d is no amount',
    (decimal) => {
      expect(minorUnitsOf(decimal)).toBeUndefined();
    },
  );

  test('has no third decimal that rounding could hide', () => {
    fc.assert(
      fc.property(minorUnits, fc.integer({ min: 1, max: 9 }), (minor, third) => {
        const [whole, fraction = ''] = decimalTextOf(minor).split('.');
        expect(minorUnitsOf(Number(`${whole}.${fraction.padEnd(2, '0')}${third}`))).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });
});
