import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { call, type GatewayUnderTest, gatewayUnderTest, notificationOf } from './harness.ts';

/** What is refused needs no broker: who comes through to it gets a 503. */
let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await gatewayUnderTest('mqtt://127.0.0.1:1');
});
const count = (outcome: string) =>
  gateway.metric(`beacon_gateway_notifications_total{outcome="${outcome}"}`);

test.each([
  ['no JSON', '{"PosId":', /not valid JSON/],
  ['nothing at all', '', /empty/],
  ['a list', '[]', /^the body must be a JSON object with PosId$/],
  ['a text', '"x"', /^the body must be a JSON object with PosId$/],
  ['null', 'null', /^the body must be a JSON object with PosId$/],
  ['no PosId', {}, /^PosId must be a GUID$/],
  ['a PosId in other letters', { posId: randomUUID() }, /^PosId must be a GUID$/],
  ['a PosId that is no GUID', { PosId: 'till-1' }, /^PosId must be a GUID$/],
  ['a PosId that is a topic', { PosId: '+/#' }, /^PosId must be a GUID$/],
  ['a number for a name', { ...notificationOf(randomUUID()), MerchantId: 7 }, /^MerchantId must/],
  [
    'a name without end',
    { ...notificationOf(randomUUID()), MerchantPosId: 'x'.repeat(101) },
    /^MerchantPosId must be at most 100 characters$/,
  ],
  ['a forged prototype', `{"PosId":"${randomUUID()}","__proto__":{"x":1}}`, /not valid JSON/],
])('%s is 400, told in words, and counted', async (_, body, error) => {
  const answer = await gateway.post(body);
  expect([answer.status, answer.json]).toEqual([400, { error: expect.stringMatching(error) }]);
  expect(await count('invalid')).toBe(1);
});

test('what is right but for the broker gets further than that', async () => {
  expect((await gateway.post(notificationOf(randomUUID()))).status).toBe(503);
  expect(await count('invalid')).toBe(0);
});

test.each([
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['application/json; charset=utf-8', 503],
])('a body of type %s is %i', async (type, status) => {
  const headers = { 'content-type': type };
  expect((await gateway.post(notificationOf(randomUUID()), { headers })).status).toBe(status);
  expect(await count('invalid')).toBe(status === 415 ? 1 : 0);
});

test('a body of more than 4 KiB is 413, and none of it is kept', async () => {
  const answer = await gateway.post({ PosId: randomUUID(), Filler: 'x'.repeat(4096) });
  expect(answer.status).toBe(413);
  expect(await count('invalid')).toBe(1);
  expect(gateway.logLines.join('')).not.toContain('xxx');
});

test('looking at the address with a browser tells that it is the right one', async () => {
  const answer = await call(gateway.url);
  expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  expect((await call(`${gateway.url}/other`)).status).toBe(404);
});

test('who sends too much is 429 and told when to come back; others are still heard', async () => {
  let forged = 0;
  // What stands before the proxy's own entry was written by the caller.
  const from = (address: string) => {
    forged += 1;
    return { headers: { 'x-forwarded-for': `203.0.113.${forged % 256}, ${address}` } };
  };
  const body = notificationOf(randomUUID());
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 500) {
    const burst = Array.from({ length: 50 }, () => gateway.post(body, from('192.0.2.1')));
    statuses.push(...(await Promise.all(burst)).map(({ status }) => status));
  }
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(100);
  const refused = await Promise.all(
    Array.from({ length: 60 }, () => gateway.post(body, from('192.0.2.1'))),
  );
  const late = refused.find(({ status }) => status === 429);
  expect(late?.headers['retry-after']).toBe('1');
  expect((await gateway.post(body, from('192.0.2.2'))).status).toBe(503);
  expect(await count('rate-limited')).toBeGreaterThan(0);
});

test('many sources together have a limit as well', async () => {
  const body = notificationOf(randomUUID());
  const statuses = new Set<number>();
  for (let n = 0; n < 100 && !statuses.has(429); n += 1) {
    const burst = Array.from({ length: 50 }, (_, m) =>
      gateway.post(body, { headers: { 'x-forwarded-for': `198.51.${n}.${m}` } }),
    );
    for (const { status } of await Promise.all(burst)) statuses.add(status);
  }
  expect([...statuses].toSorted()).toEqual([429, 503]);
});

test('health is one bit there, and has no limit; metrics are not to be had', async () => {
  const base = new URL(gateway.url).origin;
  const answers = await Promise.all(Array.from({ length: 150 }, () => gateway.healthz()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(answers[0]?.json).toEqual({ ready: false });
  expect((await call(`${base}/metrics`)).status).toBe(404);
});

test('the console says more: what is the matter, and the metrics', async () => {
  const health = await call(`${gateway.consoleUrl}/healthz`);
  expect([health.status, health.json]).toEqual([
    503,
    { ready: false, brokerConnected: false, knownTerminals: null },
  ]);
  const metrics = await call(`${gateway.consoleUrl}/metrics`);
  expect(metrics.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const outcome of [
    ...['accepted', 'unknown-pos', 'invalid', 'rate-limited', 'broker-unavailable'],
  ]) {
    expect(metrics.text).toContain(`beacon_gateway_notifications_total{outcome="${outcome}"} 0\n`);
  }
});
