import type { Socket } from 'node:net';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { connect } from 'mqtt';

export interface Seen {
  topic: string;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads of every shape
  json: any;
  retain: boolean;
  packet: IPublishPacket;
}

export interface Observer {
  client: MqttClient;
  seen: Seen[];
  /** The first message that fits, now or later. */
  until(matches: (message: Seen) => boolean, timeoutMs?: number): Promise<Seen>;
  publish(
    topic: string,
    payload: unknown,
    options?: { retain?: boolean; qos?: 0 | 1 | 2; responseTopic?: string; correlation?: string },
  ): Promise<void>;
  close(): Promise<void>;
}

/** A plain MQTT client that writes down everything below a prefix. */
export async function observe(
  url: string,
  version: 4 | 5,
  filter = '#',
  /** With it, the broker keeps what is missed while this observer is away. */
  sessionId?: string,
): Promise<Observer> {
  const client = connect(url, {
    protocolVersion: version,
    reconnectPeriod: 50,
    ...(sessionId === undefined
      ? {}
      : {
          clientId: sessionId,
          clean: false,
          ...(version === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
        }),
  });
  client.on('connect', () => {
    (client.stream as Socket).setNoDelay(true);
  });
  const seen: Seen[] = [];
  const watchers = new Set<(message: Seen) => void>();
  client.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) => {
    const text = payload.toString('utf8');
    // biome-ignore lint/suspicious/noExplicitAny: see above
    let json: any;
    try {
      json = JSON.parse(text);
    } catch {}
    const message = { topic, text, json, retain: packet.retain, packet };
    seen.push(message);
    for (const watcher of watchers) watcher(message);
  });
  await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  await client.subscribeAsync(filter, { qos: 1 });
  return {
    client,
    seen,
    until(matches, timeoutMs = 5000) {
      const already = seen.find(matches);
      if (already !== undefined) return Promise.resolve(already);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(watcher);
          reject(
            new Error(`not seen; seen was:\n${seen.map((s) => `${s.topic} ${s.text}`).join('\n')}`),
          );
        }, timeoutMs);
        function watcher(message: Seen) {
          if (!matches(message)) return;
          clearTimeout(timer);
          watchers.delete(watcher);
          resolve(message);
        }
        watchers.add(watcher);
      });
    },
    async publish(topic, payload, options = {}) {
      const body =
        typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
      await client.publishAsync(topic, body, {
        qos: options.qos ?? 1,
        retain: options.retain ?? false,
        ...(options.responseTopic === undefined
          ? {}
          : {
              properties: {
                responseTopic: options.responseTopic,
                ...(options.correlation === undefined
                  ? {}
                  : { correlationData: Buffer.from(options.correlation) }),
              },
            }),
      });
    },
    async close() {
      await client.endAsync(true);
    },
  };
}
