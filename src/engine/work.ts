import type { Logger } from 'pino';
import type { Clock } from '../ports.ts';
import { createRetryPace } from './retry-pace.ts';
import { createWake } from './wake.ts';

/** How an order or a refund comes to its worker; with a poll delay: MobilePay has just described it. */
export type Origin = 'new' | 'recovered' | { pollDelayMs: number };

/** What the parts of any worker share. */
export function createWork(options: {
  clock: Clock;
  random: () => number;
  logger: () => Logger;
  origin: Origin;
}) {
  const { clock, random, logger, origin } = options;
  const aborter = new AbortController();
  const wake = createWake();
  let restedAt = clock.monotonicMs();
  return {
    clock,
    random,
    // Made only when there is something to say: a start must not wait for it.
    logger,
    origin,
    signal: aborter.signal,
    wake: {
      ...wake,
      async wait(ms: number): Promise<boolean> {
        const woken = await wake.wait(ms);
        restedAt = clock.monotonicMs();
        return woken;
      },
    },
    /** When it last ended a wait; monotonic. */
    restedAt: (): number => restedAt,
    pace: createRetryPace(clock, random),
    stop: (): void => aborter.abort(),
    stopped: (): boolean => aborter.signal.aborted,
  };
}
export type Work = ReturnType<typeof createWork>;
