import type { EpochMs } from '../payment/events.ts';
import type { Clock } from '../ports.ts';

/** How far the wall clock may be from the server's `Date`, which has a resolution of 1 s. */
const TOLERANCE_MS = 2_000;
/** A `Date` is cut to whole seconds, so the true time is up to this much later. */
const DATE_RESOLUTION_MS = 1_000;

/**
 * Rule 12. A Pi has no clock battery: the wall clock is believed unless it differs by more than 2 s
 * from the `Date` of a validated answer of this boot; then that date plus monotonic time counts.
 * Never behind the newest journal entry: from there on time passes at the monotonic pace.
 */
export function createTrustedClock(options: {
  newestJournalEntry: EpochMs | null;
  wallMs?: () => number;
  monotonicMs?: () => number;
}): Clock & { disagrees(): boolean } {
  const wallMs = options.wallMs ?? (() => Date.now());
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  let anchor: { serverMs: EpochMs; atMonotonicMs: number } | undefined;
  const bootedAtMonotonicMs = monotonicMs();
  const newest = options.newestJournalEntry ?? Number.NEGATIVE_INFINITY;

  const believed = (): { epochMs: EpochMs; disagrees: boolean } => {
    const wall = wallMs();
    if (anchor === undefined) return { epochMs: wall, disagrees: false };
    const server = anchor.serverMs + (monotonicMs() - anchor.atMonotonicMs);
    return Math.abs(wall - server) <= TOLERANCE_MS
      ? { epochMs: wall, disagrees: false }
      : { epochMs: server, disagrees: true };
  };

  return {
    monotonicMs,
    now() {
      const sinceNewest = newest + (monotonicMs() - bootedAtMonotonicMs);
      return Math.round(Math.max(believed().epochMs, sinceNewest));
    },
    trusted: () => anchor !== undefined,
    disagrees: () => believed().disagrees,
    observeServerDate(serverMs) {
      const atMonotonicMs = monotonicMs();
      if (anchor !== undefined) {
        // A date that agrees but for its cut-off part would only put the clock back.
        const ahead = anchor.serverMs + (atMonotonicMs - anchor.atMonotonicMs) - serverMs;
        if (ahead >= 0 && ahead < DATE_RESOLUTION_MS) return;
      }
      anchor = { serverMs, atMonotonicMs };
    },
  };
}
