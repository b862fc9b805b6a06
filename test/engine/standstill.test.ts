import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPolling } from '../../src/engine/polling.ts';
import { createWork } from '../../src/engine/work.ts';
import { createWorker } from '../../src/engine/worker.ts';
import type { Clock } from '../../src/ports.ts';

const clock: Clock = {
  monotonicMs: () => performance.now(),
  now: () => Date.now(),
  trusted: () => true,
  observeServerDate() {},
};
const LONG_MS = 3_600_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function startWorker(turn: (work: ReturnType<typeof createWork>) => Promise<void>) {
  const logger = () => pino({ level: 'silent' });
  const work = createWork({ clock, random: () => 0.5, logger, origin: 'new' });
  const polling = createPolling<never>(work, {
    get: () => new Promise(() => {}),
    observe() {},
  });
  const worker = createWorker(work, polling, { turn: () => turn(work), onFault() {} });
  void worker.run();
  return worker;
}

test('a worker whose request never ends stands still, though not at once', async () => {
  const worker = startWorker(() => new Promise<void>(() => {}));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(worker.standsStill()).toBe(false);
  await vi.advanceTimersByTimeAsync(150_000);
  expect(worker.standsStill()).toBe(true);
});

test('a worker that waits for long does not stand still, nor does its request after that', async () => {
  const worker = startWorker(async ({ wake }) => {
    await wake.wait(LONG_MS);
    await new Promise<void>((resolve) => setTimeout(resolve, 60_000));
  });
  await vi.advanceTimersByTimeAsync(LONG_MS - 1);
  expect(worker.standsStill()).toBe(false);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(worker.standsStill()).toBe(false);
  worker.stop();
});
