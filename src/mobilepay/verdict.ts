import type { CallResult } from '../ports.ts';

type Refusal = Extract<CallResult<never>, { kind: 'refused' }>['refusal'];

/** What is known of an attempt that may have been carried out. */
export interface Doubt {
  detail: string;
  /** HTTP status, or null when no answer came. */
  status: number | null;
  correlationId: string | null;
  retryAfterMs: number | null;
  credentialsRefused: boolean;
}

/**
 * Whether the burst goes on: `later` after a small wait, `at-once` outside the count. `given-up`
 * is our own doing and says nothing about MobilePay.
 */
export type Again = 'no' | 'later' | 'at-once' | 'given-up';

/** How one attempt ended. */
export type Verdict<T> =
  | { kind: 'ok'; value: T; correlationId: string | null }
  | { kind: 'refused'; refusal: Refusal; message: string }
  /** Not a byte of the request left. */
  | { kind: 'unsent'; detail: string; again: Again }
  | { kind: 'doubtful'; doubt: Doubt; again: Again };

export const GIVEN_UP = 'the call was given up';
