import type { IPublishPacket } from 'mqtt';
import type { Logger } from 'pino';
import type { Topics } from '../contract/topics.ts';
import type { Connection } from '../mqtt/lasting-connection.ts';
import type { InboundCommand } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import type { OwnStateWatch } from './own-state-watch.ts';

export const MAX_PACKET_BYTES = 64 * 1024;

export interface InboundOptions {
  topics: Topics;
  ownState: OwnStateWatch;
  logger: Logger;
  /** While true nothing is taken in; the broker keeps it for the next start. */
  closed(): boolean;
  /** Undefined where nobody listens. */
  onDesiredConfig?: ((payload: Uint8Array) => void) | undefined;
  /** Must have journalled the command when it returns. */
  onCommand(command: InboundCommand): void;
}

/**
 * Attends to what arrives on one connection. The PUBACK of a command waits until `onCommand` has
 * returned; if it throws there is none, and the connection is dropped, because MQTT delivers again
 * only on a new one. Without a journal it stays, so that everybody sees what is wrong: the process
 * starts over, and connects anew, when there is one.
 */
export function attendInbound(connection: Connection, options: InboundOptions): void {
  const { topics, ownState, logger, onCommand } = options;
  const { client } = connection;
  let held: (() => void) | undefined;

  // What a broker had queued can arrive before mqtt.js says "connect"; the parser waits for `done`.
  client.handleMessage = (packet, done) => {
    if (connection.connectedAtMs === null) held = () => receive(packet, done);
    else receive(packet, done);
  };
  client.once('connect', () => {
    setImmediate(() => held?.());
  });

  function receive(packet: IPublishPacket, done: (error?: Error) => void) {
    if (connection.ended) return;
    if (options.closed()) {
      // An error here means no PUBACK, while acknowledgements of ours are still heard.
      done(new Error('closed'));
      return;
    }
    const payload = Buffer.isBuffer(packet.payload)
      ? packet.payload
      : Buffer.from(packet.payload, 'utf8');
    const name = topics.commandText(packet.topic);
    if (packet.topic === topics.state) {
      if (!packet.retain) ownState.observe(payload);
    } else if (packet.topic === topics.desiredConfig) {
      options.onDesiredConfig?.(payload);
    } else if (name === undefined) {
      logger.warn({ topic: packet.topic }, 'a message on a topic that is not ours; ignored');
    } else if (payload.length > MAX_PACKET_BYTES) {
      logger.warn({ command: name, bytes: payload.length }, 'a command that is too long; ignored');
    } else {
      takeIn(name, payload, packet, done);
      return;
    }
    done();
  }

  function takeIn(
    name: string,
    payload: Uint8Array,
    packet: IPublishPacket,
    done: (error?: Error) => void,
  ): void {
    const { responseTopic, correlationData } = packet.properties ?? {};
    try {
      onCommand({
        name,
        payload,
        retained: packet.retain,
        replyTo: {
          topic: responseTopic ?? null,
          correlationData: correlationData?.toString('base64') ?? null,
        },
      });
      done();
    } catch (error) {
      logger.error({ err: error, command: name }, 'a command could not be taken in');
      if (isJournalFailure(error)) done(error);
      else connection.drop('is left because a command could not be taken in');
    }
  }
}

function isJournalFailure(error: unknown): error is TerminalError {
  return error instanceof TerminalError && ['journal-damaged', 'disk-full'].includes(error.code);
}
