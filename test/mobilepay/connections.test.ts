import { describe, expect, test } from 'vitest';
import { CREATE, clientAndServer, expectKind, PAYMENT_ID, POS_ID } from './harness.ts';
import { answer, reset } from './scripted-server.ts';

const nothing = answer(200, { paymentIds: [] });

describe('connections', () => {
  test('are kept: token and ten calls need one', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    for (let calls = 0; calls < 10; calls += 1) {
      server.script(nothing);
      expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    }
    expect(server.connections()).toBe(1);
  });

  test('are kept after refusals and server errors too', async () => {
    const { client, server } = await clientAndServer();
    server.script(
      answer(404),
      answer(409, { code: '1300' }),
      answer(500),
      answer(500),
      answer(200),
    );
    for (let calls = 0; calls < 3; calls += 1) await client.cancelPayment(PAYMENT_ID);
    expect(server.seen).toHaveLength(5);
    expect(server.connections()).toBe(1);
  });

  test('that the server has closed meanwhile are not used for a create', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    const socket = server.socket(1);
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    socket?.end();
    await closed;
    server.script(answer(200, { paymentId: PAYMENT_ID }));
    const result = expectKind(await client.createPayment(CREATE), 'ok');
    expect(result.priorAttemptAmbiguous).toBe(false);
    expect(server.connections()).toBe(2);
  });

  test('that are reset under a request leave it in doubt', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    server.script(reset);
    expectKind(await client.getPayment(PAYMENT_ID), 'unanswered');
    expect(server.seen[0]?.connection).toBe(1);
  });

  test('that share the fate of one that broke are not used again', async () => {
    const { client, server } = await clientAndServer();
    // Two at once make two connections.
    const held: (() => void)[] = [];
    for (let calls = 0; calls < 2; calls += 1) {
      server.script((response, request) => {
        held.push(() => nothing(response, request));
        if (held.length === 2) for (const release of held) release();
      });
    }
    await client.authorize();
    await Promise.all([1, 2].map(() => client.findPayments({ posId: POS_ID })));
    expect(server.connections()).toBe(2);
    server.script(reset, nothing);
    expectKind(await client.findPayments({ posId: POS_ID }), 'ok');
    expect(server.seen.at(-1)?.connection).toBe(3);
  });

  test('go where they are told to, whatever the environment says about proxies', async () => {
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    process.env['http_proxy'] = 'http://127.0.0.1:1';
    try {
      const { client } = await clientAndServer();
      expectKind(await client.authorize(), 'ok');
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
  });

  test('do not follow a redirect with the token', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(307, '', { location: '/elsewhere' }), nothing);
    expectKind(await client.findPayments({ posId: POS_ID }), 'unanswered');
    expect(server.seen).toHaveLength(1);
  });
});
