import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWake } from '../../src/engine/wake.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a wait ends when its time is over, and says that nobody woke it', async () => {
  const wake = createWake();
  const wait = wake.wait(1_000);
  expect(wake.isWaiting()).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await wait).toBe(false);
  expect(wake.isWaiting()).toBe(false);
});

test('a wake ends it at once', async () => {
  const wake = createWake();
  const wait = wake.wait(1_000);
  wake.wake();
  expect(await wait).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('a wake before the wait is not lost, and counts once', async () => {
  const wake = createWake();
  wake.wake();
  wake.wake();
  expect(await wake.wait(1_000)).toBe(true);
  const second = wake.wait(10);
  await vi.advanceTimersByTimeAsync(10);
  expect(await second).toBe(false);
});

test('no time to wait is no wait; endless time is as long as a timer can be', async () => {
  const wake = createWake();
  expect(await wake.wait(0)).toBe(false);
  expect(await wake.wait(-5)).toBe(false);
  const endless = wake.wait(Number.POSITIVE_INFINITY);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(wake.isWaiting()).toBe(true);
  wake.wake();
  expect(await endless).toBe(true);
});
