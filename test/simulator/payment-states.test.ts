import { expect, test } from 'vitest';
import {
  birthStatus,
  isActive,
  isOpen,
  nextStatus,
  type PaymentAction,
  type PaymentStatus,
  paymentActions,
  paymentStatuses,
} from '../../src/simulator/payment-states.ts';

const MOVES: [PaymentStatus, PaymentAction, PaymentStatus][] = [
  ['Prepared', 'checkIn', 'Paired'],
  ['Prepared', 'ready', 'Initiated'],
  ['Initiated', 'checkIn', 'IssuedToUser'],
  ['Paired', 'ready', 'IssuedToUser'],
  ['Paired', 'refuse', 'CancelledByUser'],
  ['IssuedToUser', 'accept', 'Reserved'],
  ['IssuedToUser', 'refuse', 'CancelledByUser'],
  ['Reserved', 'capture', 'Captured'],
  ['Reserved', 'cancel', 'CancelledByClient'],
  ['Reserved', 'lapse', 'ExpiredAndCancelled'],
  ...(['Prepared', 'Initiated', 'Paired', 'IssuedToUser'] as const).flatMap(
    (active): [PaymentStatus, PaymentAction, PaymentStatus][] => [
      [active, 'cancel', 'CancelledByClient'],
      [active, 'fail', 'CancelledByMobilePay'],
      [active, 'lapse', 'CancelledByMobilePay'],
    ],
  ),
];

test.each(MOVES)('%s, on %s, becomes %s', (from, action, to) => {
  expect(nextStatus(from, action)).toBe(to);
});

test('nothing else is possible', () => {
  const moves = paymentStatuses.flatMap((status) =>
    paymentActions.filter((action) => nextStatus(status, action) !== undefined),
  );
  expect(moves).toHaveLength(MOVES.length);
});

test('four states block the point of sale, a reservation is still open', () => {
  const active = ['Prepared', 'Initiated', 'Paired', 'IssuedToUser'];
  expect(paymentStatuses.filter(isActive)).toEqual(active);
  expect(paymentStatuses.filter(isOpen)).toEqual([...active, 'Reserved']);
});

test('a payment is born paired when the customer is there', () => {
  expect(birthStatus('start', false)).toBe('Initiated');
  expect(birthStatus('start', true)).toBe('IssuedToUser');
  expect(birthStatus('prepare', false)).toBe('Prepared');
  expect(birthStatus('prepare', true)).toBe('Paired');
});
