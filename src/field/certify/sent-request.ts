import type { Operation } from './operations.ts';

/** What is done to a request on its way, instead of just handing it on. */
export type Step =
  | { do: 'pass' }
  /** Carried out, and answered only when the client's time is over. */
  | { do: 'late' }
  /** Answered 500; `carriedOut`: by a server that had done it all the same. */
  | { do: 'fail'; carriedOut: boolean }
  /** Not handed on; answered like this. */
  | { do: 'refuse'; status: number; code: string | null }
  /** Handed on; the answer's pollDelayInMs is raised to this. */
  | { do: 'slow-polls'; pollDelayMs: number };

/** How a request ended, seen from the server. Times are monotonic, in milliseconds. */
export type End =
  /** `atMs`: just before the answer's first byte left. */
  | { kind: 'answered'; atMs: number; status: number; code: string | null; said: Said }
  /** The client closed the connection before it was answered. */
  | { kind: 'given-up'; atMs: number }
  /** The server behind did not answer. */
  | { kind: 'server-gone'; atMs: number }
  /** Under way when the run ended the terminal. */
  | { kind: 'cut-off'; atMs: number };

/** What of an answer's body matters to the rules. */
export interface Said {
  pollDelayMs: number | null;
  /** Of a payment or refund. */
  state: string | null;
  /** How many ids a list named; null for what is no list. */
  found: number | null;
}

/** One request as it came over the wire. Carries no secret and no token. */
export interface SentRequest {
  /** Rises in the order of arrival. */
  id: number;
  operation: Operation | null;
  method: string;
  /** With its query. */
  path: string;
  /**
   * Names in lower case, in the order sent, repeats included; only those that the rules speak of.
   * The value of `authorization` is replaced by a description.
   */
  headers: readonly (readonly [name: string, value: string])[];
  body: string;
  arrivedAtMs: number;
  /** Which planned disturbance met it, and its how-manieth step; null where none did. */
  planned: { plan: number; index: number } | null;
  step: Step;
  /** Null while it is under way. */
  end: End | null;
}

export function headerValues(request: SentRequest, name: string): string[] {
  return request.headers.flatMap(([key, value]) => (key === name ? [value] : []));
}

export const IDEMPOTENCY_KEY = 'x-mobilepay-idempotency-key';

/** The idempotency key; undefined where there is none, or more than one. */
export function keyOf(request: SentRequest): string | undefined {
  const keys = headerValues(request, IDEMPOTENCY_KEY);
  return keys.length === 1 ? keys[0] : undefined;
}

/** Whether both ask for the same, whatever their keys are. */
export function asksTheSame(one: SentRequest, other: SentRequest): boolean {
  return one.method === other.method && one.path === other.path && one.body === other.body;
}

/** When it ended; for one that is still under way: never. */
export function endedAtMs({ end }: SentRequest): number {
  return end?.atMs ?? Number.POSITIVE_INFINITY;
}

/** The HTTP status it was answered with, or undefined. */
export function statusOf({ end }: SentRequest): number | undefined {
  return end?.kind === 'answered' ? end.status : undefined;
}

export function succeeded(request: SentRequest): boolean {
  const status = statusOf(request);
  return status !== undefined && status < 300;
}

/** PoS V10, timing rules: how long a client waits for an answer. */
export function timeLimitMs(method: string): number {
  return method === 'GET' ? 500 : 2_000;
}
