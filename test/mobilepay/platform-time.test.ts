import { expect, test } from 'vitest';
import { epochMsOf } from '../../src/mobilepay/platform-time.ts';

const expected = Date.UTC(2022, 9, 17, 6, 7, 45);

test.each([
  '2022-10-17T06:07:45Z',
  '2022-10-17T06:07:45.000Z',
  '2022-10-17T06:07:45.0000000Z',
  '2022-10-17T08:07:45+02:00',
  '2022-10-17T06:07:45',
  '17-10-2022 06:07:45 +00:00',
  '17-10-2022 08:07:45 +02:00',
])('%s is understood', (text) => {
  expect(epochMsOf(text)).toBe(expected);
});

test.each([
  '',
  'soon',
  '10/17/2022 06:07:45',
  '2022-13-17T06:07:45Z',
  '17-13-2022 06:07:45 +00:00',
])('%s is not guessed at', (text) => {
  expect(epochMsOf(text)).toBeNull();
});
