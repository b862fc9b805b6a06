import { expect } from 'vitest';
import { replySchema } from '../../src/contract/errors.ts';
import {
  eventSchemas,
  type Info,
  infoSchema,
  type OfflineState,
  type OnlineState,
  onlineStateSchema,
  type Telemetry,
  telemetrySchema,
} from '../../src/contract/messages.ts';
import type { Journal, MerchantLink, MerchantLinkHandlers } from '../../src/ports.ts';
import type { Noted } from './trace.ts';

const PAGE = 100;

export type FakeLink = MerchantLink & {
  handlers: () => MerchantLinkHandlers;
  connect(): void;
  disconnect(): void;
  state: () => OnlineState | undefined;
  info: () => Info | undefined;
  telemetry: Telemetry[];
  stoppedWith: () => OfflineState | undefined;
  die(): void;
};

/** The register's side of one boot: takes events out of the journal's outbox as a broker would. */
export function createFakeLink(options: {
  journal: Pick<Journal, 'outboxAfter' | 'outboxAcknowledged'>;
  note: Noted;
  /** Whether the broker is there when the terminal starts. */
  connected: boolean;
}): FakeLink {
  const { journal, note } = options;
  let handlers: MerchantLinkHandlers | undefined;
  let connected = false;
  let dead = false;
  let state: OnlineState | undefined;
  let info: Info | undefined;
  let last: OfflineState | undefined;
  let position = 0;
  const telemetry: Telemetry[] = [];

  function sendOutbox(): void {
    if (!connected || dead) return;
    for (;;) {
      const entries = journal.outboxAfter(position, PAGE);
      for (const { name, payload, position: at } of entries) {
        eventSchemas[name].parse(payload);
        position = at;
        note({ kind: 'event', name, payload });
        journal.outboxAcknowledged(at);
      }
      if (entries.length < PAGE) return;
    }
  }

  function connect(): void {
    if (connected || dead) return;
    connected = true;
    sendOutbox();
    if (state !== undefined) note({ kind: 'state', state });
    handlers?.onConnected();
  }

  return {
    start(given) {
      handlers = given;
      if (options.connected) connect();
    },
    setState(next) {
      if (dead) return;
      onlineStateSchema.parse(next);
      state = next;
      if (connected) note({ kind: 'state', state: next });
    },
    setInfo(next) {
      infoSchema.parse(next);
      info = next;
    },
    outboxGrew: sendOutbox,
    reply(address, reply) {
      replySchema.parse(reply);
      if (connected && !dead) note({ kind: 'reply', address, reply });
    },
    sendTelemetry(figures) {
      telemetrySchema.parse(figures);
      telemetry.push(figures);
    },
    async stop(offline) {
      last = offline;
      connected = false;
      // As the real one tells when its connection has closed.
      handlers?.onDisconnected();
    },
    handlers() {
      expect(handlers, 'the engine has started its link').toBeDefined();
      return handlers as MerchantLinkHandlers;
    },
    connect,
    disconnect() {
      connected = false;
      handlers?.onDisconnected();
    },
    state: () => state,
    info: () => info,
    telemetry,
    stoppedWith: () => last,
    die() {
      dead = true;
    },
  };
}
