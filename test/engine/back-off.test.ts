import { describe, expect, test } from 'vitest';
import { pollWaitMs, retryWaitMs, sessionWaitMs } from '../../src/engine/back-off.ts';

describe('rule 10: 5, 10, 20 … 300 s, with jitter', () => {
  test('the middle of each pause', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((failures) => retryWaitMs(failures, 0.5));
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1_000));
  });

  test('a fifth shorter to a fifth longer', () => {
    expect(retryWaitMs(1, 0)).toBeCloseTo(4_000);
    expect(retryWaitMs(1, 1)).toBeCloseTo(6_000);
  });
});

describe('polls', () => {
  test('come as soon as MobilePay allows', () => {
    expect(pollWaitMs(700, 0, 0.9)).toBe(700);
  });

  test('come later after failures, never before the poll delay, at most 6 s', () => {
    const waits = [1, 2, 3, 4, 5, 6].map((failures) => pollWaitMs(1_000, failures, 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    expect(pollWaitMs(1_000, 1, 0)).toBe(1_000);
    expect(pollWaitMs(1_000, 9, 1)).toBeCloseTo(6_000);
    expect(pollWaitMs(8_000, 3, 0.5)).toBe(8_000);
  });
});

test('the session is tried again after 1, 2, 4 … 30 s, with jitter', () => {
  const waits = [1, 2, 3, 4, 5, 6, 60].map((failures) => sessionWaitMs(failures, 0.5));
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30].map((s) => s * 1_000));
  expect(sessionWaitMs(1, 0)).toBeLessThan(sessionWaitMs(1, 1));
});
