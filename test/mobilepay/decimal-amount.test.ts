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

  const thereAndBack = (minor: number) => minorUnitsOf(JSON.parse(decimalTextOf(minor)) as number);

  test('comes back as the same minor units, anywhere in the range', () => {
    fc.assert(
      fc.property(minorUnits, (minor) => {
        expect(thereAndBack(minor)).toBe(minor);
      }),
      { numRuns: 5_000 },
    );
  });

  test('comes back at the edges, and at even steps over the whole range', () => {
    const powers = Array.from({ length: 9 }, (_, exponent) => 10 ** exponent);
    const edges = powers.flatMap((power) => [power - 1, power, power + 1]);
    // A prime: its multiples end in every two digits there are.
    const steps = Array.from({ length: 50_000 }, (_, count) => count * 1_999);
    const tried = [...edges, ...steps, 99_999_998, 99_999_999].filter(
      (minor) => minor >= 1 && minor <= 99_999_999,
    );
    expect(tried.filter((minor) => thereAndBack(minor) !== minor)).toEqual([]);
    expect(new Set(tried.map((minor) => minor % 100)).size).toBe(100);
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

  /** The double next to this one: what a calculation may make of it. */
  function neighbour(decimal: number, direction: 1n | -1n): number {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, decimal);
    bits.setBigInt64(0, bits.getBigInt64(0) + direction);
    return bits.getFloat64(0);
  }

  test('is no amount when it is off by the least a double can be', () => {
    expect(minorUnitsOf(0.1 + 0.2)).toBeUndefined();
    fc.assert(
      fc.property(minorUnits, fc.constantFrom(1n, -1n), (minor, direction) => {
        const decimal = JSON.parse(decimalTextOf(minor)) as number;
        expect(minorUnitsOf(neighbour(decimal, direction))).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });

  test('is only ever the amount that is written exactly so', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.float()), (decimal) => {
        const minor = minorUnitsOf(decimal);
        if (minor === undefined) return;
        expect(Number(decimalTextOf(minor))).toBe(decimal);
      }),
      { numRuns: 20_000 },
    );
  });

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
