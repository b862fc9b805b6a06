import { expect, test } from 'vitest';
import { amountFrom } from '../../src/world/amount-field.ts';

test.each([
  ['12.50', 1250],
  ['12,50', 1250],
  [' 12.50 ', 1250],
  ['12', 1200],
  ['0.01', 1],
  ['999999.99', 99_999_999],
])('%j is an amount', (text, value) => {
  expect(amountFrom(text, 'DKK')).toEqual({ currency: 'DKK', value });
});

test.each([
  '',
  '0',
  '0.00',
  '-1',
  '1.250',
  '1,5',
  '1.234,50',
  '1000000',
  '12.50 kr',
  '1e3',
  '１２',
])('%j is no amount, or could be two', (text) => {
  expect(amountFrom(text, 'DKK')).toBeUndefined();
});
