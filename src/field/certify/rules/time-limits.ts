import type { SentRequest } from '../sent-request.ts';
import { timeLimitMs } from '../sent-request.ts';
import type { Rule } from './rule.ts';
import { eachRequest } from './rule.ts';

/** The client's time began before the request arrived here: by connecting, and by being busy. */
const BEFORE_ARRIVAL_SHARE = 0.6;
/** A busy machine gives up, and sees that it was given up, a little later than it should. */
const AFTERWARDS_MS = 800;

function problemOf({ method, arrivedAtMs, end }: SentRequest) {
  const limitMs = timeLimitMs(method);
  const latestMs = limitMs + AFTERWARDS_MS;
  if (end === null || end.kind === 'server-gone' || end.kind === 'cut-off') return undefined;
  const tookMs = Math.round(end.atMs - arrivedAtMs);
  if (end.kind === 'answered') {
    return tookMs > latestMs ? `still waited for an answer after ${tookMs} ms` : undefined;
  }
  if (tookMs > latestMs) return `given up after ${tookMs} ms, not ${limitMs}`;
  if (tookMs < limitMs * (1 - BEFORE_ARRIVAL_SHARE)) {
    // Its time may have run out while it, or whoever records it, had no processor.
    return { why: `given up after ${tookMs} ms already`, doubtful: true } as const;
  }
  return null;
}

export const timeLimits: Rule = {
  name: 'time-limits',
  title: 'An answer is waited for 2 s after POST and DELETE, 0.5 s after GET, and no longer',
  judge: (requests) => eachRequest(requests, problemOf),
};
