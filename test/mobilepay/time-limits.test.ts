import { describe, expect, test } from 'vitest';
import { CREATE, clientAndServer, expectKind, PAYMENT_ID, POS_ID } from './harness.ts';
import { answer, silence } from './scripted-server.ts';

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startedMs = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedMs };
}

describe('a request', () => {
  test('of a poll ends after half a second', async () => {
    const { client, server } = await clientAndServer();
    await client.authorize();
    server.script(silence);
    const { result, tookMs } = await timed(client.getPayment(PAYMENT_ID));
    expect(expectKind(result, 'unanswered').detail).toMatch(/500 ms/);
    expect(tookMs).toBeGreaterThan(490);
    expect(tookMs).toBeLessThan(1_500);
  });

  test('of a plain GET ends after half a second, three times', async () => {
    const { client, server } = await clientAndServer();
    server.script(silence, silence, silence);
    const { result, tookMs } = await timed(client.findPayments({ posId: POS_ID }));
    expectKind(result, 'unanswered');
    expect(server.seen).toHaveLength(3);
    expect(tookMs).toBeGreaterThan(1_500);
    expect(tookMs).toBeLessThan(3_500);
  });

  test('of a POST ends after two seconds, and the next takes another connection', async () => {
    const { client, server } = await clientAndServer();
    await client.authorize();
    server.script(silence, answer(200, { paymentId: PAYMENT_ID }));
    const { result, tookMs } = await timed(client.createPayment(CREATE));
    expect(expectKind(result, 'ok').priorAttemptAmbiguous).toBe(true);
    expect(server.seen[1]?.connection).not.toBe(server.seen[0]?.connection);
    expect(tookMs).toBeGreaterThan(1_990);
    expect(tookMs).toBeLessThan(3_500);
  });

  test('counts the whole answer, however steadily it drips', async () => {
    const { client, server } = await clientAndServer();
    await client.authorize();
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const { result, tookMs } = await timed(client.getPayment(PAYMENT_ID));
    expect(expectKind(result, 'unanswered').detail).toMatch(/no whole answer/);
    expect(tookMs).toBeLessThan(1_500);
  });

  test('under way ends at once when the client is closed', async () => {
    const { client, server } = await clientAndServer();
    await client.authorize();
    server.script(silence);
    const call = client.createPayment(CREATE);
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { tookMs } = await timed(client.close());
    expectKind(await call, 'unanswered');
    expect(tookMs).toBeLessThan(500);
  });
});
