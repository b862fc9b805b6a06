import { pino } from 'pino';
import { createMqttLink } from '../../src/backend/mqtt-link.ts';
import type { InboundCommand, MerchantLink } from '../../src/ports.ts';
import type { Outbox } from './memory-outbox.ts';
import { memoryOutbox } from './memory-outbox.ts';

export interface LinkUnderTest {
  link: MerchantLink;
  outbox: Outbox;
  commands: InboundCommand[];
  foreign: string[];
  logLines: string[];
  counts: { connected: number; disconnected: number };
  start(): void;
  stop(): Promise<void>;
}

/** A link with an outbox in memory, and everything it tells its handlers written down. */
export function linkUnderTest(options: {
  url: string | string[];
  terminalId?: string;
  protocolVersion: 4 | 5;
  bootId?: string;
  outbox?: Outbox;
  username?: string;
  password?: string;
  ca?: string;
  onCommand?: (command: InboundCommand, link: MerchantLink) => void;
}): LinkUnderTest {
  const bootId = options.bootId ?? 'boot-1';
  const outbox = options.outbox ?? memoryOutbox();
  const commands: InboundCommand[] = [];
  const foreign: string[] = [];
  const logLines: string[] = [];
  const counts = { connected: 0, disconnected: 0 };
  const link = createMqttLink({
    urls: [options.url].flat(),
    prefix: 'beacon/1',
    terminalId: options.terminalId ?? 'till-1',
    bootId,
    protocolVersion: options.protocolVersion,
    journal: outbox,
    logger: pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) }),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.password === undefined ? {} : { password: options.password }),
  });
  return {
    link,
    outbox,
    commands,
    foreign,
    logLines,
    counts,
    start() {
      link.start({
        onCommand(command) {
          commands.push(command);
          options.onCommand?.(command, link);
        },
        onConnected() {
          counts.connected += 1;
        },
        onDisconnected() {
          counts.disconnected += 1;
        },
        onForeignState: (id) => foreign.push(id),
      });
    },
    stop: () => link.stop({ online: false, bootId }, 1000),
  };
}
