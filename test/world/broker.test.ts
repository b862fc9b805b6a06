import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import type { MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Broker, PassedMessage } from '../../src/world/broker.ts';
import { startBroker } from '../../src/world/broker.ts';

let passed: PassedMessage[];
let clients: [string, boolean][];
let broker: Broker;
let client: MqttClient;

beforeEach(async () => {
  passed = [];
  clients = [];
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    onMessage: (message) => passed.push(message),
    onClient: (clientId, connected) => clients.push([clientId, connected]),
  });
  client = await connectAsync(broker.url, {
    protocolVersion: 4,
    clientId: 'one',
    clean: false,
    reconnectPeriod: 20,
    will: { topic: 'last', payload: Buffer.from('words'), qos: 1, retain: true },
  });
});
afterEach(async () => {
  await client.endAsync(true);
  await broker.close();
});

test('whatever passes is seen, with the client that sent it', async () => {
  await client.publishAsync('a/b', 'hello', { qos: 1 });
  expect(passed).toEqual([
    { topic: 'a/b', payload: Buffer.from('hello'), retain: false, clientId: 'one' },
  ]);
  expect(clients).toEqual([['one', true]]);
});

test('gone, it drops everybody; back on the same port, it knows what they had subscribed', async () => {
  await client.subscribeAsync('a/#', { qos: 1 });
  const { url } = broker;
  const dropped = next(client, 'close');
  await broker.setUp(false);
  await dropped;
  expect(broker.up).toBe(false);
  const again = next(client, 'connect');
  await broker.setUp(true);
  const [{ sessionPresent }] = (await again) as unknown as [{ sessionPresent: boolean }];
  expect([broker.url, sessionPresent]).toEqual([url, true]);
  const heard = next(client, 'message');
  await client.publishAsync('a/b', 'back', { qos: 1 });
  expect((await heard)[0]).toBe('a/b');
});

test('a client that dies is followed by its last will', async () => {
  const other = await connectAsync(broker.url, { protocolVersion: 4, clientId: 'two' });
  await other.subscribeAsync('last', { qos: 1 });
  const heard = next(other, 'message');
  client.options.reconnectPeriod = 0;
  client.stream.destroy();
  expect(String((await heard)[1])).toBe('words');
  await expect.poll(() => passed.map(({ topic }) => topic)).toEqual(['last']);
  await other.endAsync();
});

test('off and on in one breath ends as it was asked last', async () => {
  await Promise.all([broker.setUp(false), broker.setUp(true), broker.setUp(false)]);
  expect(broker.up).toBe(false);
});

/** The arguments of the client's next event; its own types hide that it is an EventEmitter. */
function next(emitter: MqttClient, event: string): Promise<unknown[]> {
  return once(emitter as unknown as EventEmitter, event);
}
