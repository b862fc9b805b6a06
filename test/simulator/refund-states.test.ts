import { expect, test } from 'vitest';
import {
  holdsMoney,
  nextRefundStatus,
  type RefundAction,
  type RefundStatus,
  refundActions,
  refundStatuses,
} from '../../src/simulator/refund-states.ts';

const MOVES: [RefundStatus, RefundAction, RefundStatus][] = [
  ['Initiated', 'reserve', 'Reserved'],
  ['Initiated', 'cancel', 'CancelledByClient'],
  ['Initiated', 'fail', 'CancelledByMobilePay'],
  ['Reserved', 'capture', 'Captured'],
  ['Reserved', 'cancel', 'CancelledByClient'],
  ['Reserved', 'lapse', 'ExpiredAndCaptured'],
];

test.each(MOVES)('%s, on %s, becomes %s', (from, action, to) => {
  expect(nextRefundStatus(from, action)).toBe(to);
});

test('nothing else is possible', () => {
  const moves = refundStatuses.flatMap((status) =>
    refundActions.filter((action) => nextRefundStatus(status, action) !== undefined),
  );
  expect(moves).toHaveLength(MOVES.length);
});

test('only a cancelled refund gives its money back to the store', () => {
  expect(refundStatuses.filter((status) => !holdsMoney(status))).toEqual([
    'CancelledByClient',
    'CancelledByMobilePay',
  ]);
});
