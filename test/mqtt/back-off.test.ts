import { expect, test } from 'vitest';
import { createBackOff } from '../../src/mqtt/back-off.ts';

test('the ceiling doubles from 0.25 s to 30 s and starts over after a reset', () => {
  const backOff = createBackOff({ firstMs: 250, maxMs: 30_000, random: () => 1 });
  const waits = Array.from({ length: 10 }, () => backOff.nextDelayMs());
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  backOff.reset();
  expect(backOff.nextDelayMs()).toBe(250);
});

test('waits are spread over the whole range below the ceiling', () => {
  const first = Array.from({ length: 400 }, () =>
    createBackOff({ firstMs: 1000, maxMs: 30_000 }).nextDelayMs(),
  );
  expect(Math.min(...first)).toBeLessThan(200);
  expect(Math.max(...first)).toBeGreaterThan(800);
});
