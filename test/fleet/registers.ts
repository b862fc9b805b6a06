import type { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';
import type { Reply } from '../../src/contract/errors.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';

interface Heard {
  bootId: string;
  /** Text of each event, by its number; [0] is empty. */
  events: string[];
  stateSeq: number;
  online: boolean;
}

export interface Sale {
  terminalId: string;
  orderId: string;
  command: string;
  sentAtMs: number;
  /** Until the answer; null: none came yet. */
  answeredAfterMs: number | null;
  reply: Reply | undefined;
  newest: PaymentSnapshot | undefined;
}

const REPEAT_AFTER_MS = 5_000;

/** The registers of the whole fleet in one client; it writes down what must not get lost. */
export class Registers {
  readonly sales = new Map<string, Sale>();
  readonly terminals = new Map<string, Heard>();
  readonly problems: string[] = [];
  messages = 0;
  onSnapshot: (sale: Sale, snapshot: PaymentSnapshot) => void = () => {};
  readonly #client: MqttClient;
  readonly #repeat: NodeJS.Timeout;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload) => this.#hear(topic, payload.toString()));
    this.#repeat = setInterval(() => this.#repeatUnanswered(), REPEAT_AFTER_MS);
  }

  static async open(url: string): Promise<Registers> {
    const client = connect(url, {
      protocolVersion: 5,
      clientId: 'registers',
      clean: false,
      properties: { sessionExpiryInterval: 3600 },
      reconnectPeriod: 50,
    });
    client.on('connect', () => (client.stream as Socket).setNoDelay(true));
    const registers = new Registers(client);
    await client.subscribeAsync(
      ['state', 'event/#', 'reply'].map((kind) => `beacon/1/+/${kind}`),
      { qos: 1 },
    );
    return registers;
  }

  start(terminalId: string, orderId: string): void {
    const command = JSON.stringify({
      id: orderId,
      orderId,
      amount: { currency: 'DKK', value: 1250 },
      expiresAt: new Date(Date.now() + 120_000).toISOString(),
    });
    const sale: Sale = {
      terminalId,
      orderId,
      command,
      sentAtMs: performance.now(),
      answeredAfterMs: null,
      reply: undefined,
      newest: undefined,
    };
    this.sales.set(orderId, sale);
    this.#send(sale);
  }

  async close(): Promise<void> {
    clearInterval(this.#repeat);
    await this.#client.endAsync(true);
  }

  /** What is missing: empty when every event of every terminal has come. */
  missing(): string[] {
    return [...this.terminals].flatMap(([id, { events, stateSeq, online }]) => {
      const gaps = events.flatMap((text, seq) => (text === undefined && seq > 0 ? [seq] : []));
      if (!online) return [`${id} is offline`];
      if (gaps.length > 0) return [`${id} lacks events ${gaps.join(', ')}`];
      return events.length - 1 === stateSeq
        ? []
        : [`${id} has said ${stateSeq} events, ${events.length - 1} came`];
    });
  }

  #send({ terminalId, command }: Sale): void {
    this.#client.publish(`beacon/1/${terminalId}/command/payment/start`, command, { qos: 1 });
  }

  #repeatUnanswered(): void {
    const now = performance.now();
    for (const sale of this.sales.values()) {
      if (sale.reply === undefined && now - sale.sentAtMs > REPEAT_AFTER_MS) this.#send(sale);
    }
  }

  #hear(topic: string, text: string): void {
    this.messages += 1;
    const [, , terminalId = '', kind] = topic.split('/');
    const payload = JSON.parse(text);
    if (kind === 'state') this.#hearState(terminalId, payload);
    else if (kind === 'reply') this.#hearReply(payload);
    else this.#hearEvent(terminalId, payload, text);
  }

  #terminal(id: string, bootId: string): Heard {
    const known = this.terminals.get(id);
    if (known?.bootId === bootId) return known;
    if (known !== undefined) this.problems.push(`${id} was started again`);
    const anew = { bootId, events: [''], stateSeq: 0, online: true };
    this.terminals.set(id, anew);
    return anew;
  }

  #hearState(id: string, state: { bootId: string; online: boolean; seq?: number }): void {
    const terminal = this.#terminal(id, state.bootId);
    terminal.online = state.online;
    terminal.stateSeq = state.seq ?? terminal.stateSeq;
  }

  #hearReply(reply: Reply): void {
    const sale = this.sales.get(reply.id ?? '');
    if (sale === undefined) return;
    sale.answeredAfterMs ??= performance.now() - sale.sentAtMs;
    sale.reply = reply;
    if (!reply.ok) this.problems.push(`${sale.orderId}: ${JSON.stringify(reply)}`);
  }

  #hearEvent(id: string, event: { bootId: string; seq: number }, text: string): void {
    const { events } = this.#terminal(id, event.bootId);
    const known = events[event.seq];
    if (known !== undefined && known !== text) {
      this.problems.push(`${id}: two events are ${event.seq}`);
    }
    if (known === undefined && event.seq !== events.length) {
      this.problems.push(`${id}: after event ${events.length - 1} came ${event.seq}`);
    }
    events[event.seq] = text;
    const snapshot = event as Partial<PaymentSnapshot>;
    const sale = this.sales.get(snapshot.orderId ?? '');
    if (sale === undefined || (sale.newest?.revision ?? 0) >= (snapshot.revision ?? 0)) return;
    sale.newest = event as PaymentSnapshot & { seq: number };
    this.onSnapshot(sale, sale.newest);
  }
}
