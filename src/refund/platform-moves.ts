import type { RefundStatus } from '../contract/refund-snapshot.ts';

/** `same`: nothing new. `advance`: possible, also by skipping states. `stale`: states never go back. */
export type Move = 'same' | 'advance' | 'stale';

type Moves = Record<RefundStatus, Move>;

const ended: Moves = {
  Initiated: 'stale',
  Reserved: 'stale',
  Captured: 'stale',
  CancelledByClient: 'stale',
  CancelledByMobilePay: 'stale',
  ExpiredAndCaptured: 'stale',
};
const open: Moves = {
  Initiated: 'stale',
  Reserved: 'advance',
  Captured: 'advance',
  CancelledByClient: 'advance',
  CancelledByMobilePay: 'advance',
  ExpiredAndCaptured: 'advance',
};

/**
 * What it means to see `to` after `from` (PoS V10, refund states). A poll can skip states, and an
 * answer can be late.
 */
export const platformMoves: Record<RefundStatus, Moves> = {
  Initiated: { ...open, Initiated: 'same' },
  Reserved: { ...open, Reserved: 'same' },
  Captured: { ...ended, Captured: 'same' },
  CancelledByClient: { ...ended, CancelledByClient: 'same' },
  CancelledByMobilePay: { ...ended, CancelledByMobilePay: 'same' },
  ExpiredAndCaptured: { ...ended, ExpiredAndCaptured: 'same' },
};
