import { isPoll } from '../operations.ts';
import type { SentRequest } from '../sent-request.ts';
import type { Judgement, Rule } from './rule.ts';

/** Timers may fire a millisecond early; that is not the client's fault. */
const TOLERANCE_MS = 3;
/** A poll that failed before MobilePay ever said a delay is at least not repeated at once. */
const LEAST_MS = 250;

/** What is known of a resource that is polled. */
interface Polled {
  latest: SentRequest;
  /** What its answers last said. */
  pollDelayMs: number | null;
}

/** `/payments/1/capture` acts on `/payments/1`: asking at once what became of it is no poll. */
function actsOn(request: SentRequest, resource: string): boolean {
  return request.method !== 'GET' && request.path.startsWith(`${resource}/`);
}

/** How long after the latest poll the next one may come, and from when that counts. */
function earliestMs({ latest, pollDelayMs }: Polled): number {
  const { end } = latest;
  if (end?.kind === 'answered' && end.status < 300) {
    return end.atMs + (end.said.pollDelayMs ?? 0);
  }
  // Without an answer the last delay known counts, from the poll that failed.
  if (pollDelayMs !== null) return latest.arrivedAtMs + pollDelayMs;
  return (end?.atMs ?? Number.POSITIVE_INFINITY) + LEAST_MS;
}

function problemOf(former: Polled, request: SentRequest): string | null {
  const earlyMs = earliestMs(former) - request.arrivedAtMs;
  if (earlyMs <= TOLERANCE_MS) return null;
  if (former.latest.end?.kind !== 'answered') return 'a poll that failed was repeated at once';
  const { pollDelayMs } = former.latest.end.said;
  return pollDelayMs === null
    ? 'a poll that failed was repeated at once'
    : `${Math.round(earlyMs)} ms too early: the answer before it said ${pollDelayMs} ms`;
}

/** The polls of one terminal that came too early. */
export function judgePolls(requests: readonly SentRequest[]): Judgement {
  const judgement: Judgement = { checked: 0, misses: [] };
  const polled = new Map<string, Polled>();
  for (const request of requests) {
    if (!isPoll(request.operation)) {
      for (const resource of polled.keys()) {
        if (actsOn(request, resource)) polled.delete(resource);
      }
      continue;
    }
    const former = polled.get(request.path);
    if (former !== undefined) {
      judgement.checked += 1;
      const why = problemOf(former, request);
      if (why !== null) judgement.misses.push({ request: request.id, why });
    }
    const said = request.end?.kind === 'answered' ? request.end.said.pollDelayMs : null;
    const pollDelayMs = said ?? former?.pollDelayMs ?? null;
    polled.set(request.path, { latest: request, pollDelayMs });
  }
  return judgement;
}

export const pollTiming: Rule = {
  name: 'poll-timing',
  title: 'No poll comes sooner after the last answer than its pollDelayInMs',
  judge: judgePolls,
};
