/**
 * So many at once, and so many a second in the long run (a token bucket). `monotonicMs` never goes
 * back; nor does what `take` is told.
 */
export function createAllowance(
  atOnce: number,
  perSecond: number,
  monotonicMs: () => number,
): { take(nowMs?: number): boolean } {
  let left = atOnce;
  let countedAt = monotonicMs();
  return {
    /** False: none is left. */
    take(now = monotonicMs()) {
      left = Math.min(atOnce, left + ((now - countedAt) / 1000) * perSecond);
      countedAt = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
