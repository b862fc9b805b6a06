import type { Polling } from './polling.ts';
import type { Work } from './work.ts';

/** A burst of tries with all their time-outs ends well before this. */
const TURN_LIMIT_MS = 180_000;

/**
 * Carries one payment or refund to its end: one turn after the other, each of them one request
 * (rule 9), so no look can be overtaken by an act.
 */
export function createWorker(
  work: Work,
  polling: Polling<unknown>,
  options: {
    /** Does the one thing that is owed; null when nothing is, and nothing will be. */
    turn: () => Promise<void> | null;
    /** A fault of the journal itself: everything must stop. */
    onFault: (error: unknown) => void;
  },
) {
  const { clock, wake, pace } = work;
  let turnBeganAt = 0;
  let onEnded: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });

  return {
    async run(): Promise<void> {
      try {
        while (!work.stopped()) {
          turnBeganAt = clock.monotonicMs();
          const turn = options.turn();
          if (turn === null) return;
          await turn;
        }
      } catch (error) {
        if (!work.stopped()) options.onFault(error);
      } finally {
        polling.asked();
        onEnded?.();
      }
    },
    /** Resolves when MobilePay has been asked once about it, or it is settled. */
    looked: polling.looked,
    /** Resolves when nothing of it is under way any more. */
    ended,
    /** One request has been under way for longer than any may take. */
    standsStill: (): boolean =>
      !wake.isWaiting() &&
      clock.monotonicMs() - Math.max(turnBeganAt, work.restedAt()) > TURN_LIMIT_MS,
    /** Something new is to be done: look again at what is owed. */
    wake(): void {
      pace.hurry();
      wake.wake();
    },
    /**
     * Another call succeeded: what failed for want of an answer is tried again now. The success of
     * a call of its own is none of it: that one is under way, and the worker does not wait.
     */
    kick(): void {
      if (wake.isWaiting() && pace.kick()) wake.wake();
    },
    /** Asks MobilePay as soon as the poll delay allows, at most `timeoutMs`. */
    confirm: polling.confirm,
    stop(): void {
      work.stop();
      wake.wake();
    },
  };
}
export type Worker = ReturnType<typeof createWorker>;
