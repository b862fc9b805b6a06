import { randomBytes } from 'node:crypto';
import type { IPublishPacket } from 'mqtt';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import type { Connection, LastingConnection } from '../mqtt/lasting-connection.ts';
import { createLastingConnection } from '../mqtt/lasting-connection.ts';
import { subscribe } from '../mqtt/subscribing.ts';
import { TerminalError } from '../terminal-error.ts';

export interface RegisterConnectionOptions extends BrokerAccess {
  urls: string[];
  clientId: string;
  /** Subscribed to, with QoS 1, at every connect. */
  topics(protocolVersion: 5 | 4): string[];
  onMessage(topic: string, payload: Buffer, packet: IPublishPacket): void;
  /** Subscribed and ready; called after every connect. */
  onReady(): void;
  onLost(): void;
}

export interface RegisterConnection {
  readonly ready: boolean;
  /**
   * Dropped when not ready. The return address goes along where the broker speaks MQTT 5, which also says
   * when it does not take the message, and why.
   */
  publish(
    topic: string,
    payload: string,
    replyTo: { topic: string; correlation: string },
    onRefused: (why: string) => void,
  ): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;
const MAX_PACKET_BYTES = 1024 * 1024;

export function newClientId(): string {
  return `register-${randomBytes(6).toString('hex')}`;
}

/** A register's connection: opened again until it is closed, if it could be opened at all. */
export function openRegisterConnection(options: RegisterConnectionOptions): {
  connection: RegisterConnection;
  /** Resolves when ready for the first time; rejects when every broker was tried once in vain. */
  first: Promise<void>;
} {
  let ready: Connection | undefined;
  let failures = 0;
  let settleFirst: { resolve(): void; reject(error: Error): void } | undefined;
  const first = new Promise<void>((resolve, reject) => {
    settleFirst = { resolve, reject };
  });

  const lasting: LastingConnection = createLastingConnection({
    urls: options.urls,
    access: options,
    session: {
      clientId: options.clientId,
      cleanStart: true,
      sessionExpirySeconds: 0,
      keepAliveSeconds: 10,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maximumPacketBytes: MAX_PACKET_BYTES,
    },
    firstRetryMs: FIRST_RETRY_MS,
    longestRetryMs: LONGEST_RETRY_MS,
    onOpening(connection) {
      connection.client.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) => {
        if (!connection.ended) options.onMessage(topic, payload, packet);
      });
    },
    onConnected(connection) {
      const topics = options.topics(connection.protocolVersion);
      subscribe(connection, Object.fromEntries(topics.map((topic) => [topic, { qos: 1 }])), {
        onSubscribed() {
          ready = connection;
          settleFirst?.resolve();
          settleFirst = undefined;
          options.onReady();
        },
        onRefused: connection.leave,
      });
    },
    onEnded({ label, why, retryInMs, olderVersionFollows }) {
      const wasReady = ready !== undefined;
      ready = undefined;
      if (wasReady && retryInMs !== null) options.onLost();
      if (!olderVersionFollows) failures += 1;
      if (settleFirst === undefined || failures < options.urls.length) return;
      const message = `no MQTT broker at ${label}: ${why}`;
      settleFirst.reject(new TerminalError('unreachable', message, { retry: 'safe' }));
      settleFirst = undefined;
    },
  });

  lasting.start();
  return {
    first,
    connection: {
      get ready() {
        return ready !== undefined;
      },
      publish(topic, payload, { topic: responseTopic, correlation }, onRefused) {
        const properties =
          ready?.protocolVersion === 5
            ? { properties: { responseTopic, correlationData: Buffer.from(correlation) } }
            : {};
        ready?.client.publish(topic, payload, { qos: 1, ...properties }, (error) => {
          // Any other error is the connection's, and what was lost with it is sent again.
          if (error && 'code' in error && typeof error.code === 'number') onRefused(error.message);
        });
      },
      async close() {
        await lasting.disconnect(CLOSE_TIMEOUT_MS);
      },
    },
  };
}
