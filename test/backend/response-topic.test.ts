import { expect, test } from 'vitest';
import { mayReplyTo } from '../../src/backend/response-topic.ts';

test.each([
  'registers/7/replies',
  'a',
  'beacon/1/till-1/reply',
  'beacon/1/till-1/reply/register-7',
  'beacon/10/till-1/state',
])('a reply may go to %s', (topic) => {
  expect(mayReplyTo(topic, 'beacon/1')).toBe(true);
});

test.each([
  '',
  'a/+/b',
  'a/#',
  '$SYS/broker',
  'a\u0000b',
  'x'.repeat(513),
  'beacon/1/till-1/state',
  'beacon/1/till-1/info',
  'beacon/1/till-1/event/payment',
  'beacon/1/till-1/command/payment/start',
  'beacon/1/till-2/command/payment/start',
  'beacon/1/till-1/config/desired',
])('a reply never goes to %j', (topic) => {
  expect(mayReplyTo(topic, 'beacon/1')).toBe(false);
});
