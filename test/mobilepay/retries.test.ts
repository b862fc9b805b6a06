import { describe, expect, onTestFinished, test } from 'vitest';
import type { CallResult, PaymentPlatform } from '../../src/ports.ts';
import {
  CREATE,
  clientAndServer,
  expectKind,
  PAYMENT_ID,
  POS_ID,
  paymentBody,
  REFUND_ID,
  STORE_ID,
} from './harness.ts';
import { answer, deadPort, refuse, reset, startScriptedServer } from './scripted-server.ts';

/** Each call to the API: a new one does not compile until it stands in the table below. */
type CallName = Exclude<
  keyof PaymentPlatform,
  | 'authorize'
  | 'explain'
  | 'onServerDate'
  | 'onCredentials'
  | 'onReachability'
  | 'close'
  | `encode${string}`
>;

const created = answer(200, { paymentId: PAYMENT_ID });

describe('a burst', () => {
  test('is three requests where the server fails or the connection breaks, and no more', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(500), answer(502, '<html>bad gateway</html>'), answer(503), created);
    const result = expectKind(await client.createPayment(CREATE), 'unanswered');
    expect(result).toMatchObject({ status: 503, credentialsRefused: false });
    expect(server.seen).toHaveLength(3);
  });

  test.each([
    ['a 500', answer(500)],
    ['a reset', reset],
  ])('succeeds after %s, and says that an attempt may have arrived before', async (_, step) => {
    const { client, server } = await clientAndServer();
    server.script(step, created);
    expect(await client.createPayment(CREATE)).toEqual({
      kind: 'ok',
      value: { paymentId: PAYMENT_ID },
      priorAttemptAmbiguous: true,
      correlationId: null,
    });
  });

  test('tells a refusal at first sight from one after a doubtful attempt', async () => {
    const { client, server } = await clientAndServer();
    server.script(refuse(409, '1301'), reset, refuse(409, '1301'));
    const refusal = { status: 409, code: '1301', correlationId: 'c-1' };
    expect(await client.createPayment(CREATE)).toMatchObject({
      kind: 'refused',
      refusal,
      priorAttemptAmbiguous: false,
    });
    expect(await client.createPayment(CREATE)).toMatchObject({
      kind: 'refused',
      refusal,
      priorAttemptAmbiguous: true,
    });
  });

  test.each([
    ['400', refuse(400, '1102'), 'refused'],
    ['403', refuse(403, '1401'), 'refused'],
    ['404 without a body', answer(404), 'unanswered'],
    ['409', refuse(409, '1300'), 'refused'],
    ['429', answer(429), 'unanswered'],
  ] as const)('ends with a %s', async (_, step, kind) => {
    const { client, server } = await clientAndServer();
    server.script(step, answer(200));
    expectKind(await client.cancelPayment(PAYMENT_ID), kind);
    expect(server.seen).toHaveLength(1);
  });

  const amount = { currency: 'DKK', value: 1250 } as const;
  const newPos = {
    merchantPosId: 'till-1',
    storeId: STORE_ID,
    name: 'Kasse 1',
    supportedBeaconTypes: ['QR'],
  };
  const calls: Record<
    CallName,
    [(client: PaymentPlatform) => Promise<CallResult<unknown>>, number]
  > = {
    createPayment: [(client) => client.createPayment(CREATE), 3],
    preparePayment: [(client) => client.preparePayment(CREATE), 3],
    readyPayment: [(client) => client.readyPayment(PAYMENT_ID, '{"amount":1}'), 3],
    getPayment: [(client) => client.getPayment(PAYMENT_ID), 1],
    findPayments: [(client) => client.findPayments({ posId: POS_ID }), 3],
    capturePayment: [(client) => client.capturePayment(PAYMENT_ID, amount), 3],
    cancelPayment: [(client) => client.cancelPayment(PAYMENT_ID), 3],
    createRefund: [(client) => client.createRefund(CREATE), 3],
    getRefund: [(client) => client.getRefund(REFUND_ID), 1],
    findRefunds: [(client) => client.findRefunds(PAYMENT_ID), 3],
    captureRefund: [(client) => client.captureRefund(REFUND_ID), 3],
    cancelRefund: [(client) => client.cancelRefund(REFUND_ID), 3],
    findPos: [(client) => client.findPos('till-1'), 3],
    findPosOfBeacon: [(client) => client.findPosOfBeacon('123456789012345'), 3],
    getPos: [(client) => client.getPos(POS_ID), 3],
    createPos: [(client) => client.createPos(newPos, 'key-1'), 3],
    deletePos: [(client) => client.deletePos(POS_ID), 3],
    getStore: [(client) => client.getStore(STORE_ID), 3],
    findStores: [(client) => client.findStores(undefined), 3],
    getCheckin: [(client) => client.getCheckin(POS_ID), 1],
  };

  test('of whatever call repeats what it sent, and gives up after its share', async () => {
    await Promise.all(
      Object.entries(calls).map(async ([name, [call, requests]]) => {
        const { client, server } = await clientAndServer();
        server.script(reset, answer(500), answer(502, '<html>bad gateway</html>'), answer(200));
        expect(await call(client), name).toMatchObject({ kind: 'unanswered' });
        expect(server.seen, name).toHaveLength(requests);
        const sent = server.seen.map(({ method, path, body, headers }) =>
          JSON.stringify([method, path, body, headers['x-mobilepay-idempotency-key']]),
        );
        expect(new Set(sent).size, name).toBe(1);
      }),
    );
  });

  test.each(Object.entries(calls))('of %s ends with the first coded no', async (_, [call]) => {
    const { client, server } = await clientAndServer();
    server.script(refuse(409, '1306'), answer(200));
    expect(await call(client)).toMatchObject({
      kind: 'refused',
      refusal: { code: '1306' },
      priorAttemptAmbiguous: false,
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('429 and 503', () => {
  test.each([429, 503])('%i ends the burst when it says when to come back', async (status) => {
    const { client, server } = await clientAndServer();
    server.script(answer(status, '', { 'retry-after': '7' }), answer(200));
    const result = expectKind(await client.cancelPayment(PAYMENT_ID), 'unanswered');
    expect(result).toMatchObject({ status, retryAfterMs: 7_000 });
    expect(server.seen).toHaveLength(1);
  });

  test('a date counts from the answer’s own date', async () => {
    const { client, server } = await clientAndServer();
    const headers = {
      date: 'Mon, 17 Oct 2022 06:00:00 GMT',
      'retry-after': 'Mon, 17 Oct 2022 06:00:09 GMT',
    };
    server.script(answer(429, '', headers));
    expect(await client.cancelPayment(PAYMENT_ID)).toMatchObject({ retryAfterMs: 9_000 });
  });

  test.each([
    ['0', 0],
    ['-5', 0],
    ['Sat, 01 Jan 2000 00:00:00 GMT', 0],
    ['999999999999', 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['1e9', null],
    ['soon', null],
  ])('a Retry-After of %s is none, or a rest of an hour at most', async (text, retryAfterMs) => {
    const { client, server } = await clientAndServer();
    server.script(answer(429, '', { 'retry-after': text }));
    expect(await client.cancelPayment(PAYMENT_ID)).toMatchObject({ status: 429, retryAfterMs });
    expect(server.seen).toHaveLength(1);
  });

  test('429 is about the moment, not about the payment, even with a code', async () => {
    const { client, server } = await clientAndServer();
    server.script(refuse(429, '1099'));
    expectKind(
      await client.capturePayment(PAYMENT_ID, { currency: 'DKK', value: 1 }),
      'unanswered',
    );
  });
});

describe('what never left', () => {
  test('is unsent when nobody listens', async () => {
    const { client, server } = await clientAndServer({
      baseUrl: `http://127.0.0.1:${await deadPort()}`,
    });
    const result = expectKind(await client.createPayment(CREATE), 'unsent');
    expect(result.detail).toMatch(/ECONNREFUSED/);
    expect(server.tokenCalls).toHaveLength(1);
  });

  test('is unsent when the name does not resolve', async () => {
    const { client } = await clientAndServer({ baseUrl: 'http://no-such-host.invalid' });
    expectKind(await client.createPayment(CREATE), 'unsent');
  });

  test('is unsent when there is no token to send it with', async () => {
    const { client, server } = await clientAndServer();
    server.scriptToken(answer(401));
    const result = expectKind(await client.createPayment(CREATE), 'unsent');
    expect(result.detail).toMatch(/token/);
    expect(server.seen).toHaveLength(0);
  });

  test('is unanswered when a new connection stood, though it broke at once', async () => {
    const api = await startScriptedServer();
    onTestFinished(() => api.close());
    const { client } = await clientAndServer({ baseUrl: api.url });
    expectKind(await client.authorize(), 'ok');
    api.script(reset);
    expectKind(await client.getPayment(PAYMENT_ID), 'unanswered');
    expect(api.connections()).toBe(1);
    expect(api.seen).toHaveLength(1);
  });

  test('is unanswered when an earlier attempt may have left', async () => {
    const { client, server } = await clientAndServer();
    let serverClosed: Promise<void> | undefined;
    server.script((response) => {
      // The one attempt arrives; from then on nobody listens.
      serverClosed = server.close();
      response.socket?.destroy();
    });
    expectKind(await client.createPayment(CREATE), 'unanswered');
    expect(server.seen).toHaveLength(1);
    await serverClosed;
  });
});

describe('whoever calls', () => {
  test('is asked before each attempt, and may say no to the first', async () => {
    const { client, server, reachability } = await clientAndServer();
    expectKind(await client.createPayment(CREATE, { mayStillSend: () => false }), 'unsent');
    expect(reachability).toEqual([]);
    expect(server.seen).toHaveLength(0);
    expect(server.tokenCalls).toHaveLength(0);
  });

  test('may say no to the second, and hears what is known so far', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(500), created);
    const mayStillSend = () => server.seen.length === 0;
    const result = expectKind(await client.createPayment(CREATE, { mayStillSend }), 'unanswered');
    expect(result.status).toBe(500);
    expect(server.seen).toHaveLength(1);
  });

  test('is asked again when a token had to be waited for', async () => {
    const { client, server } = await clientAndServer();
    const mayStillSend = () => server.tokenCalls.length === 0;
    expectKind(await client.createPayment(CREATE, { mayStillSend }), 'unsent');
    expect(server.seen).toHaveLength(0);
  });

  test('may abort a call under way: then it may have been carried out', async () => {
    const { client, server } = await clientAndServer();
    const aborter = new AbortController();
    server.script(() => aborter.abort());
    expectKind(await client.createPayment(CREATE, { signal: aborter.signal }), 'unanswered');
    expect(server.seen).toHaveLength(1);
  });

  test('may abort before: then nothing leaves', async () => {
    const { client, server, reachability } = await clientAndServer();
    expectKind(await client.createPayment(CREATE, { signal: AbortSignal.abort() }), 'unsent');
    expect(server.seen).toHaveLength(0);
    expect(reachability).toEqual([]);
  });

  test('gets no exception from a client that is closed', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, paymentBody()));
    expectKind(await client.getPayment(PAYMENT_ID), 'ok');
    await client.close();
    expectKind(await client.getPayment(PAYMENT_ID), 'unsent');
    expectKind(await client.authorize(), 'unsent');
    expect(server.seen).toHaveLength(1);
  });
});
