import { afterEach, expect, test, vi } from 'vitest';
import { createLastingConnection, type Ending } from '../../src/mqtt/lasting-connection.ts';
import { subscribe } from '../../src/mqtt/subscribing.ts';
import { type EmbeddedBroker, startAedes } from './aedes.ts';

const brokers: EmbeddedBroker[] = [];
let leave: (() => Promise<void>) | undefined;
afterEach(async () => {
  await leave?.();
  for (const broker of brokers.splice(0)) await broker.destroy();
});

/** A broker that writes down what it is asked for, and refuses a topic as often as told. */
async function brokerThatRefuses(refusals: Record<string, number>) {
  const asked: string[] = [];
  const broker = await startAedes(0, (topic) => {
    asked.push(topic);
    return asked.filter((each) => each === topic).length <= (refusals[topic] ?? 0);
  });
  brokers.push(broker);
  return { url: broker.url, asked };
}

function subscriber(...urls: string[]) {
  const endings: Ending[] = [];
  const received: string[] = [];
  const subscribedAt: string[] = [];
  const lasting = createLastingConnection({
    urls,
    access: { protocolVersion: 4 },
    session: {
      clientId: 'subscriber',
      cleanStart: true,
      sessionExpirySeconds: 0,
      keepAliveSeconds: 10,
      connectTimeoutMs: 5_000,
      maximumPacketBytes: 1024,
    },
    firstRetryMs: 10,
    longestRetryMs: 10,
    onOpening({ client }) {
      client.on('message', (topic: string) => received.push(topic));
    },
    onConnected(connection) {
      subscribe(
        connection,
        { a: { qos: 1 }, b: { qos: 1 }, c: { qos: 0 } },
        { onSubscribed: () => subscribedAt.push(connection.label), onRefused: connection.leave },
      );
    },
    onEnded: (ending) => endings.push(ending),
  });
  leave = () => lasting.disconnect(1_000);
  lasting.start();
  return { lasting, endings, received, subscribedAt };
}

test('what is refused for the moment is asked for again on the same connection, and only that', async () => {
  const broker = await brokerThatRefuses({ b: 3 });
  const { lasting, endings, received, subscribedAt } = subscriber(broker.url);
  await vi.waitFor(() => expect(subscribedAt).toHaveLength(1), 5_000);
  expect(broker.asked).toEqual(['a', 'b', 'c', 'b', 'b', 'b']);
  expect(endings).toEqual([]);
  lasting.live()?.client.publish('a', '', { qos: 1 }).publish('b', '', { qos: 1 });
  await vi.waitFor(() => expect(received).toEqual(['a', 'b']));
});

test('a broker that goes on refusing is left for the next one', async () => {
  const stubborn = await brokerThatRefuses({ b: Number.POSITIVE_INFINITY });
  const other = await brokerThatRefuses({});
  const { endings, subscribedAt } = subscriber(stubborn.url, other.url);
  await vi.waitFor(() => expect(subscribedAt).toEqual([other.url.slice('mqtt://'.length)]), 9_000);
  expect(endings.map(({ why }) => why)).toEqual([
    'refuses the subscription to b: Subscribe error: Unspecified error',
  ]);
  expect(stubborn.asked.filter((topic) => topic === 'a')).toHaveLength(1);
});
