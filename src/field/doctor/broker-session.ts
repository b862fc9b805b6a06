import { randomBytes } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import type { Config } from '../../config/resolve.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { BrokerAddress } from '../../mqtt/broker-address.ts';
import { knowsNoMqtt5, openBrokerClient } from '../../mqtt/broker-client.ts';

const KEEP_ALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 8_000;
const RETAINED_GRACE_MS = 500;
const LARGEST_PACKET = 1024 * 1024;

/** A connection of our own, with the rights of the terminal and none of its session. */
export interface BrokerSession {
  protocolVersion: 5 | 4;
  /** The QoS granted for each, or the broker's reason code from 128 on for none. */
  subscribe(topics: string[]): Promise<number[]>;
  /** Resolves when the broker has acknowledged it. Rejects when it says that it may not be. */
  publishRetained(topic: string, payload: string): Promise<void>;
  /** What is retained on a topic that was subscribed to; undefined: nothing that we may see. */
  retained(topic: string): Promise<Uint8Array | undefined>;
  /** The newest message that came on this topic; waits for one, undefined when none comes. */
  message(topic: string, withinMs: number): Promise<Uint8Array | undefined>;
  /** As if nothing had come on it yet. */
  forget(topic: string): void;
  close(): void;
}

export type Opened =
  | { kind: 'open'; session: BrokerSession }
  | { kind: 'refused'; error: Error & { code?: unknown } };

interface Access {
  config: Config;
  secrets: Secrets | null;
  signal: AbortSignal;
}

/** Connects under a client id of its own; a broker that knows no MQTT 5 is asked in 3.1.1. */
export async function openSession(broker: BrokerAddress, access: Access): Promise<Opened> {
  const { protocolVersion } = access.config.mqtt;
  const opened = await open(broker, access, protocolVersion);
  const older = opened.kind === 'refused' && protocolVersion === 5 && knowsNoMqtt5(opened.error);
  return older ? await open(broker, access, 4) : opened;
}

async function open(
  broker: BrokerAddress,
  { config, secrets, signal }: Access,
  protocolVersion: 5 | 4,
): Promise<Opened> {
  let client: MqttClient;
  try {
    const password = secrets?.mqttPassword;
    client = openBrokerClient(
      broker,
      { ...config.mqtt, password, protocolVersion },
      {
        clientId: `beacon-${config.terminal.id}-doctor-${randomBytes(3).toString('hex')}`,
        cleanStart: true,
        sessionExpirySeconds: 0,
        keepAliveSeconds: KEEP_ALIVE_SECONDS,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        maximumPacketBytes: LARGEST_PACKET,
      },
    );
  } catch (error) {
    return { kind: 'refused', error: error as Error };
  }
  const newest = new Map<string, Uint8Array>();
  client.on('message', (topic, payload) => newest.set(topic, payload));
  const ended = new Promise<Error>((resolve) => {
    client.on('error', resolve);
    client.on('close', () => resolve(new Error('the broker closed the connection')));
    signal.addEventListener('abort', () => resolve(new Error('no answer in time')));
  });
  const refused = await Promise.race([
    ended,
    new Promise<undefined>((resolve) => client.once('connect', () => resolve(undefined))),
  ]);
  if (refused !== undefined) {
    client.end(true);
    return { kind: 'refused', error: refused };
  }
  signal.addEventListener('abort', () => client.end(true));
  return { kind: 'open', session: sessionOf(client, { newest, ended, protocolVersion }) };
}

function sessionOf(
  client: MqttClient,
  {
    newest,
    ended,
    protocolVersion,
  }: { newest: Map<string, Uint8Array>; ended: Promise<Error>; protocolVersion: 5 | 4 },
): BrokerSession {
  const lost = ended.then((error) => {
    throw error;
  });
  lost.catch(() => {});
  async function subscribe(topics: string[]): Promise<number[]> {
    // QoS 0: what is meant for the service is heard here as well, and is none of our business.
    const asked = new Promise<number[]>((resolve, reject) => {
      client.subscribe(topics, { qos: 0 }, (error, _asked, answer) => {
        if (answer === undefined) reject(error ?? new Error('no answer to the subscription'));
        else resolve(answer.granted.map(Number));
      });
    });
    return await Promise.race([asked, lost]);
  }
  async function message(topic: string, withinMs: number): Promise<Uint8Array | undefined> {
    const came = new Promise<void>((resolve) => {
      client.on('message', (on) => {
        if (on === topic) resolve();
      });
      setTimeout(resolve, withinMs);
    });
    if (!newest.has(topic)) await Promise.race([came, ended]);
    return newest.get(topic);
  }
  return {
    protocolVersion,
    subscribe,
    message,
    async retained(topic) {
      // Brokers hand it out before they answer what comes behind; a cluster may take a moment longer.
      if (!newest.has(topic)) await subscribe([topic]);
      return await message(topic, RETAINED_GRACE_MS);
    },
    async publishRetained(topic, payload) {
      await Promise.race([client.publishAsync(topic, payload, { qos: 1, retain: true }), lost]);
    },
    forget: (topic) => void newest.delete(topic),
    close: () => void client.end(true),
  };
}
