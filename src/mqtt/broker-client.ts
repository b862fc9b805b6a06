import { readFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import { TerminalError } from '../terminal-error.ts';
import type { BrokerAddress } from './broker-address.ts';

/** How to be let in: shared by the terminal's link and the reference client of a register. */
export interface BrokerAccess {
  username?: string | undefined;
  password?: string | undefined;
  /** Each a file path, or the PEM text itself. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  protocolVersion: 5 | 4;
}

export interface BrokerSession {
  clientId: string;
  cleanStart: boolean;
  sessionExpirySeconds: number;
  keepAliveSeconds: number;
  connectTimeoutMs: number;
  maximumPacketBytes: number;
  will?: { topic: string; payload: string };
}

function pem(source: string | undefined, name: string): string | undefined {
  if (source === undefined || source === '') return undefined;
  if (source.includes('-----BEGIN')) return source;
  try {
    return readFileSync(source, 'utf8');
  } catch (cause) {
    throw new TerminalError('config-invalid', `mqtt.${name}: ${source} cannot be read`, { cause });
  }
}

/**
 * The TLS part of the options, read anew at each call so that renewed certificates are picked up.
 * @throws TerminalError `config-invalid` naming the key whose file cannot be read
 */
export function tlsOptions(access: BrokerAccess): IClientOptions {
  const ca = pem(access.ca, 'ca');
  const cert = pem(access.cert, 'cert');
  const key = pem(access.key, 'key');
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  } as IClientOptions;
}

/**
 * Opens one connection that lives once: mqtt.js neither reconnects nor resubscribes, because its
 * in-memory store would send again out of order what the outbox sends again in order.
 * TCP_NODELAY is set as soon as the socket is connected: with Nagle's algorithm each QoS 1 message
 * waits some 40 ms for a delayed ACK.
 * @throws TerminalError `config-invalid` when a certificate file cannot be read
 */
export function openBrokerClient(
  address: BrokerAddress,
  access: BrokerAccess,
  session: BrokerSession,
): MqttClient {
  const version5 = access.protocolVersion === 5;
  const username = access.username ?? address.username;
  const password = access.password ?? address.password;
  const webSocket = address.protocol === 'ws' || address.protocol === 'wss';
  const bracketed = webSocket && address.host.includes(':') ? `[${address.host}]` : address.host;
  const client = connect({
    protocol: address.protocol,
    host: bracketed,
    hostname: bracketed,
    port: address.port,
    ...(webSocket ? { path: address.path } : {}),
    ...(address.secure ? tlsOptions(access) : {}),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    protocolVersion: access.protocolVersion,
    clientId: session.clientId,
    clean: session.cleanStart,
    keepalive: session.keepAliveSeconds,
    connectTimeout: session.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Its debug output would show the CONNECT packet, password included.
    log: () => undefined,
    ...(version5
      ? {
          properties: {
            sessionExpiryInterval: session.sessionExpirySeconds,
            maximumPacketSize: session.maximumPacketBytes,
          },
        }
      : {}),
    ...(session.will === undefined
      ? {}
      : {
          will: {
            topic: session.will.topic,
            payload: Buffer.from(session.will.payload),
            qos: 1,
            retain: true,
            ...(version5 ? { properties: { willDelayInterval: 0 } } : {}),
          },
        }),
  });
  const stream = client.stream;
  stream.once('connect', () => {
    if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true);
  });
  return client;
}

/** CONNACK codes for "unacceptable protocol version", in 3.1.1 and in 5. */
const VERSION_REFUSED = new Set<unknown>([1, 132]);

/** Whether a broker turned us away only because it does not speak MQTT 5. */
export function knowsNoMqtt5(error: Error): boolean {
  return error.message.startsWith('Connection refused') && VERSION_REFUSED.has(codeOf(error));
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
