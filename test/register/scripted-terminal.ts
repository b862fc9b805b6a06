import { pino } from 'pino';
import { createMqttLink } from '../../src/backend/mqtt-link.ts';
import type { Reply } from '../../src/contract/errors.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import type { InboundCommand, MerchantLink } from '../../src/ports.ts';
import { memoryOutbox } from '../backend/memory-outbox.ts';
import { sampleRefund, sampleSnapshot, sampleState } from '../backend/samples.ts';

// biome-ignore lint/suspicious/noExplicitAny: scripts look into payloads of every shape
export type Heard = InboundCommand & { body: any };

export interface ScriptedTerminal {
  link: MerchantLink;
  heard: Heard[];
  /** Publishes a payment event as a terminal does: event, then state. */
  say(payment: Partial<PaymentSnapshot>): void;
  /** Likewise a refund event. */
  sayRefund(refund: Partial<RefundSnapshot>): void;
  answer(command: Heard, reply: Reply): void;
  stop(): Promise<void>;
}

/** The terminal's link with a script in place of the engine. */
export function scriptedTerminal(options: {
  url: string;
  protocolVersion: 4 | 5;
  bootId?: string;
  script(command: Heard, terminal: ScriptedTerminal): void;
}): ScriptedTerminal {
  const bootId = options.bootId ?? 'boot-1';
  const outbox = memoryOutbox();
  const heard: Heard[] = [];
  let seq = 0;
  const link = createMqttLink({
    urls: [options.url],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    bootId,
    protocolVersion: options.protocolVersion,
    journal: outbox,
    logger: pino({ level: 'silent' }),
  });
  const terminal: ScriptedTerminal = {
    link,
    heard,
    say(payment) {
      seq += 1;
      outbox.append('payment', sampleSnapshot({ bootId, seq, ...payment }));
      link.outboxGrew();
      link.setState(sampleState({ bootId, seq }));
    },
    sayRefund(refund) {
      seq += 1;
      outbox.append('refund', sampleRefund({ bootId, seq, ...refund }));
      link.outboxGrew();
      link.setState(sampleState({ bootId, seq }));
    },
    answer: (command, reply) => link.reply(command.replyTo, reply),
    stop: () => link.stop({ online: false, bootId }, 1000),
  };
  link.setState(sampleState({ bootId }));
  link.setInfo({
    terminalId: 'till-1',
    software: { name: 'beacon-terminal', version: '0.0.0' },
    beaconId: null,
    posId: null,
    posName: 'Kasse 1',
    store: null,
    currency: 'EUR',
    platform: 'pos-v10',
    capabilities: [],
  });
  link.start({
    onCommand(command) {
      const body: unknown = JSON.parse(Buffer.from(command.payload).toString());
      const entry: Heard = { ...command, body };
      heard.push(entry);
      options.script(entry, terminal);
    },
    onConnected: () => undefined,
    onDisconnected: () => undefined,
    onForeignState: () => undefined,
  });
  return terminal;
}
