import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { call, type GatewayUnderTest, gatewayUnderTest, notificationOf } from './harness.ts';
import { startMuteBroker } from './mute-broker.ts';

const NO_BROKER = 'mqtt://127.0.0.1:1';

async function rawConnection(gateway: GatewayUnderTest): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Begins a request and keeps its last byte back. */
async function beginRequest(gateway: GatewayUnderTest) {
  const socket = await rawConnection(gateway);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  const { pathname } = new URL(gateway.url);
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n{`,
  );
  await expect.poll(() => answer).toContain('100 Continue');
  return {
    socket,
    get answer() {
      return answer;
    },
  };
}

test('a stop finishes the request that has begun, and takes no other', async () => {
  const gateway = await gatewayUnderTest(NO_BROKER);
  const begun = await beginRequest(gateway);
  const stopped = gateway.stop();
  await expect.poll(() => call(gateway.url).catch((error) => error.code)).toBe('ECONNREFUSED');
  begun.socket.write('}');
  await once(begun.socket, 'close');
  expect(begun.answer).toContain('400 Bad Request');
  expect(begun.answer).toContain('PosId must be a GUID');
  await stopped;
});

test('a notification that waits for the broker is answered by what the broker says', async () => {
  const posId = randomUUID();
  const broker = await startMuteBroker([posId]);
  const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
  await gateway.ready;
  const answer = gateway.post(notificationOf(posId));
  await expect.poll(() => broker.held.length).toBe(1);
  const stopped = gateway.stop();
  // Longer than an idle connection is given, shorter than the broker is.
  await sleep(1_000);
  broker.held[0]?.();
  expect((await answer).status).toBe(200);
  await stopped;
});

test('connections that say nothing do not delay it', async () => {
  const gateway = await gatewayUnderTest(NO_BROKER);
  const silent = await rawConnection(gateway);
  // Its first request shows that the gateway has accepted those before it.
  await gateway.healthz();
  const begunMs = performance.now();
  const closed = once(silent, 'close');
  await gateway.stop();
  await closed;
  expect(performance.now() - begunMs).toBeLessThan(4_000);
});

test('a request that never ends is given up in time for the ten seconds', async () => {
  const gateway = await gatewayUnderTest(NO_BROKER);
  await beginRequest(gateway);
  const begunMs = performance.now();
  await gateway.stop();
  expect(performance.now() - begunMs).toBeLessThan(9_000);
}, 15_000);

test.each([
  ['gateway.port', (port: number) => ({ port })],
  ['console.port', (port: number) => ({ console: { host: '127.0.0.1', port } })],
])('%s that is taken is named, and nothing is left listening', async (key, options) => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  onTestFinished(() => void squatter.close());
  const address = squatter.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const started = gatewayUnderTest(NO_BROKER, options(port));
  await expect(started).rejects.toMatchObject({
    code: 'port-taken',
    message: `${key}: port ${port} is in use; name another, or 0 for a free one`,
  });
});

test('an address of another machine is named', async () => {
  await expect(gatewayUnderTest(NO_BROKER, { listen: '192.0.2.1' })).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'gateway.listen: 192.0.2.1 is no address of this machine',
  });
});
