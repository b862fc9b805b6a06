import type { MqttClient } from 'mqtt';
import { TerminalError } from '../terminal-error.ts';
import { createBackOff } from './back-off.ts';
import type { BrokerAddress } from './broker-address.ts';
import { parseBrokerAddress } from './broker-address.ts';
import type { BrokerAccess, BrokerSession } from './broker-client.ts';
import { knowsNoMqtt5, openBrokerClient, tlsOptions } from './broker-client.ts';

/** A connection that lasted this long proves that waits may be short again. */
const PROVEN_AFTER_MS = 5_000;
/** A node of a cluster that has lost its majority lets everybody in, and confirms nothing. */
const CONFIRMED_WITHIN_MS = 15_000;

/** One connection from the first SYN to its end; nothing of it outlives it. */
export interface Connection {
  readonly client: MqttClient;
  /** `host:port` */
  readonly label: string;
  readonly protocolVersion: 5 | 4;
  /** `performance.now()` of the accepted CONNACK, or null before it. */
  readonly connectedAtMs: number | null;
  readonly ended: boolean;
  /**
   * To be called when something was sent that the broker must confirm. A broker that does not is left
   * for the next one. Returns what tells that it did.
   */
  awaitConfirmation(of: string): () => void;
  /** Drops it without DISCONNECT, so that the broker publishes the last will; then back-off. */
  drop(why: string): void;
  /** Drops it, and tries the next broker first. */
  leave(why: string): void;
}

export interface Ending {
  label: string;
  why: string;
  wasConnected: boolean;
  /** When the next attempt follows, or null if none does. */
  retryInMs: number | null;
  /** The broker is there, but knows no MQTT 5: 3.1.1 follows at once. */
  olderVersionFollows: boolean;
}

export interface LastingConnectionOptions {
  /** Tried in turn. May carry `user:password@`, which never reaches a label. */
  urls: string[];
  access: BrokerAccess;
  session: BrokerSession;
  firstRetryMs: number;
  longestRetryMs: number;
  /** A new client, before anything has arrived on it. */
  onOpening(connection: Connection): void;
  onConnected(connection: Connection): void;
  onEnded(ending: Ending): void;
}

export interface LastingConnection {
  start(): void;
  /** The connection that the broker has accepted, if there is one. */
  live(): Connection | undefined;
  /** No more attempts; what is connected stays so. */
  finish(): void;
  /** Says DISCONNECT, so that no last will follows; waits at most `timeoutMs` for the end. */
  disconnect(timeoutMs: number): Promise<void>;
}

/**
 * Keeps a connection to one of several brokers. Each attempt has a fresh client; waits grow with
 * full jitter; a refused CONNACK is no reason to give up; a broker that says it knows no MQTT 5 is
 * spoken to in 3.1.1 from then on.
 * @throws TerminalError `config-invalid` for a url or a certificate file that cannot be used
 */
export function createLastingConnection(options: LastingConnectionOptions): LastingConnection {
  const { access, session } = options;
  const addresses = options.urls.map(parseBrokerAddress);
  if (addresses.length === 0) throw new TerminalError('config-invalid', 'no MQTT broker is named');
  if (addresses.some((address) => address.secure)) tlsOptions(access);
  const backOff = createBackOff({ firstMs: options.firstRetryMs, maxMs: options.longestRetryMs });
  const oldBrokers = new Set<string>();
  let turn = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let current: Connection | undefined;
  let finished = false;

  function attempt() {
    const address = addresses[turn % addresses.length];
    if (address === undefined || finished) return;
    const protocolVersion = oldBrokers.has(address.label) ? 4 : access.protocolVersion;
    let client: MqttClient;
    try {
      client = openBrokerClient(address, { ...access, protocolVersion }, session);
    } catch (error) {
      turn += 1;
      const why = error instanceof Error ? error.message : 'cannot connect';
      const retryInMs = retryAfter(backOff.nextDelayMs());
      options.onEnded({
        label: address.label,
        why,
        wasConnected: false,
        retryInMs,
        olderVersionFollows: false,
      });
      return;
    }
    follow(client, address, protocolVersion);
  }

  function follow(client: MqttClient, address: BrokerAddress, protocolVersion: 5 | 4) {
    const connection = {
      client,
      label: address.label,
      protocolVersion,
      connectedAtMs: null as number | null,
      ended: false,
      awaitConfirmation(of: string) {
        const timer = setTimeout(() => {
          connection.leave(`has not confirmed ${of} within ${CONFIRMED_WITHIN_MS / 1000} s`);
        }, CONFIRMED_WITHIN_MS);
        timer.unref();
        return () => clearTimeout(timer);
      },
      drop(why: string) {
        if (connection.ended) return;
        connection.ended = true;
        client.end(true);
        ended(connection, why);
      },
      leave(why: string) {
        if (connection.ended) return;
        turn += 1;
        connection.drop(why);
      },
    };
    current = connection;
    client.on('connect', () => {
      if (connection.ended) return;
      connection.connectedAtMs = performance.now();
      options.onConnected(connection);
    });
    client.on('error', (error) => {
      if (protocolVersion === 5 && knowsNoMqtt5(error)) oldBrokers.add(address.label);
      connection.drop(error.message);
    });
    client.on('disconnect', (packet) => {
      connection.drop(`ended the connection (reason ${packet.reasonCode ?? 0})`);
    });
    client.on('close', () => connection.drop('closed the connection'));
    options.onOpening(connection);
  }

  function ended(connection: Connection, why: string) {
    current = undefined;
    const { label, connectedAtMs } = connection;
    const wasConnected = connectedAtMs !== null;
    if (wasConnected && performance.now() - connectedAtMs >= PROVEN_AFTER_MS) backOff.reset();
    const olderVersionFollows = connection.protocolVersion === 5 && oldBrokers.has(label);
    if (!wasConnected && !olderVersionFollows) turn += 1;
    const retryInMs = retryAfter(olderVersionFollows ? 0 : backOff.nextDelayMs());
    options.onEnded({ label, why, wasConnected, retryInMs, olderVersionFollows });
  }

  function retryAfter(delayMs: number): number | null {
    if (finished) return null;
    retryTimer = setTimeout(attempt, delayMs);
    return delayMs;
  }

  const live = () => (current?.connectedAtMs == null ? undefined : current);

  function finish() {
    finished = true;
    clearTimeout(retryTimer);
    if (live() === undefined) current?.drop('is not needed any more');
  }

  return {
    start: attempt,
    live,
    finish,
    async disconnect(timeoutMs) {
      finish();
      const last = live();
      if (last === undefined) return;
      const closed = new Promise<void>((resolve) => last.client.once('close', () => resolve()));
      last.client.end(false);
      await withinMs(closed, timeoutMs);
      last.drop('has been left');
    },
  };
}

/** Waits for a promise, but not for ever. */
export async function withinMs(promise: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    }),
  ]);
  clearTimeout(timer);
}
