import { expect, test } from 'vitest';
import { createRateLimiter, sourceOf } from '../../src/gateway/rate-limiter.ts';

test('a burst is allowed, then one each time its share of a second has passed', () => {
  let nowMs = 0;
  const limiter = createRateLimiter({ burst: 3, perSecond: 2 }, () => nowMs);
  const take = (count: number) => Array.from({ length: count }, () => limiter.allows('a'));
  expect(take(4)).toEqual([true, true, true, false]);
  nowMs = 499;
  expect(take(1)).toEqual([false]);
  nowMs = 500;
  expect(take(2)).toEqual([true, false]);
  nowMs = 60_000;
  expect(take(4)).toEqual([true, true, true, false]);
});

test('keys do not spend what belongs to others', () => {
  const limiter = createRateLimiter({ burst: 1, perSecond: 1 }, () => 0);
  expect([limiter.allows('a'), limiter.allows('a'), limiter.allows('b')]).toEqual([
    true,
    false,
    true,
  ]);
});

test('of very many keys the one not seen for longest is forgotten', () => {
  const limiter = createRateLimiter({ burst: 1, perSecond: 0.001 }, () => 0);
  limiter.allows('first');
  limiter.allows('second');
  for (let n = 0; n < 9_999; n += 1) {
    limiter.allows('second');
    limiter.allows(`other ${n}`);
  }
  expect(limiter.allows('second')).toBe(false);
  expect(limiter.allows('first')).toBe(true);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
