import { setTimeout as wait } from 'node:timers/promises';
import type { CallResult } from '../ports.ts';
import type { Doubt, Verdict } from './verdict.ts';
import { GIVEN_UP } from './verdict.ts';

const FIRST_WAIT_MS = 80;

export interface Burst<T> {
  /** Requests in all (PoS V10: 3 for what is retried, 1 for a poll). */
  attempts: number;
  attempt: () => Promise<Verdict<T>>;
  signal?: AbortSignal | undefined;
}

/**
 * Attempts a call until it is answered, refused or given up. One doubtful attempt makes the whole
 * burst doubtful: `unsent` is only said when no attempt can have left (safety: "does not exist" is
 * never concluded from silence).
 */
export async function runBurst<T>(burst: Burst<T>): Promise<CallResult<T>> {
  const { attempt, signal } = burst;
  let left = burst.attempts;
  let waitMs = FIRST_WAIT_MS;
  let doubt: Doubt | undefined;
  let unsentDetail = GIVEN_UP;
  while (left > 0 && signal?.aborted !== true) {
    const verdict = await attempt();
    const priorAttemptAmbiguous = doubt !== undefined;
    if (verdict.kind === 'ok') return { ...verdict, priorAttemptAmbiguous };
    if (verdict.kind === 'refused') return { ...verdict, priorAttemptAmbiguous };
    if (verdict.kind === 'doubtful') doubt = verdict.doubt;
    else unsentDetail = verdict.detail;
    if (verdict.again === 'no' || verdict.again === 'given-up') break;
    if (verdict.again === 'at-once') continue;
    left -= 1;
    if (left > 0) await pause(waitMs * (0.5 + Math.random()), signal);
    waitMs *= 2;
  }
  return doubt === undefined
    ? { kind: 'unsent', detail: unsentDetail }
    : { kind: 'unanswered', ...doubt };
}

async function pause(forMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(forMs, undefined, signal === undefined ? {} : { signal });
  } catch {
    // Aborted: the loop sees the signal.
  }
}
