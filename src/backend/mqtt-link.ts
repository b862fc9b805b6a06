import type { Logger } from 'pino';
import type { Reply } from '../contract/errors.ts';
import type { Info, OfflineState, OnlineState } from '../contract/messages.ts';
import type { ReportedConfig } from '../contract/remote-config.ts';
import { topicsOf } from '../contract/topics.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import type { Connection } from '../mqtt/lasting-connection.ts';
import { createLastingConnection, withinMs } from '../mqtt/lasting-connection.ts';
import { subscribe } from '../mqtt/subscribing.ts';
import type { Journal, MerchantLink, MerchantLinkHandlers, ReplyAddress } from '../ports.ts';
import { attendInbound, MAX_PACKET_BYTES } from './inbound.ts';
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
  /** What arrives on `R/config/desired`; without it nothing is subscribed there. */
  onDesiredConfig?: ((payload: Uint8Array) => void) | undefined;
  journal: Pick<Journal, 'outboxAfter' | 'outboxAcknowledged' | 'outboxLength'>;
  logger: Logger;
}

const KEEP_ALIVE_SECONDS = 10;
const SESSION_EXPIRY_SECONDS = 24 * 60 * 60;
const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const MAX_IN_FLIGHT = 16;
const OUTBOX_PAGE = 256;
/** Fixed header, topic and properties of a PUBLISH: never more than this. */
const MAX_HEADER_BYTES = 2048;
const SHORTEST_GOODBYE_MS = 100;

export interface MqttLink extends MerchantLink {
  /** The newest wins; it is sent again after every connect. */
  setReportedConfig(reported: ReportedConfig): void;
}

/** What one connection has to say: made anew for each, from the journal and the newest state. */
interface Outgoing {
  connection: Connection;
  queue: OutgoingQueue;
  /** Outbox entries up to here have been handed to the queue. */
  loadedPosition: number;
}

/**
 * The terminal's side of the MQTT contract. Commands are acknowledged once `onCommand` has
 * returned; events leave in the outbox's order and are taken out of it when the broker has
 * acknowledged them; state and info are published again after every connect.
 * @throws TerminalError `config-invalid` for a url or a certificate file that cannot be used
 */
export function createMqttLink(options: MqttLinkOptions): MqttLink {
  const { prefix, terminalId, bootId, journal, logger } = options;
  const topics = topicsOf(prefix, terminalId);
  let handlers: MerchantLinkHandlers | undefined;
  let outgoing: Outgoing | undefined;
  let newestState: OnlineState | undefined;
  let newestInfo: Info | undefined;
  let newestReport: ReportedConfig | undefined;
  let acknowledgedPosition = 0;
  let stopping = false;
  let goodbye: Promise<void> | undefined;

  const ownState = createOwnStateWatch({
    bootId,
    onForeignState: (foreign) => handlers?.onForeignState(foreign),
    onDeclaredOffline() {
      logger.info('a late last will said we are offline; saying again that we are not');
      pushRetained('state', newestState);
    },
  });

  const lasting = createLastingConnection({
    urls: options.urls,
    access: options,
    session: {
      clientId: `beacon-${terminalId}`,
      cleanStart: false,
      sessionExpirySeconds: SESSION_EXPIRY_SECONDS,
      keepAliveSeconds: KEEP_ALIVE_SECONDS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maximumPacketBytes: MAX_PACKET_BYTES,
      will: {
        topic: topics.state,
        payload: JSON.stringify({ online: false, bootId } satisfies OfflineState),
      },
    },
    firstRetryMs: FIRST_RETRY_MS,
    longestRetryMs: LONGEST_RETRY_MS,
    onOpening(connection) {
      attendInbound(connection, {
        topics,
        ownState,
        logger,
        closed: () => stopping,
        onCommand: (command) => handlers?.onCommand(command),
        onDesiredConfig: options.onDesiredConfig,
      });
    },
    onConnected,
    onEnded({ label, why, wasConnected, retryInMs }) {
      outgoing = undefined;
      if (!stopping) logger.warn({ broker: label, why, retryInMs }, 'no connection to the broker');
      if (wasConnected) handlers?.onDisconnected();
    },
  });

  function onConnected(connection: Connection) {
    logger.info({ broker: connection.label }, 'connected to the broker');
    const opened: Outgoing = {
      connection,
      queue: createOutgoingQueue({
        windowSize: MAX_IN_FLIGHT,
        publish: (message, onVerdict) => publish(connection, message, onVerdict),
        onEventsAcknowledged,
        onEventRefused: (message) => connection.drop(`refuses ${message.topic}`),
      }),
      loadedPosition: acknowledgedPosition,
    };
    outgoing = opened;
    loadOutbox(opened);
    if (newestState !== undefined) pushRetained('state', newestState);
    if (newestInfo !== undefined) pushRetained('info', newestInfo);
    if (newestReport !== undefined) pushRetained('reportedConfig', newestReport);
    listen(opened);
    handlers?.onConnected();
  }

  /** Nothing is published before the last SUBACK: whoever sees us online can be sure that we listen. */
  function listen({ connection, queue }: Outgoing) {
    const wanted = {
      [topics.allCommands]: { qos: 1, rap: true },
      // QoS 0: an echo that was under way when a former boot died must not be queued for us.
      [topics.state]: { qos: 0, rh: 2 },
    } as const;
    subscribe(connection, wanted, {
      onSubscribed() {
        queue.open();
        listenForConfig(connection);
      },
      onRefused: connection.leave,
    });
  }

  /** By itself: a broker whose rights are older than this topic may refuse it, and sales go on. */
  function listenForConfig(connection: Connection) {
    if (options.onDesiredConfig === undefined) return;
    subscribe(
      connection,
      { [topics.desiredConfig]: { qos: 1 } },
      {
        onSubscribed: () => undefined,
        onRefused: (reason) => logger.warn({ reason }, 'no configuration from afar'),
      },
    );
  }

  function loadOutbox(to: Outgoing) {
    try {
      for (;;) {
        const page = journal.outboxAfter(to.loadedPosition, OUTBOX_PAGE);
        for (const entry of page) {
          to.loadedPosition = entry.position;
          to.queue.push({
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
    connection: Connection,
    { topic, payload, retain, correlationData }: OutgoingMessage,
    onVerdict: (verdict: Verdict) => void,
  ) {
    const properties = correlationData === undefined ? {} : { properties: { correlationData } };
    const confirmed = connection.awaitConfirmation(topic);
    connection.client.publish(topic, payload, { qos: 1, retain, ...properties }, (error) => {
      confirmed();
      if (connection.ended) return;
      if (error) logger.warn({ topic, reason: error.message }, 'publish refused');
      onVerdict(error ? 'refused' : 'acknowledged');
    });
  }

  function pushRetained(kind: 'state' | 'info' | 'reportedConfig', value: unknown) {
    if (stopping) return;
    const payload = JSON.stringify(value);
    outgoing?.queue.push({ kind, topic: topics[kind], payload, retain: true });
  }

  function reply(address: ReplyAddress, answer: Reply) {
    if (outgoing === undefined) return;
    const { client, protocolVersion } = outgoing.connection;
    const wanted = protocolVersion === 5 ? address.topic : null;
    const allowed = wanted !== null && mayReplyTo(wanted, prefix);
    if (wanted !== null && !allowed) {
      logger.warn({ topic: wanted }, 'not a topic to reply to; replying on the common one');
    }
    const payload = JSON.stringify(answer);
    const limit = client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    if (Buffer.byteLength(payload) + MAX_HEADER_BYTES > limit) {
      logger.error({ id: answer.id, limit }, 'a reply is longer than the broker takes; dropped');
      return;
    }
    outgoing.queue.push({
      kind: 'reply',
      topic: allowed ? wanted : topics.reply,
      payload,
      retain: false,
      ...(address.correlationData === null || protocolVersion !== 5
        ? {}
        : { correlationData: Buffer.from(address.correlationData, 'base64') }),
    });
  }

  async function sayGoodbye(last: OfflineState, timeoutMs: number): Promise<void> {
    lasting.finish();
    if (outgoing === undefined) return;
    const { connection, queue } = outgoing;
    const deadline = performance.now() + timeoutMs;
    loadOutbox(outgoing);
    const payload = JSON.stringify(last);
    queue.push({ kind: 'state', topic: topics.state, payload, retain: true });
    const closed = new Promise<void>((resolve) => connection.client.once('close', resolve));
    await withinMs(Promise.race([queue.drained(), closed]), timeoutMs);
    await lasting.disconnect(Math.max(SHORTEST_GOODBYE_MS, deadline - performance.now()));
  }

  return {
    start(given) {
      handlers = given;
      lasting.start();
    },
    setState(state) {
      newestState = state;
      pushRetained('state', state);
    },
    setInfo(info) {
      newestInfo = info;
      pushRetained('info', info);
    },
    setReportedConfig(reported) {
      newestReport = reported;
      pushRetained('reportedConfig', reported);
    },
    outboxGrew() {
      if (outgoing === undefined) return;
      loadOutbox(outgoing);
      // mqtt.js holds bytes back until the tick is over; the event need not wait for its state.
      outgoing.connection.client.stream.uncork();
    },
    reply,
    sendTelemetry(telemetry) {
      outgoing?.connection.client.publish(topics.telemetry, JSON.stringify(telemetry), { qos: 0 });
    },
    stop(last, timeoutMs) {
      stopping = true;
      goodbye ??= sayGoodbye(last, timeoutMs);
      return goodbye;
    },
  };
}
