import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutgoingMessage, Verdict } from '../../src/backend/outgoing-queue.ts';
import { createOutgoingQueue } from '../../src/backend/outgoing-queue.ts';

function queueUnderTest(windowSize: number) {
  const sent: OutgoingMessage[] = [];
  const verdicts: ((verdict: Verdict) => void)[] = [];
  const reached: number[] = [];
  const refused: string[] = [];
  const queue = createOutgoingQueue({
    windowSize,
    publish(message, onVerdict) {
      sent.push(message);
      verdicts.push(onVerdict);
    },
    onEventsAcknowledged: (position) => reached.push(position),
    onEventRefused: (message) => refused.push(message.topic),
  });
  return { queue, sent, verdicts, reached, refused };
}

const event = (position: number): OutgoingMessage => ({
  kind: 'event',
  topic: 'event',
  payload: String(position),
  retain: false,
  position,
});
const state = (payload: string): OutgoingMessage => ({
  kind: 'state',
  topic: 'state',
  payload,
  retain: true,
});
const reply = (payload: string): OutgoingMessage => ({
  kind: 'reply',
  topic: 'reply',
  payload,
  retain: false,
});

test('a message leaves within the call that hands it over when nothing is in flight', () => {
  const { queue, sent } = queueUnderTest(16);
  queue.open();
  queue.push(event(1));
  expect(sent).toHaveLength(1);
});

test('nothing leaves before the queue is opened', () => {
  const { queue, sent } = queueUnderTest(16);
  queue.push(event(1));
  queue.push(state('a'));
  expect(sent).toHaveLength(0);
  queue.open();
  expect(sent.map((m) => m.topic)).toEqual(['event', 'state']);
});

test('no more than the window is in flight', () => {
  const { queue, sent, verdicts } = queueUnderTest(16);
  queue.open();
  for (let position = 1; position <= 40; position += 1) queue.push(event(position));
  expect(sent).toHaveLength(16);
  verdicts[3]?.('acknowledged');
  expect(sent).toHaveLength(17);
});

test('only the longest acknowledged beginning leaves the outbox', () => {
  const { queue, verdicts, reached } = queueUnderTest(16);
  queue.open();
  for (const position of [5, 6, 9]) queue.push(event(position));
  verdicts[1]?.('acknowledged');
  expect(reached).toEqual([]);
  verdicts[0]?.('acknowledged');
  expect(reached).toEqual([6]);
  verdicts[2]?.('acknowledged');
  expect(reached).toEqual([6, 9]);
});

test('a refused event is reported and never counts as delivered', () => {
  const { queue, verdicts, reached, refused } = queueUnderTest(16);
  queue.open();
  queue.push(event(1));
  queue.push(event(2));
  verdicts[0]?.('refused');
  verdicts[1]?.('acknowledged');
  expect(refused).toEqual(['event']);
  expect(reached).toEqual([]);
});

test('waiting states are merged only with their neighbour', () => {
  const { queue, sent } = queueUnderTest(16);
  queue.push(state('old'));
  queue.push(state('a'));
  queue.push(reply('r'));
  queue.push(event(1));
  queue.push(state('b'));
  queue.push(state('c'));
  queue.open();
  expect(sent.map((m) => m.payload)).toEqual(['a', 'r', '1', 'c']);
});

test('drained waits for what is in flight', async () => {
  const { queue, verdicts } = queueUnderTest(1);
  queue.open();
  await queue.drained();
  queue.push(event(1));
  queue.push(reply('r'));
  let drained = false;
  const waiting = queue.drained().then(() => {
    drained = true;
  });
  verdicts[0]?.('acknowledged');
  await Promise.resolve();
  expect(drained).toBe(false);
  verdicts[1]?.('refused');
  await waiting;
});

test('whatever the order of acknowledgements, order and positions hold', () => {
  const steps = fc.array(
    fc.oneof(fc.constantFrom('event', 'state', 'reply'), fc.nat({ max: 20 })),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 16 }), (script, windowSize) => {
      const { queue, sent, verdicts, reached } = queueUnderTest(windowSize);
      const answered = new Set<number>();
      let serial = 0;
      queue.open();
      for (const step of script) {
        serial += 1;
        if (step === 'event') queue.push(event(serial));
        else if (step === 'state') queue.push(state(String(serial)));
        else if (step === 'reply') queue.push(reply(String(serial)));
        else {
          const index = verdicts.findIndex((_, n) => !answered.has(n) && n >= Number(step) % 16);
          if (index >= 0) {
            answered.add(index);
            verdicts[index]?.('acknowledged');
          }
        }
        expect(sent.length - answered.size).toBeLessThanOrEqual(windowSize);
      }
      const serials = sent.map((m) => Number(m.payload));
      expect(serials).toEqual([...serials].sort((a, b) => a - b));
      const top = reached.at(-1) ?? 0;
      sent.forEach((m, n) => {
        if ((m.position ?? Number.POSITIVE_INFINITY) <= top) expect(answered.has(n)).toBe(true);
      });
    }),
    { seed: 20260102, numRuns: 300 },
  );
});
