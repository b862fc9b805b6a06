import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalOf, decimalTextOf, minorUnitsOf } from '../../src/simulator/decimal-amount.ts';

test('every amount survives the way to a JSON number and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999 }), (minorUnits) => {
      const overTheWire: unknown = JSON.parse(JSON.stringify(decimalOf(minorUnits)));
      expect(minorUnitsOf(overTheWire)).toBe(minorUnits);
    }),
  );
});

test.each([
  [12.5, 1250],
  [0.29, 29],
  [1.1, 110],
  [1000, 100_000],
  [999_999.99, 99_999_999],
])('%d is %i minor units', (decimal, minorUnits) => {
  expect(minorUnitsOf(decimal)).toBe(minorUnits);
});

test.each([0, -1, 0.001, 1.005, 1_000_000, 1e-7, 1e21, Number.NaN, '12.50', null])(
  '%s is no amount',
  (value) => {
    expect(minorUnitsOf(value)).toBeUndefined();
  },
);

test('people read two decimals', () => {
  expect([5, 50, 1250].map(decimalTextOf)).toEqual(['0.05', '0.50', '12.50']);
});
