import { describe, expect, it } from 'vitest';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import { platformStatuses } from '../../src/contract/payment-snapshot.ts';
import { platformMoves } from '../../src/payment/platform-moves.ts';

/** From (left) to (top): `=` same, `>` advance, `.` stale. */
const expected = `
                     Prep Init Pair Issu Resv Capt ByUs ByCl ByMP Expi
Prepared              =    >    >    >    >    >    >    >    >    >
Initiated             .    =    .    >    >    >    >    >    >    >
Paired                .    .    =    >    >    >    >    >    >    >
IssuedToUser          .    .    .    =    >    >    >    >    >    >
Reserved              .    .    .    .    =    >    >    >    >    >
Captured              .    .    .    .    .    =    .    .    .    .
CancelledByUser       .    .    .    .    .    .    =    .    .    .
CancelledByClient     .    .    .    .    .    .    .    =    .    .
CancelledByMobilePay  .    .    .    .    .    .    .    .    =    .
ExpiredAndCancelled   .    .    .    .    .    .    .    .    .    =
`;
const signs = { '=': 'same', '>': 'advance', '.': 'stale' } as const;

const cells = expected
  .trimEnd()
  .split('\n')
  .slice(2)
  .flatMap((line) => {
    const [from, ...marks] = line.trim().split(/\s+/);
    return marks.map((mark, index) => ({
      from: from as PlatformStatus,
      to: platformStatuses[index] as PlatformStatus,
      move: signs[mark as keyof typeof signs],
    }));
  });

describe('what it means to see one status after another', () => {
  it('is said for each of the hundred pairs', () => {
    expect(new Set(cells.map(({ from, to }) => `${from} ${to}`)).size).toBe(100);
  });

  it.each(cells)('$from, then $to: $move', ({ from, to, move }) => {
    expect(platformMoves[from][to]).toBe(move);
  });

  it('never leads back by any way: no status is reached again once it was left', () => {
    for (const start of platformStatuses) {
      const reached = new Set<PlatformStatus>();
      const walk = (from: PlatformStatus): void => {
        for (const to of platformStatuses) {
          if (platformMoves[from][to] !== 'advance' || reached.has(to)) continue;
          reached.add(to);
          walk(to);
        }
      };
      walk(start);
      expect([...reached]).not.toContain(start);
    }
  });
});
