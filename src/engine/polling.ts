import type { CallResult, Polled } from '../ports.ts';
import { pollWaitMs } from './back-off.ts';
import type { Work } from './work.ts';

/** How often a reservation that waits for the register is looked at. */
const WATCH_MS = 60_000;
/** Until MobilePay has said its own. */
const USUAL_POLL_DELAY_MS = 1_000;
/** Polls are at least this far apart, whatever MobilePay allows. */
const LEAST_POLL_MS = 5;

/** Asks MobilePay about one payment or refund, as often as it allows. */
export function createPolling<Seen>(
  work: Work,
  options: {
    get: (id: string) => Promise<CallResult<Polled<Seen>>>;
    /** Takes over what was seen. */
    observe: (seen: Seen) => void;
  },
) {
  const { clock, wake, pace } = work;
  let delayMs = USUAL_POLL_DELAY_MS;
  let failures = 0;
  let nextAt = 0;
  let lastBeganAt = Number.NEGATIVE_INFINITY;
  /** Nothing is repeated before MobilePay has been asked. */
  let first = work.origin === 'recovered';
  let byRegister = false;
  let listeners: (() => void)[] = [];
  let onLooked: (() => void) | undefined;
  const looked = new Promise<void>((resolve) => {
    onLooked = resolve;
  });

  /** MobilePay has just described it: the next poll may come after this. */
  function notePoll(allowedAfterMs: number, beganAt: number): void {
    first = false;
    failures = 0;
    delayMs = Math.max(LEAST_POLL_MS, allowedAfterMs);
    lastBeganAt = beganAt;
    nextAt = clock.monotonicMs() + delayMs;
  }

  /** One GET: what MobilePay says, or undefined when it does not answer. */
  async function look(id: string): Promise<Seen | undefined> {
    const beganAt = clock.monotonicMs();
    lastBeganAt = beganAt;
    const result = await options.get(id);
    if (result.kind === 'ok') {
      notePoll(result.value.pollDelayMs, beganAt);
      return result.value.value;
    }
    pace.heed(result);
    failures += 1;
    const wait = pollWaitMs(delayMs, failures, work.random());
    nextAt = Math.max(clock.monotonicMs() + wait, pace.restUntil());
    work.logger().debug({ detail: describe(result) }, 'no answer to a look');
    return undefined;
  }

  function asked(): void {
    onLooked?.();
    const waiting = listeners;
    listeners = [];
    byRegister = false;
    for (const listener of waiting) listener();
  }

  if (typeof work.origin === 'object') notePoll(work.origin.pollDelayMs, clock.monotonicMs());

  return {
    notePoll,
    /** Looks, and takes over what is seen. Returns whether MobilePay answered. */
    async ask(id: string): Promise<boolean> {
      const seen = await look(id);
      if (seen !== undefined && !work.stopped()) options.observe(seen);
      asked();
      return seen !== undefined;
    },
    /** MobilePay has been asked once, or will not be. */
    asked,
    /** Resolves when MobilePay has been asked once, or need not be. */
    looked,
    isFirst: (): boolean => first,
    setFirst(now: boolean): void {
      first = now;
    },
    byRegister: (): boolean => byRegister,
    /** It has just been made or acted on: it may be asked for at once (rule 4). */
    mayAskAtOnce(): void {
      nextAt = 0;
    },
    delayMs: (): number => delayMs,
    failures: (): number => failures,
    nextAt: (): number => nextAt,
    lastBeganAt: (): number => lastBeganAt,
    /** Until a reservation that waits for the register is looked at again. */
    watchDueMs(): number {
      const dueAt = byRegister || first ? nextAt : Math.max(nextAt, lastBeganAt + WATCH_MS);
      return dueAt - clock.monotonicMs();
    },
    /** Asks as soon as the poll delay allows, at most `timeoutMs`. */
    async confirm(timeoutMs: number): Promise<void> {
      if (nextAt - clock.monotonicMs() > timeoutMs) return;
      byRegister = true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
        wake.wake();
      });
    },
  };
}
export type Polling<Seen> = ReturnType<typeof createPolling<Seen>>;

function describe(result: CallResult<unknown>): string {
  if (result.kind === 'refused') return `refused: ${result.refusal.code}`;
  return result.kind === 'ok' ? 'ok' : result.detail;
}
