import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import type { Info, OfflineState, OnlineState } from '../contract/messages.ts';
import { topicsOf } from '../contract/topics.ts';
import { createBackOff } from '../mqtt/back-off.ts';
import { parseBrokerAddress } from '../mqtt/broker-address.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import { knowsNoMqtt5, openBrokerClient, tlsOptions } from '../mqtt/broker-client.ts';
import type { Journal, MerchantLink, MerchantLinkHandlers } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import type { OutgoingMessage, OutgoingQueue, Verdict } from './outgoing-queue.ts';
import { createOutgoingQueue } from './outgoing-queue.ts';
import { createOwnStateWatch } from './own-state-watch.ts';
import { mayReplyTo } from './response-topic.ts';

export interface MqttLinkOptions extends BrokerAccess {
  /** Tried in turn. May carry `user:password@`, which never reaches a log. */
  urls: string[];
  prefix: string;
  terminalId: string;
  bootId: string;
  journal: Pick<Journal, 'outboxAfter' | 'outboxAcknowledged' | 'outboxLength'>;
  logger: Logger;
}

const KEEP_ALIVE_SECONDS = 10;
const SESSION_EXPIRY_SECONDS = 24 * 60 * 60;
const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
/** A connection that lasted this long proves that waits may be short again. */
const PROVEN_AFTER_MS = 5_000;
const MAX_PACKET_BYTES = 64 * 1024;
const MAX_IN_FLIGHT = 16;
const OUTBOX_PAGE = 256;

/** One connection from the first SYN to its end; nothing of it outlives it. */
interface Connection {
  client: MqttClient;
  label: string;
  protocolVersion: 5 | 4;
  queue: OutgoingQueue;
  /** Outbox entries up to here have been handed to this connection's queue. */
  loadedPosition: number;
  /** `performance.now()` of the accepted CONNACK, or null before it. */
  connectedAtMs: number | null;
  ended: boolean;
}

/**
 * The terminal's side of the MQTT contract. Commands are acknowledged once `onCommand` has
 * returned; events leave in the outbox's order and are taken out of it when the broker has
 * acknowledged them; state and info are published again after every connect.
 * @throws TerminalError `config-invalid` for a url or a certificate file that cannot be used
 */
export function createMqttLink(options: MqttLinkOptions): MerchantLink {
  const { prefix, terminalId, bootId, journal, logger } = options;
  const topics = topicsOf(prefix, terminalId);
  const addresses = options.urls.map(parseBrokerAddress);
  if (addresses.length === 0) throw new TerminalError('config-invalid', 'mqtt.url names no broker');
  if (addresses.some((address) => address.secure)) tlsOptions(options);
  const offline = JSON.stringify({ online: false, bootId } satisfies OfflineState);
  const backOff = createBackOff({ firstMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS });

  let handlers: MerchantLinkHandlers | undefined;
  let connection: Connection | undefined;
  let addressIndex = 0;
  /** Brokers that have said they know no MQTT 5. */
  const oldBrokers = new Set<string>();
  let retryTimer: NodeJS.Timeout | undefined;
  let newestState: OnlineState | undefined;
  let newestInfo: Info | undefined;
  let acknowledgedPosition = 0;
  let stopping = false;
  let goodbye: Promise<void> | undefined;

  const ownState = createOwnStateWatch({
    bootId,
    onForeignState: (foreign) => handlers?.onForeignState(foreign),
    onDeclaredOffline() {
      logger.info('a late last will said we are offline; saying again that we are not');
      pushState();
    },
  });

  function start(given: MerchantLinkHandlers) {
    handlers = given;
    attempt();
  }

  function attempt() {
    retryTimer = undefined;
    const address = addresses[addressIndex % addresses.length];
    if (address === undefined || stopping) return;
    const protocolVersion = oldBrokers.has(address.label) ? 4 : options.protocolVersion;
    let client: MqttClient;
    try {
      client = openBrokerClient(
        address,
        { ...options, protocolVersion },
        {
          clientId: `beacon-${terminalId}`,
          cleanStart: false,
          sessionExpirySeconds: SESSION_EXPIRY_SECONDS,
          keepAliveSeconds: KEEP_ALIVE_SECONDS,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          maximumPacketBytes: MAX_PACKET_BYTES,
          will: { topic: topics.state, payload: offline },
        },
      );
    } catch (error) {
      addressIndex += 1;
      retry(address.label, error instanceof Error ? error.message : 'cannot connect');
      return;
    }
    const current: Connection = {
      client,
      label: address.label,
      protocolVersion,
      queue: createOutgoingQueue({
        windowSize: MAX_IN_FLIGHT,
        publish: (message, onVerdict) => publish(current, message, onVerdict),
        onEventsAcknowledged,
        onEventRefused: (message) => end(current, `refuses ${message.topic}`),
      }),
      loadedPosition: acknowledgedPosition,
      connectedAtMs: null,
      ended: false,
    };
    connection = current;
    hear(current);
    client.on('connect', () => connected(current));
    client.on('error', (error) => {
      if (protocolVersion === 5 && knowsNoMqtt5(error)) oldBrokers.add(address.label);
      end(current, error.message);
    });
    client.on('disconnect', (packet) => {
      end(current, `ended the connection (reason ${packet.reasonCode ?? 0})`);
    });
    client.on('close', () => end(current, 'closed the connection'));
  }

  /** What arrives before the connection is ours to use is held: parsing waits for `done`. */
  function hear(current: Connection) {
    let held: (() => void) | undefined;
    current.client.handleMessage = (packet, done) => {
      if (current.connectedAtMs === null) held = () => receive(current, packet, done);
      else receive(current, packet, done);
    };
    current.client.once('connect', () => {
      setImmediate(() => held?.());
    });
  }

  function connected(current: Connection) {
    if (current.ended) return;
    current.connectedAtMs = performance.now();
    logger.info({ broker: current.label }, 'connected to the broker');
    loadOutbox(current);
    if (newestState !== undefined) pushState();
    if (newestInfo !== undefined) pushInfo();
    subscribe(current);
    handlers?.onConnected();
  }

  /** Nothing is published before SUBACK: whoever sees us online can be sure that we listen. */
  function subscribe(current: Connection) {
    current.client.subscribe(
      {
        [topics.allCommands]: { qos: 1, rap: true },
        // QoS 0: an echo that was under way when a former boot died must not be queued for us.
        [topics.state]: { qos: 0, rh: 2 },
      },
      (error) => {
        if (current.ended) return;
        if (error) end(current, `refuses the subscription: ${error.message}`);
        else current.queue.open();
      },
    );
  }

  function receive(current: Connection, packet: IPublishPacket, done: (error?: Error) => void) {
    if (current.ended) return;
    if (stopping) {
      // No PUBACK: the broker keeps the command for the next start.
      done(new Error('stopping'));
      return;
    }
    const payload = Buffer.isBuffer(packet.payload)
      ? packet.payload
      : Buffer.from(packet.payload, 'utf8');
    const name = topics.commandText(packet.topic);
    if (packet.topic === topics.state) {
      if (!packet.retain) ownState.observe(payload);
    } else if (name === undefined) {
      logger.warn({ topic: packet.topic }, 'a message on a topic that is not ours; ignored');
    } else if (payload.length > MAX_PACKET_BYTES) {
      logger.warn({ command: name, bytes: payload.length }, 'a command that is too long; ignored');
    } else if (!command(current, name, payload, packet)) {
      return;
    }
    done();
  }

  /** Whether the command is in safe hands; if not, the broker must deliver it again. */
  function command(
    current: Connection,
    name: string,
    payload: Uint8Array,
    packet: IPublishPacket,
  ): boolean {
    const { responseTopic, correlationData } = packet.properties ?? {};
    try {
      handlers?.onCommand({
        name,
        payload,
        retained: packet.retain,
        replyTo: {
          topic: responseTopic ?? null,
          correlationData: correlationData?.toString('base64') ?? null,
        },
      });
      return true;
    } catch (error) {
      logger.error({ err: error, command: name }, 'a command could not be taken in');
      // MQTT delivers again only on a new connection. The last will says that we are gone.
      end(current, 'is left because a command could not be taken in');
      return false;
    }
  }

  function loadOutbox(current: Connection) {
    try {
      for (;;) {
        const page = journal.outboxAfter(current.loadedPosition, OUTBOX_PAGE);
        for (const entry of page) {
          current.loadedPosition = entry.position;
          current.queue.push({
            kind: 'event',
            topic: topics.event(entry.name),
            payload: JSON.stringify(entry.payload),
            retain: false,
            position: entry.position,
          });
        }
        if (page.length < OUTBOX_PAGE) return;
      }
    } catch (error) {
      logger.error({ err: error }, 'the outbox cannot be read');
    }
  }

  function onEventsAcknowledged(position: number) {
    acknowledgedPosition = Math.max(acknowledgedPosition, position);
    try {
      journal.outboxAcknowledged(position);
    } catch (error) {
      // They are sent once more after the next start: repeats are allowed, gaps are not.
      logger.error({ err: error }, 'acknowledged events cannot be taken out of the outbox');
    }
  }

  function publish(
    current: Connection,
    message: OutgoingMessage,
    onVerdict: (verdict: Verdict) => void,
  ) {
    const { correlationData } = message;
    current.client.publish(
      message.topic,
      message.payload,
      {
        qos: 1,
        retain: message.retain,
        ...(correlationData === undefined ? {} : { properties: { correlationData } }),
      },
      (error) => {
        if (current.ended) return;
        if (error) logger.warn({ topic: message.topic, reason: error.message }, 'publish refused');
        onVerdict(error ? 'refused' : 'acknowledged');
      },
    );
  }

  function live(): Connection | undefined {
    return connection?.connectedAtMs == null || connection.ended ? undefined : connection;
  }

  function pushState() {
    pushRetained('state', topics.state, newestState);
  }

  function pushInfo() {
    pushRetained('info', topics.info, newestInfo);
  }

  function pushRetained(kind: 'state' | 'info', topic: string, value: unknown) {
    if (stopping) return;
    live()?.queue.push({ kind, topic, payload: JSON.stringify(value), retain: true });
  }

  function reply(
    address: Parameters<MerchantLink['reply']>[0],
    answer: Parameters<MerchantLink['reply']>[1],
  ) {
    const current = live();
    if (current === undefined) return;
    const { topic, correlationData } = address;
    const wanted = current.protocolVersion === 5 ? topic : null;
    const allowed = wanted !== null && mayReplyTo(wanted, prefix);
    if (wanted !== null && !allowed) {
      logger.warn({ topic: wanted }, 'not a topic to reply to; replying on the common one');
    }
    const payload = JSON.stringify(answer);
    const limit = current.client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    if (Buffer.byteLength(payload) + MAX_HEADER_BYTES > limit) {
      logger.error({ id: answer.id, limit }, 'a reply is longer than the broker takes; dropped');
      return;
    }
    current.queue.push({
      kind: 'reply',
      topic: allowed ? wanted : topics.reply,
      payload,
      retain: false,
      ...(correlationData === null || current.protocolVersion !== 5
        ? {}
        : { correlationData: Buffer.from(correlationData, 'base64') }),
    });
  }

  function end(current: Connection, why: string) {
    if (current.ended) return;
    current.ended = true;
    const wasConnected = current.connectedAtMs !== null;
    const provenMs = wasConnected ? performance.now() - (current.connectedAtMs ?? 0) : 0;
    if (connection === current) connection = undefined;
    // Without DISCONNECT, so that the broker publishes the last will.
    current.client.end(true);
    if (provenMs >= PROVEN_AFTER_MS) backOff.reset();
    const olderVersion = current.protocolVersion === 5 && oldBrokers.has(current.label);
    if (!wasConnected && !olderVersion) addressIndex += 1;
    if (!stopping) {
      if (olderVersion) retryTimer = setTimeout(attempt, 0);
      else retry(current.label, why);
    }
    if (wasConnected) handlers?.onDisconnected();
  }

  function retry(label: string, why: string) {
    const delayMs = backOff.nextDelayMs();
    logger.warn({ broker: label, why, retryInMs: delayMs }, 'no connection to the broker');
    retryTimer = setTimeout(attempt, delayMs);
  }

  async function sayGoodbye(last: OfflineState, timeoutMs: number): Promise<void> {
    clearTimeout(retryTimer);
    const current = connection;
    if (current === undefined) return;
    if (current.connectedAtMs === null) {
      end(current, 'is not needed any more');
      return;
    }
    const deadline = performance.now() + timeoutMs;
    loadOutbox(current);
    current.queue.push({
      kind: 'state',
      topic: topics.state,
      payload: JSON.stringify(last),
      retain: true,
    });
    const closed = new Promise<void>((resolve) => current.client.once('close', () => resolve()));
    await withinMs(Promise.race([current.queue.drained(), closed]), timeoutMs);
    if (current.ended) return;
    // A clean DISCONNECT: the last will is not needed, the retained state has been said.
    current.client.end(false);
    await withinMs(closed, Math.max(100, deadline - performance.now()));
    end(current, 'has been left');
  }

  return {
    start,
    setState(state) {
      newestState = state;
      pushState();
    },
    setInfo(info) {
      newestInfo = info;
      pushInfo();
    },
    outboxGrew() {
      const current = live();
      if (current !== undefined) loadOutbox(current);
    },
    reply,
    sendTelemetry(telemetry) {
      live()?.client.publish(topics.telemetry, JSON.stringify(telemetry), { qos: 0 });
    },
    stop(last, timeoutMs) {
      stopping = true;
      goodbye ??= sayGoodbye(last, timeoutMs);
      return goodbye;
    },
  };
}

/** Fixed header, topic and properties of a PUBLISH: never more than this. */
const MAX_HEADER_BYTES = 2048;

async function withinMs(promise: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    }),
  ]);
  clearTimeout(timer);
}
