import { describe, expect, it } from 'vitest';
import type { RefundStatus } from '../../src/contract/refund-snapshot.ts';
import { refundStatuses } from '../../src/contract/refund-snapshot.ts';
import { platformMoves } from '../../src/refund/platform-moves.ts';

/** From (left) to (top): `=` same, `>` advance, `.` stale. */
const expected = `
                     Init Resv Capt ByCl ByMP Expi
Initiated             =    >    >    >    >    >
Reserved              .    =    >    >    >    >
Captured              .    .    =    .    .    .
CancelledByClient     .    .    .    =    .    .
CancelledByMobilePay  .    .    .    .    =    .
ExpiredAndCaptured    .    .    .    .    .    =
`;
const signs = { '=': 'same', '>': 'advance', '.': 'stale' } as const;

const cells = expected
  .trimEnd()
  .split('\n')
  .slice(2)
  .flatMap((line) => {
    const [from, ...marks] = line.trim().split(/\s+/);
    return marks.map((mark, index) => ({
      from: from as RefundStatus,
      to: refundStatuses[index] as RefundStatus,
      move: signs[mark as keyof typeof signs],
    }));
  });

describe('what it means to see one status of a refund after another', () => {
  it('is said for each of the 36 pairs', () => {
    expect(new Set(cells.map(({ from, to }) => `${from} ${to}`)).size).toBe(36);
  });

  it.each(cells)('$from, then $to: $move', ({ from, to, move }) => {
    expect(platformMoves[from][to]).toBe(move);
  });
});
