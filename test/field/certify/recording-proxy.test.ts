import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordingProxy } from '../../../src/field/certify/recording-proxy.ts';
import { startRecordingProxy } from '../../../src/field/certify/recording-proxy.ts';

const SECRET = 'the-client-secret';
const TOKEN = 'the-access-token';
const basic = `Basic ${Buffer.from(`client-1:${SECRET}`).toString('base64')}`;

let server: Server;
let proxy: RecordingProxy;
/** What arrived behind the proxy. */
let arrived: { request: IncomingMessage; body: string }[];
let answer: RequestListener;

beforeEach(async () => {
  arrived = [];
  answer = (_, response) => response.end('{"pollDelayInMs":300,"status":"Initiated"}');
  server = createServer((request, response) => {
    void text(request).then((body) => {
      arrived.push({ request, body });
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startRecordingProxy({ baseUrl: `${base}/api`, authUrl: `${base}/tokens` });
});
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

async function getToken(): Promise<Response> {
  answer = (_, response) => response.end(JSON.stringify({ access_token: TOKEN }));
  return await fetch(`${proxy.url}/integrator-authentication/connect/token`, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
}

test('requests and answers pass unchanged, to the API and to where tokens come from', async () => {
  const response = await fetch(`${proxy.url}/pos/v10/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mobilepay-idempotency-key': 'key-1' },
    body: '{"amount":12.50}',
  });
  expect(await response.text()).toBe('{"pollDelayInMs":300,"status":"Initiated"}');
  await getToken();
  expect(arrived.map(({ request }) => request.url)).toEqual([
    '/api/pos/v10/payments',
    '/tokens/connect/token',
  ]);
  expect(arrived[0]?.body).toBe('{"amount":12.50}');
  expect(arrived[0]?.request.headers).toMatchObject({
    'content-type': 'application/json',
    'x-mobilepay-idempotency-key': 'key-1',
  });
});

test('a POST without a body arrives without one', async () => {
  await fetch(`${proxy.url}/pos/v10/payments/1/cancel`, { method: 'POST' });
  const { headers } = arrived[0]?.request ?? {};
  expect(headers).toMatchObject({ 'content-length': '0' });
  expect(headers).not.toHaveProperty('transfer-encoding');
});

test('neither secret nor token is in the record, but which token it was', async () => {
  await getToken();
  for (const token of [TOKEN, 'made-up']) {
    await fetch(`${proxy.url}/pos/v10/payments/1`, {
      headers: { authorization: `Bearer ${token}` },
    });
  }
  await fetch(`${proxy.url}/integrator-authentication/connect/token`, {
    method: 'POST',
    body: `client_secret=${SECRET}`,
  });
  const record = JSON.stringify(proxy.requests);
  expect(record).not.toContain(SECRET);
  expect(record).not.toContain(basic.slice(6));
  expect(record).not.toContain(TOKEN);
  expect(proxy.requests.flatMap(({ headers }) => headers.map(([, value]) => value))).toEqual(
    expect.arrayContaining([
      'Basic (client id and secret)',
      'Bearer (token 1)',
      'Bearer (never issued)',
    ]),
  );
});

test('a late answer: it was carried out, and comes when the client has given up', async () => {
  const plan = proxy.plan('getPayment', [{ do: 'late' }]);
  const url = `${proxy.url}/pos/v10/payments/1`;
  await expect(fetch(url, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  await proxy.planEnded(plan);
  expect(arrived).toHaveLength(1);
  const [sent] = proxy.requests;
  expect(sent?.planned).toEqual({ plan, index: 0 });
  expect(sent?.end?.kind).toBe('given-up');
  const tookMs = (sent?.end?.atMs ?? 0) - (sent?.arrivedAtMs ?? 0);
  expect(tookMs).toBeGreaterThan(200);
  expect(tookMs).toBeLessThan(1_000);
});

test('a client that waits too long is seen to have waited', async () => {
  proxy.plan('getPayment', [{ do: 'late' }]);
  const response = await fetch(`${proxy.url}/pos/v10/payments/1`);
  expect(response.status).toBe(200);
  const [sent] = proxy.requests;
  expect(sent?.end?.kind).toBe('answered');
  expect((sent?.end?.atMs ?? 0) - (sent?.arrivedAtMs ?? 0)).toBeGreaterThan(1_500);
});

test('a 500 before it is carried out, one after, and a refusal; then everything passes', async () => {
  proxy.plan('capturePayment', [
    { do: 'fail', carriedOut: false },
    { do: 'fail', carriedOut: true },
    { do: 'refuse', status: 409, code: '1304' },
  ]);
  const statuses: [status: number, carriedOut: number][] = [];
  for (let nth = 0; nth < 4; nth += 1) {
    const response = await fetch(`${proxy.url}/pos/v10/payments/1/capture`, { method: 'POST' });
    statuses.push([response.status, arrived.length]);
  }
  expect(statuses).toEqual([
    [500, 0],
    [500, 1],
    [409, 1],
    [200, 2],
  ]);
  expect(proxy.requests.map(({ end }) => end)).toMatchObject([
    { status: 500 },
    { status: 500 },
    { status: 409, code: '1304' },
    { status: 200, code: null },
  ]);
});

test('a plan meets its own kind of request only', async () => {
  proxy.plan('cancelPayment', [{ do: 'fail', carriedOut: false }]);
  expect((await fetch(`${proxy.url}/pos/v10/payments/1`)).status).toBe(200);
  expect(proxy.requests[0]?.planned).toBeNull();
});

test('slow polls: the delay is raised, never lowered, and recorded as the client was told', async () => {
  proxy.plan('getPayment', [
    { do: 'slow-polls', pollDelayMs: 900 },
    { do: 'slow-polls', pollDelayMs: 100 },
  ]);
  const told: unknown[] = [];
  for (let nth = 0; nth < 2; nth += 1) {
    told.push(await (await fetch(`${proxy.url}/pos/v10/payments/1`)).json());
  }
  expect(told).toEqual([
    { pollDelayInMs: 900, status: 'Initiated' },
    { pollDelayInMs: 300, status: 'Initiated' },
  ]);
  expect(proxy.requests.map(({ end }) => end)).toMatchObject([
    { said: { pollDelayMs: 900, state: 'Initiated' } },
    { said: { pollDelayMs: 300 } },
  ]);
});

test('a server that hangs up is no answer, and not the doing of the client', async () => {
  answer = (request) => request.socket.destroy();
  await expect(fetch(`${proxy.url}/pos/v10/payments/1`)).rejects.toThrow();
  expect(proxy.requests[0]?.end?.kind).toBe('server-gone');
});

test('what is broken off when the end is expected is cut off, not given up', async () => {
  answer = () => {};
  const aborter = new AbortController();
  const asked = fetch(`${proxy.url}/pos/v10/payments/1`, { signal: aborter.signal });
  await expect.poll(() => arrived.length).toBe(1);
  proxy.expectEnd();
  aborter.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(() => proxy.requests[0]?.end?.kind).toBe('cut-off');
});
