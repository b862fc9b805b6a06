import { randomBytes } from 'node:crypto';
import type { IPublishPacket } from 'mqtt';
import type { Logger } from 'pino';
import type { CommandPayload } from '../contract/commands.ts';
import { topicsOf } from '../contract/topics.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import type { Connection } from '../mqtt/lasting-connection.ts';
import { createLastingConnection } from '../mqtt/lasting-connection.ts';
import { subscribe } from '../mqtt/subscribing.ts';
import { TerminalError } from '../terminal-error.ts';
import type { InFlightWindow } from './in-flight-window.ts';
import { createInFlightWindow } from './in-flight-window.ts';
import { HINT_LIVES_SECONDS } from './notification.ts';
import type { TerminalDirectory } from './terminal-directory.ts';
import { createTerminalDirectory } from './terminal-directory.ts';

export interface BrokerLinkOptions extends BrokerAccess {
  /** Tried in turn. */
  urls: string[];
  prefix: string;
  logger: Logger;
  /** The retained infos are known, after the first and every later connect. */
  onReady(): void;
}

export interface BrokerLink {
  start(): void;
  readonly connected: boolean;
  /** Undefined while not connected, and until the retained infos have come in. */
  readonly directory: TerminalDirectory | undefined;
  /**
   * Resolves when the broker has acknowledged the command. Nothing waits for a lost connection to
   * come back.
   * @throws TerminalError `unreachable` when the broker is away, refuses it, or is silent for 2 s
   */
  deliver(terminalId: string, command: CommandPayload<'checkin/notify'>): Promise<void>;
  stop(timeoutMs: number): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const KEEP_ALIVE_SECONDS = 10;
const MAX_PACKET_BYTES = 64 * 1024;
const MAX_IN_FLIGHT = 16;
const CONFIRMED_WITHIN_MS = 2_000;
/** MQTT does not say which retained message is the last one; a silence does. */
const QUIET_MS = 500;

/** What is known and under way on one connection; a new one begins with nothing. */
interface Session {
  connection: Connection;
  directory: TerminalDirectory;
  /** The retained infos have come in. */
  settled: boolean;
  quietTimer: NodeJS.Timeout | undefined;
  window: InFlightWindow;
}

/**
 * A gateway's connection to the broker. Its client id is its own and its session ends with it, so
 * that any number of gateways stand side by side.
 * @throws TerminalError `config-invalid` for a url or a certificate file that cannot be used
 */
export function createBrokerLink(options: BrokerLinkOptions): BrokerLink {
  const { prefix, logger } = options;
  const clientId = `gateway-${randomBytes(6).toString('hex')}`;
  let session: Session | undefined;

  const lasting = createLastingConnection({
    urls: options.urls,
    access: options,
    session: {
      clientId,
      cleanStart: true,
      sessionExpirySeconds: 0,
      keepAliveSeconds: KEEP_ALIVE_SECONDS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maximumPacketBytes: MAX_PACKET_BYTES,
    },
    firstRetryMs: FIRST_RETRY_MS,
    longestRetryMs: LONGEST_RETRY_MS,
    onOpening(connection) {
      connection.client.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) => {
        if (session?.connection === connection) onInfo(session, topic, payload, packet.retain);
      });
    },
    onConnected(connection) {
      const limit = connection.client.serverProperties?.receiveMaximum ?? MAX_IN_FLIGHT;
      const opened: Session = {
        connection,
        directory: createTerminalDirectory(),
        settled: false,
        quietTimer: undefined,
        window: createInFlightWindow(Math.min(MAX_IN_FLIGHT, limit)),
      };
      session = opened;
      listen(opened);
    },
    onEnded({ label, why, retryInMs }) {
      clearTimeout(session?.quietTimer);
      session = undefined;
      if (retryInMs === null) return;
      logger.warn({ broker: label, why, retryInMs }, 'no connection to the broker');
    },
  });

  function listen(opened: Session) {
    const { connection } = opened;
    subscribe(
      connection,
      { [topicsOf(prefix, '+').info]: { qos: 1 } },
      { onSubscribed: () => awaitQuiet(opened), onRefused: connection.leave },
    );
  }

  function awaitQuiet(opened: Session) {
    clearTimeout(opened.quietTimer);
    opened.quietTimer = setTimeout(() => {
      opened.quietTimer = undefined;
      opened.settled = true;
      const { connection, directory } = opened;
      logger.info(
        { broker: connection.label, clientId, terminals: directory.size },
        'connected to the broker, terminals known',
      );
      options.onReady();
    }, QUIET_MS);
  }

  function onInfo(at: Session, topic: string, payload: Buffer, retained: boolean) {
    const terminalId = topic.slice(prefix.length + 1, -'/info'.length);
    if (!at.directory.note(terminalId, payload)) {
      logger.warn({ terminalId }, 'an info that is none; the terminal gets no notifications');
    }
    if (retained && at.quietTimer !== undefined) awaitQuiet(at);
  }

  function publish(
    { connection }: Session,
    terminalId: string,
    command: CommandPayload<'checkin/notify'>,
    onVerdict: (error: Error | undefined) => void,
  ) {
    const topics = topicsOf(prefix, terminalId);
    const properties =
      connection.protocolVersion === 5
        ? {
            properties: {
              messageExpiryInterval: HINT_LIVES_SECONDS,
              // Nobody reads the answer; without this, registers would find it among theirs.
              responseTopic: `${topics.reply}/${clientId}`,
            },
          }
        : {};
    const topic = topics.command('checkin/notify');
    const confirmed = connection.awaitConfirmation(topic);
    connection.client.publish(
      topic,
      JSON.stringify(command),
      { qos: 1, ...properties },
      (error) => {
        confirmed();
        onVerdict(error ?? undefined);
      },
    );
  }

  function deliver(terminalId: string, command: CommandPayload<'checkin/notify'>): Promise<void> {
    const at = session;
    if (at === undefined) return Promise.reject(unreachable('no connection to the broker'));
    return new Promise((resolve, reject) => {
      let over = false;
      const timer = setTimeout(() => {
        finish(`the broker did not confirm within ${CONFIRMED_WITHIN_MS} ms`);
      }, CONFIRMED_WITHIN_MS);
      at.window.enter((leave) => {
        if (over) {
          leave();
          return;
        }
        publish(at, terminalId, command, (error) => {
          leave();
          finish(error === undefined ? undefined : `the broker did not take it: ${error.message}`);
        });
      });

      function finish(why: string | undefined) {
        if (over) return;
        over = true;
        clearTimeout(timer);
        if (why === undefined) resolve();
        else reject(unreachable(why));
      }
    });
  }

  return {
    start: () => lasting.start(),
    get connected() {
      return session !== undefined;
    },
    get directory() {
      return session?.settled ? session.directory : undefined;
    },
    deliver,
    stop: (timeoutMs) => lasting.disconnect(timeoutMs),
  };
}

function unreachable(why: string): TerminalError {
  return new TerminalError('unreachable', why, { retry: 'safe' });
}
