/** Rule 3: look up at once and after 5, 30, 120 and 600 s. */
const TIMES_MS = [0, 5_000, 30_000, 120_000, 600_000] as const;
const LAST = TIMES_MS.length - 1;
/** A last look-up that proves nothing is repeated after this, until it does. */
const AGAIN_MS = 30_000;

/** The whole of it: nothing found after this means that no create arrived. */
export const LOOK_UPS_MS = TIMES_MS[LAST] ?? 0;

/** When to look again for a payment whose create may or may not have arrived. */
export function createLookUpSchedule(monotonicMs: () => number) {
  let done = 0;
  let over = false;
  let since = monotonicMs();
  const waitMs = (): number => since + (TIMES_MS[done] ?? LOOK_UPS_MS) - monotonicMs();
  return {
    restart(): void {
      done = 0;
      over = false;
      since = monotonicMs();
    },
    waitMs,
    /** The last look-up has come: from here on nothing is created any more. */
    isOver: (): boolean => over,
    /** Counts a look-up, unless it came early; true when it was the last and proves something. */
    count(proves: boolean): boolean {
      if (waitMs() > 0) return false;
      if (done < LAST) {
        done += 1;
        return false;
      }
      over = true;
      if (!proves) since = monotonicMs() - LOOK_UPS_MS + AGAIN_MS;
      return proves;
    },
  };
}
