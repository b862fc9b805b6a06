import type { CallResult, Clock } from '../ports.ts';
import { retryWaitMs } from './back-off.ts';

/** When one order may try again what got no answer (rule 10). */
export function createRetryPace(clock: Clock, random: () => number) {
  let failures = 0;
  let retryAt = 0;
  /** MobilePay asked for a rest (Retry-After): only the last look before a time-out breaks it. */
  let restUntil = 0;
  let ambiguous = false;
  let kicks = 0;
  let nextKickAt = 0;

  function backOff(): void {
    retryAt = clock.monotonicMs() + retryWaitMs(failures, random());
  }

  return {
    heed(result: CallResult<unknown>): void {
      if (result.kind !== 'unanswered' || result.retryAfterMs === null) return;
      restUntil = Math.max(restUntil, clock.monotonicMs() + result.retryAfterMs);
    },
    restUntil: (): number => restUntil,
    restMs: (): number => restUntil - clock.monotonicMs(),
    /** Until the next try; not positive when it is due. */
    waitMs: (): number => Math.max(retryAt, restUntil) - clock.monotonicMs(),

    succeeded(): void {
      failures = 0;
    },
    /** No answer: the same again, ever later. */
    unanswered(): void {
      failures += 1;
      ambiguous = true;
      backOff();
    },
    /** A coded no: the look at the payment comes at once, another try of the same only later. */
    refused(): void {
      failures += 1;
      if (failures === 1) return;
      ambiguous = false;
      backOff();
    },
    /** Whether what was tried last failed for want of an answer. */
    noteAmbiguous(now: boolean): void {
      ambiguous = now;
    },

    hurry(): void {
      retryAt = 0;
    },
    /**
     * Another call succeeded: true if what failed for want of an answer is to be tried again now.
     * Where that does not help, other successes help ever less often.
     */
    kick(): boolean {
      const now = clock.monotonicMs();
      if (!ambiguous || now < Math.max(restUntil, nextKickAt)) return false;
      kicks += 1;
      nextKickAt = now + retryWaitMs(kicks, random());
      ambiguous = false;
      retryAt = 0;
      return true;
    },
  };
}
