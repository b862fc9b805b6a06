import type { Operation } from './operations.ts';
import { isCreate, isPoll } from './operations.ts';
import { endWord } from './request-words.ts';
import type { SentRequest, Step } from './sent-request.ts';
import { asksTheSame, endedAtMs, keyOf, statusOf, succeeded } from './sent-request.ts';

/** One call of a flow, and what its requests meet, one after the other. */
export interface PlannedCall {
  operation: Operation;
  steps: readonly Step[];
}

export interface Verdict {
  verdict: 'passed' | 'failed' | 'not-run';
  /** What was seen, or why it could not be run. */
  evidence: string;
  /** `id`s of the requests that the verdict rests on. */
  requests: number[];
}

const late: Step = { do: 'late' };
const pass: Step = { do: 'pass' };

/** The vendor's pattern: answered too late although it worked, then 500, then answered. */
export const lateThenFailed: readonly Step[] = [late, { do: 'fail', carriedOut: false }, pass];
/** The harder order: 500 although it worked, 500, then answered. */
export const failedThoughDone: readonly Step[] = [
  { do: 'fail', carriedOut: true },
  { do: 'fail', carriedOut: false },
  pass,
];
export const neverAnswered: readonly Step[] = [late, late, late];
export const threeFailures: readonly Step[] = [
  { do: 'fail', carriedOut: false },
  { do: 'fail', carriedOut: false },
  { do: 'fail', carriedOut: false },
  pass,
];

/**
 * What a repeat may be answered when its first attempt had its effect: PoS V10 promises a 200 only
 * for creates and captures.
 */
const doneBefore: Partial<Record<Operation, readonly number[]>> = {
  deletePos: [404],
  readyPayment: [409],
  cancelPayment: [409],
  captureRefund: [409],
  cancelRefund: [409],
};

function endProblem(request: SentRequest, isLast: boolean): string | null {
  const { step, end, operation } = request;
  if (end === null || end.kind === 'cut-off') return 'a request was still under way at the end';
  if (end.kind === 'server-gone') return 'the server behind did not answer';
  if (step.do === 'late') {
    return end.kind === 'given-up' ? null : 'the client waited longer than its time limit';
  }
  if (end.kind === 'given-up') return 'the client gave up though it was answered in time';
  if (!isLast || succeeded(request) || step.do === 'fail' || step.do === 'refuse') return null;
  const allowed = operation === null ? [] : (doneBefore[operation] ?? []);
  const status = statusOf(request) ?? 0;
  return allowed.includes(status) ? null : `the last try was answered ${status}`;
}

function samenessProblem(requests: readonly SentRequest[]): string | null {
  const [first, ...others] = requests;
  if (first === undefined) return null;
  if (!others.every((other) => asksTheSame(first, other))) {
    return first.body === others.find((other) => !asksTheSame(first, other))?.body
      ? 'another address was asked the second time'
      : 'the body changed between the tries';
  }
  const keys = new Set(requests.map(keyOf));
  if (isCreate(first.operation) && keys.size > 1) return `${keys.size} keys for one call`;
  return null;
}

function evidenceOf(requests: readonly SentRequest[]): string {
  const [first] = requests;
  const words = requests.map(endWord).join(', ');
  const key = first !== undefined && isCreate(first.operation) && requests.length > 1;
  const sameness = key && samenessProblem(requests) === null ? '; one key, one body' : '';
  return words + sameness;
}

/**
 * Whether a disturbed call was carried through: as many tries as there were steps, all for the same,
 * a late answer given up, and the last try answered.
 * @param plan the number that the recorder knows the steps by
 */
export function judgeCall(
  requests: readonly SentRequest[],
  plan: number,
  { operation, steps }: PlannedCall,
): Verdict {
  const met = requests
    .filter(({ planned }) => planned?.plan === plan)
    .sort((one, other) => (one.planned?.index ?? 0) - (other.planned?.index ?? 0));
  const ids = met.map(({ id }) => id);
  if (met.length === 0) {
    return { verdict: 'not-run', evidence: `no ${operation} was sent`, requests: [] };
  }
  const evidence = evidenceOf(met);
  const failed = (why: string): Verdict => ({
    verdict: 'failed',
    evidence: `${why} (${evidence})`,
    requests: ids,
  });
  if (met.length < steps.length) return failed(`${met.length} of ${steps.length} tries came`);
  const problem =
    samenessProblem(met) ??
    met.map((request, index) => endProblem(request, index === met.length - 1)).find(Boolean);
  if (problem) return failed(problem);
  const between = isPoll(operation) ? undefined : strangerAmong(requests, met);
  if (between !== undefined) return failed(`request ${between} came between the tries`);
  return { verdict: 'passed', evidence, requests: ids };
}

/** A try of this very call that no step met: it was sent beside the others. */
function strangerAmong(
  requests: readonly SentRequest[],
  met: readonly SentRequest[],
): number | undefined {
  const [first] = met;
  const last = met.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return requests.find(
    (request) =>
      !met.includes(request) &&
      asksTheSame(request, first) &&
      request.arrivedAtMs > first.arrivedAtMs &&
      request.arrivedAtMs < endedAtMs(last),
  )?.id;
}
