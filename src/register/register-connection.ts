import { randomBytes } from 'node:crypto';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { createBackOff } from '../mqtt/back-off.ts';
import type { BrokerAddress } from '../mqtt/broker-address.ts';
import { parseBrokerAddress } from '../mqtt/broker-address.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import { knowsNoMqtt5, openBrokerClient } from '../mqtt/broker-client.ts';
import { TerminalError } from '../terminal-error.ts';

export interface RegisterConnectionOptions extends BrokerAccess {
  urls: string[];
  clientId: string;
  /** Subscribed to, with QoS 1, at every connect. */
  topics: string[];
  onMessage(topic: string, payload: Buffer, packet: IPublishPacket): void;
  /** Subscribed and ready; called after every connect. */
  onConnected(): void;
  onDisconnected(): void;
}

export interface RegisterConnection {
  readonly connected: boolean;
  /** Of the connection in use: 4 also where 5 was wanted and the broker knows no better. */
  readonly protocolVersion: 5 | 4;
  publish(
    topic: string,
    payload: string,
    properties?: { responseTopic: string; correlationData: Buffer },
  ): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_PACKET_BYTES = 1024 * 1024;

export function newClientId(): string {
  return `register-${randomBytes(6).toString('hex')}`;
}

/** One connection that is opened again, by turns and with back-off, until it is closed. */
export function openRegisterConnection(options: RegisterConnectionOptions): {
  connection: RegisterConnection;
  /** Resolves at the first connect; rejects when every broker was tried once in vain. */
  first: Promise<void>;
} {
  const addresses = options.urls.map(parseBrokerAddress);
  if (addresses.length === 0) throw new TerminalError('usage', 'no MQTT url is given');
  const backOff = createBackOff({ firstMs: 250, maxMs: 5_000 });
  let client: MqttClient | undefined;
  let ready = false;
  let closed = false;
  let failures = 0;
  let protocolVersion = options.protocolVersion;
  /** Brokers that have said they know no MQTT 5. */
  const oldBrokers = new Set<string>();
  let retryTimer: NodeJS.Timeout | undefined;
  let settleFirst: { resolve(): void; reject(error: Error): void } | undefined;
  const first = new Promise<void>((resolve, reject) => {
    settleFirst = { resolve, reject };
  });

  function failed(address: BrokerAddress, why: string) {
    failures += 1;
    if (settleFirst !== undefined && failures >= addresses.length) {
      const error = new TerminalError('unreachable', `no MQTT broker at ${address.label}: ${why}`, {
        retry: 'safe',
      });
      settleFirst.reject(error);
      settleFirst = undefined;
      closed = true;
    }
    if (!closed) retryTimer = setTimeout(attempt, backOff.nextDelayMs());
  }

  function attempt() {
    const address = addresses[failures % addresses.length];
    if (address === undefined || closed) return;
    const version = oldBrokers.has(address.label) ? 4 : options.protocolVersion;
    let current: MqttClient;
    try {
      current = openBrokerClient(
        address,
        { ...options, protocolVersion: version },
        {
          clientId: options.clientId,
          cleanStart: true,
          sessionExpirySeconds: 0,
          keepAliveSeconds: 10,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          maximumPacketBytes: MAX_PACKET_BYTES,
        },
      );
    } catch (error) {
      failed(address, error instanceof Error ? error.message : 'cannot connect');
      return;
    }
    client = current;
    let ended = false;
    const end = (why: string) => {
      if (ended) return;
      ended = true;
      const wasReady = ready;
      ready = false;
      current.end(true);
      if (closed) return;
      if (wasReady) options.onDisconnected();
      if (version === 5 && oldBrokers.has(address.label)) retryTimer = setTimeout(attempt, 0);
      else failed(address, why);
    };
    current.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) => {
      if (!ended) options.onMessage(topic, payload, packet);
    });
    current.on('connect', () => {
      current.subscribe(options.topics, { qos: 1 }, (error) => {
        if (ended) return;
        if (error) {
          end(error.message);
          return;
        }
        ready = true;
        protocolVersion = version;
        backOff.reset();
        settleFirst?.resolve();
        settleFirst = undefined;
        options.onConnected();
      });
    });
    current.on('error', (error) => {
      if (version === 5 && knowsNoMqtt5(error)) oldBrokers.add(address.label);
      end(error.message);
    });
    current.on('close', () => end('the connection was closed'));
  }

  attempt();
  return {
    first,
    connection: {
      get connected() {
        return ready;
      },
      get protocolVersion() {
        return protocolVersion;
      },
      publish(topic, payload, properties) {
        if (!ready) return;
        client?.publish(topic, payload, {
          qos: 1,
          ...(properties === undefined ? {} : { properties }),
        });
      },
      async close() {
        closed = true;
        clearTimeout(retryTimer);
        const current = client;
        if (current === undefined || !ready) {
          current?.end(true);
          return;
        }
        const gone = new Promise<void>((resolve) => current.once('close', () => resolve()));
        current.end(false);
        const impatience = setTimeout(() => current.end(true), 500);
        impatience.unref();
        const giveUp = new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref());
        await Promise.race([gone, giveUp]);
        clearTimeout(impatience);
      },
    },
  };
}
