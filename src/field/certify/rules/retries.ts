import { isPoll } from '../operations.ts';
import type { SentRequest } from '../sent-request.ts';
import { asksTheSame, endedAtMs, headerValues, statusOf, succeeded } from '../sent-request.ts';
import type { Judgement, Rule } from './rule.ts';
import { eachRequest } from './rule.ts';

/** The first request and two more, where a call may be retried. */
const MOST_IN_A_BURST = 3;
/** What comes this long after the last attempt ended is no retry of it, but a new try. */
const BURST_GAP_MS = 2_000;
/** Retries that follow one another faster than this have no delay between them. */
const LEAST_PAUSE_MS = 20;

/** The latest earlier request that asked for the same. */
function formerOf(requests: readonly SentRequest[], index: number): number {
  const request = requests[index];
  return requests.findLastIndex(
    (other, at) => at < index && request !== undefined && asksTheSame(other, request),
  );
}

/** Whether the client asked, and was told, between two of its requests. */
function askedBetween(requests: readonly SentRequest[], from: number, to: number): boolean {
  return requests
    .slice(from + 1, to)
    .some((request) => request.method === 'GET' && succeeded(request));
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}

function bearerOf(request: SentRequest): string {
  return headerValues(request, 'authorization').join();
}

/** What is wrong with asking again for what was refused like this; null: nothing. */
function againProblem(
  requests: readonly SentRequest[],
  from: number,
  to: number,
  status: number,
): string | null {
  const [former, request] = [requests[from], requests[to]];
  if (former === undefined || request === undefined) return null;
  if (status === 401) {
    return bearerOf(former) === bearerOf(request)
      ? 'repeated with the token that was answered 401'
      : null;
  }
  return askedBetween(requests, from, to)
    ? null
    : `repeated after HTTP ${status}, without asking how things stand`;
}

export const noRetryOn4xx: Rule = {
  name: 'no-retry-on-4xx',
  title: 'What was answered 4xx is not repeated; after 401 once, with a new token',
  judge(requests) {
    const judgement: Judgement = { checked: 0, misses: [] };
    for (const [index, request] of requests.entries()) {
      if (isRefusal(statusOf(request) ?? 0)) judgement.checked += 1;
      const from = formerOf(requests, index);
      const former = requests[from];
      const status = former === undefined ? undefined : statusOf(former);
      if (former === undefined || status === undefined || !isRefusal(status)) continue;
      // A poll comes again at its time, whatever the last one was answered.
      if (isPoll(request.operation)) continue;
      const why = againProblem(requests, from, index, status);
      if (why !== null) judgement.misses.push({ request: request.id, why });
    }
    return judgement;
  },
};

export const threeInABurst: Rule = {
  name: 'three-in-a-burst',
  title: 'A call is sent at most three times in a row',
  judge(requests) {
    const counts = new Map<number, number>();
    return eachRequest(requests, (request) => {
      if (isPoll(request.operation)) return undefined;
      const index = requests.indexOf(request);
      const from = formerOf(requests, index);
      const former = requests[from];
      const inARow =
        former !== undefined &&
        !succeeded(former) &&
        request.arrivedAtMs - endedAtMs(former) < BURST_GAP_MS &&
        !askedBetween(requests, from, index);
      // A request answered 401 does not count: it never came to be one of the three.
      const before = inARow ? (counts.get(former.id) ?? 0) : 0;
      const count = before + (statusOf(request) === 401 ? 0 : 1);
      counts.set(request.id, count);
      return count > MOST_IN_A_BURST ? `sent ${count} times in a row` : null;
    });
  },
};

export const pauseBetweenRetries: Rule = {
  name: 'pause-between-retries',
  title: 'Between two tries of a call there is a pause',
  judge(requests) {
    return eachRequest(requests, (request) => {
      if (isPoll(request.operation)) return undefined;
      const index = requests.indexOf(request);
      const from = formerOf(requests, index);
      const former = requests[from];
      // When a client gave up is seen a little late, and so tells nothing about a pause this short.
      if (former === undefined || (statusOf(former) ?? 0) < 500) return undefined;
      if (askedBetween(requests, from, index)) return undefined;
      const pauseMs = request.arrivedAtMs - endedAtMs(former);
      return pauseMs < LEAST_PAUSE_MS ? `only ${Math.round(pauseMs)} ms after the last try` : null;
    });
  },
};
