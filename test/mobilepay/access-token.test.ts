import { describe, expect, test } from 'vitest';
import { CREATE, clientAndServer, expectKind, PAYMENT_ID, POS_ID } from './harness.ts';
import { answer, refuse, reset } from './scripted-server.ts';

const nothing = answer(200, { paymentIds: [] });
const created = answer(200, { paymentId: PAYMENT_ID });
const tokenOf = (name: string, seconds: number) =>
  answer(200, { access_token: name, expires_in: seconds });

async function clientWithClock() {
  const clock = { nowMs: 1_000 };
  return { clock, ...(await clientAndServer({ monotonicMs: () => clock.nowMs })) };
}

/** Resolves when `condition` holds; a test that waits in vain fails by its own time limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('the access token', () => {
  test('is asked for once and serves all calls', async () => {
    const { client, server } = await clientAndServer();
    server.script(nothing, nothing, nothing);
    expectKind(await client.authorize(), 'ok');
    for (let calls = 0; calls < 3; calls += 1) {
      expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    }
    expect(server.tokenCalls).toHaveLength(1);
    expect(server.seen.map((request) => request.headers.authorization)).toEqual(
      Array(3).fill('Bearer token-1'),
    );
  });

  test('is asked for once by many at the same time', async () => {
    const { client, server } = await clientAndServer();
    server.script(nothing, nothing, nothing);
    const calls = [1, 2, 3].map(() => client.findPayments({ posId: POS_ID }));
    expectKind(await client.authorize(), 'ok');
    for (const result of await Promise.all(calls)) expectKind(result, 'ok');
    expect(server.tokenCalls).toHaveLength(1);
  });

  test('is not used past its end, by the monotonic clock', async () => {
    const { clock, client, server } = await clientWithClock();
    server.script(nothing, nothing);
    server.scriptToken(tokenOf('short', 100));
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    clock.nowMs += 96_000;
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    expect(server.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer short',
      'Bearer token-1',
    ]);
  });

  test('is renewed in the background before it ends', async () => {
    const { client, server, reachability } = await clientAndServer();
    server.scriptToken(tokenOf('short', 0.2));
    server.script(nothing);
    expectKind(await client.authorize(), 'ok');
    await until(() => reachability.length === 2);
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    expect(server.tokenCalls).toHaveLength(2);
    expect(server.seen[0]?.headers.authorization).toBe('Bearer token-1');
  });

  test('serves on when its renewal fails, and a warning says so', async () => {
    const { client, server, log } = await clientAndServer();
    server.scriptToken(tokenOf('lasting', 1), answer(400));
    server.script(nothing);
    expectKind(await client.authorize(), 'ok');
    await until(() => log.some((line) => line.includes('not renewed')));
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer lasting');
  });

  test('is fetched anew by authorize, even when one is cached', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    expectKind(await client.authorize(), 'ok');
    expect(server.tokenCalls).toHaveLength(2);
  });
});

describe('a 401', () => {
  test('gets a new token and the same call once again', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(401), created);
    expectKind(await client.createPayment(CREATE), 'ok');
    expect(server.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    expect(new Set(server.seen.map((request) => request.body)).size).toBe(1);
  });

  test('does so for a poll too, and does not count among the attempts of a burst', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(401), answer(200, { isUserCheckedIn: true, pollDelayInMs: 1 }));
    expectKind(await client.getCheckin(POS_ID), 'ok');
    server.script(reset, answer(401), reset, created);
    expectKind(await client.createPayment(CREATE), 'ok');
    expect(server.seen).toHaveLength(6);
  });

  test('is the end when the new token gets it too, and never a refusal', async () => {
    const { client, server } = await clientAndServer();
    server.script(refuse(401, '1099'), refuse(401, '1099'), created);
    const result = expectKind(await client.createPayment(CREATE), 'unanswered');
    expect(result).toMatchObject({ status: 401, credentialsRefused: true });
    expect(server.seen).toHaveLength(2);
  });

  test('of two calls at once leads to one new token', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    // Both old requests are in before either is answered.
    const held: (() => void)[] = [];
    const hold = () =>
      server.script((response, request) => {
        held.push(() => answer(401)(response, request));
        if (held.length === 2) for (const release of held) release();
      });
    hold();
    hold();
    server.script(nothing, nothing);
    const results = await Promise.all([
      client.findPayments({ posId: POS_ID }),
      client.findPayments({ posId: POS_ID }),
    ]);
    for (const result of results) expectKind(result, 'ok');
    expect(server.tokenCalls).toHaveLength(2);
  });

  test('without a new token ends the call as unanswered', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    server.script(answer(401));
    server.scriptToken(answer(401));
    const result = expectKind(await client.createPayment(CREATE), 'unanswered');
    expect(result).toMatchObject({ status: 401, credentialsRefused: true });
  });
});

describe('authorize', () => {
  test('says when the credentials are refused, without trying them again', async () => {
    const { client, server, reachability } = await clientAndServer();
    server.scriptToken(answer(401, { error: 'invalid_client' }));
    const result = expectKind(await client.authorize(), 'unanswered');
    expect(result).toMatchObject({ status: 401, credentialsRefused: true });
    expect(server.tokenCalls).toHaveLength(1);
    expect(reachability, 'it is there, and says no').toEqual([]);
  });

  test('tries three times where the server fails', async () => {
    const { client, server } = await clientAndServer();
    server.scriptToken(answer(500), reset);
    expectKind(await client.authorize(), 'ok');
    expect(server.tokenCalls).toHaveLength(3);
  });

  test.each([
    ['HTML', answer(200, '<html>log in</html>', { 'content-type': 'text/html' })],
    ['half a JSON', answer(200, '{"access_token":"token-')],
    ['a number for a token', answer(200, { access_token: 7, expires_in: 3700 })],
    ['a life of no length', answer(200, { access_token: 'token-1', expires_in: 0 })],
    ['a token that would not fit a header', answer(200, { access_token: 'a\nb', expires_in: 9 })],
    ['a redirect', answer(302, '', { location: 'http://127.0.0.1:1/login' })],
  ])('does not take %s', async (_, step) => {
    const { client, server } = await clientAndServer();
    server.scriptToken(step);
    expectKind(await client.authorize(), 'unanswered');
  });

  test('carries the wait that a 429 asks for', async () => {
    const { client, server } = await clientAndServer();
    server.scriptToken(answer(429, '', { 'retry-after': '30' }));
    expect(await client.authorize()).toMatchObject({ kind: 'unanswered', retryAfterMs: 30_000 });
  });
});

describe('refused credentials', () => {
  test('are told whoever asked, and so is that they are accepted again', async () => {
    const { client, server, credentials } = await clientAndServer();
    server.scriptToken(answer(401));
    expectKind(await client.authorize(), 'unanswered');
    expectKind(await client.authorize(), 'ok');
    expect(credentials).toEqual([{ accepted: false, stillServes: false }, { accepted: true }]);
  });

  test('at a renewal in the background are told while the old token still serves', async () => {
    const { client, server, credentials } = await clientAndServer();
    server.scriptToken(tokenOf('lasting', 1), answer(401));
    server.script(nothing);
    expectKind(await client.authorize(), 'ok');
    await until(() => credentials.length === 2);
    expect(credentials[1]).toEqual({ accepted: false, stillServes: true });
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
  });

  test('are told when a call is rejected with a new token, too', async () => {
    const { client, server, credentials } = await clientAndServer();
    server.script(answer(401), answer(401));
    expectKind(await client.findPayments({ posId: POS_ID }), 'unanswered');
    expect(credentials).toEqual([
      { accepted: true },
      { accepted: true },
      { accepted: false, stillServes: false },
    ]);
  });

  test('are not shown again with every poll, but after a while', async () => {
    const { clock, client, server, reachability } = await clientWithClock();
    server.scriptToken(answer(401));
    expectKind(await client.getCheckin(POS_ID), 'unsent');
    expectKind(await client.getCheckin(POS_ID), 'unsent');
    expect(server.tokenCalls).toHaveLength(1);
    expect(reachability).toEqual([]);
    clock.nowMs += 11_000;
    server.script(answer(200, { isUserCheckedIn: false, pollDelayInMs: 1 }));
    expectKind(await client.getCheckin(POS_ID), 'ok');
  });
});
