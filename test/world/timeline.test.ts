import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../src/world/page/world-view.ts';
import { Timeline } from '../../src/world/timeline.ts';

const poll = {
  lane: 'http',
  from: 'terminal',
  to: 'mobilepay',
  meaning: { code: 'poll-payment' },
  wire: 'GET /payments/1 → 200',
} as const;
const plug = { lane: 'power', from: 'hand', to: null, meaning: { code: 'plug-pulled' } } as const;

test('only the latest lines are kept', () => {
  const timeline = new Timeline(3, () => {});
  for (let time = 0; time < 5; time += 1) timeline.add(plug);
  expect(timeline.all.map(({ id }) => id)).toEqual([3, 4, 5]);
});

test('a poll that brings nothing new is counted, and told again under its id', () => {
  const told: TimelineEntry[] = [];
  const timeline = new Timeline(10, (entry) => told.push({ ...entry }));
  timeline.add(poll);
  timeline.add(plug);
  timeline.add(poll);
  timeline.add({ ...poll, wire: 'GET /payments/1 → no answer' });
  expect(timeline.all.map(({ id, times }) => [id, times])).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
  ]);
  expect(told.map(({ id }) => id)).toEqual([1, 2, 1, 3]);
});

test('what people do is never folded together', () => {
  const timeline = new Timeline(10, () => {});
  timeline.add(plug);
  timeline.add(plug);
  expect(timeline.all).toHaveLength(2);
});

test('a huge payload is shortened', () => {
  const timeline = new Timeline(10, () => {});
  timeline.add({ ...plug, payload: 'x'.repeat(100_000) });
  expect(timeline.all[0]?.payload?.length).toBeLessThan(2000);
});
