import type { PlatformStatus } from '../contract/payment-snapshot.ts';

/** `same`: nothing new. `advance`: possible, also by skipping states. `stale`: states never go back. */
export type Move = 'same' | 'advance' | 'stale';

type Moves = Record<PlatformStatus, Move>;

const ended: Moves = {
  Prepared: 'stale',
  Initiated: 'stale',
  Paired: 'stale',
  IssuedToUser: 'stale',
  Reserved: 'stale',
  Captured: 'stale',
  CancelledByUser: 'stale',
  CancelledByClient: 'stale',
  CancelledByMobilePay: 'stale',
  ExpiredAndCancelled: 'stale',
};
const open: Moves = {
  Prepared: 'stale',
  Initiated: 'advance',
  Paired: 'advance',
  IssuedToUser: 'advance',
  Reserved: 'advance',
  Captured: 'advance',
  CancelledByUser: 'advance',
  CancelledByClient: 'advance',
  CancelledByMobilePay: 'advance',
  ExpiredAndCancelled: 'advance',
};

/**
 * What it means to see `to` after `from` (PoS V10, payment states). A poll can skip states, and an
 * answer can be late. A cancellation we made may turn out to have met a capture: the truth wins.
 */
export const platformMoves: Record<PlatformStatus, Moves> = {
  Prepared: { ...open, Prepared: 'same' },
  Initiated: { ...open, Initiated: 'same', Paired: 'stale' },
  Paired: { ...open, Paired: 'same', Initiated: 'stale' },
  IssuedToUser: { ...open, IssuedToUser: 'same', Initiated: 'stale', Paired: 'stale' },
  Reserved: {
    ...ended,
    Reserved: 'same',
    Captured: 'advance',
    CancelledByUser: 'advance',
    CancelledByClient: 'advance',
    CancelledByMobilePay: 'advance',
    ExpiredAndCancelled: 'advance',
  },
  Captured: { ...ended, Captured: 'same' },
  CancelledByUser: { ...ended, CancelledByUser: 'same' },
  CancelledByClient: { ...ended, CancelledByClient: 'same' },
  CancelledByMobilePay: { ...ended, CancelledByMobilePay: 'same' },
  ExpiredAndCancelled: { ...ended, ExpiredAndCancelled: 'same' },
};
