import type { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';
import type { Reply } from '../../src/contract/errors.ts';
import { replySchema } from '../../src/contract/errors.ts';
import type { OfflineState, OnlineState } from '../../src/contract/messages.ts';
import { eventSchemas, stateSchema } from '../../src/contract/messages.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import { paymentSnapshotSchema } from '../../src/contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import { refundSnapshotSchema } from '../../src/contract/refund-snapshot.ts';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';

/** A message of the terminal, and what MobilePay held when it arrived. */
export interface Heard {
  /** Below `{prefix}/{terminalId}/`. */
  topic: string;
  text: string;
  payload: unknown;
  /** States at MobilePay, at that instant, of the payments of the order in hand. */
  held: readonly PaymentStatus[];
}

export interface Sent {
  id: string;
  name: string;
  text: string;
  /** Every answer that came, in order. */
  replies: { text: string; reply: Reply }[];
}

const REPEAT_AFTER_MS = 1_000;

/** A cash register that does what the contract asks of one, and writes everything down. */
export class Till {
  readonly heard: Heard[] = [];
  readonly sent: Sent[] = [];
  /** What came that the contract's schemas do not know. */
  readonly malformed: string[] = [];
  state: OnlineState | OfflineState | undefined;
  readonly #client: MqttClient;
  readonly #root: string;
  readonly #held: () => readonly PaymentStatus[];
  readonly #onHeard: () => void;
  readonly #repeat: NodeJS.Timeout;
  readonly #newest = new Map<string, PaymentSnapshot>();
  readonly #newestRefunds = new Map<string, RefundSnapshot>();
  #commands = 0;

  private constructor(
    client: MqttClient,
    root: string,
    held: () => readonly PaymentStatus[],
    onHeard: () => void,
  ) {
    this.#client = client;
    this.#root = root;
    this.#held = held;
    this.#onHeard = onHeard;
    client.on('message', (topic, payload) => this.#hear(topic, payload.toString('utf8')));
    this.#repeat = setInterval(() => this.repeatUnanswered(), REPEAT_AFTER_MS);
  }

  static async open(options: {
    url: string;
    root: string;
    held: () => readonly PaymentStatus[];
    onHeard: () => void;
  }): Promise<Till> {
    const client = connect(options.url, {
      protocolVersion: 5,
      clientId: `till-${options.root.replaceAll('/', '-')}`,
      clean: false,
      properties: { sessionExpiryInterval: 600 },
      reconnectPeriod: 50,
    });
    client.on('connect', () => (client.stream as Socket).setNoDelay(true));
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    const till = new Till(client, options.root, options.held, options.onHeard);
    const topics = ['state', 'info', 'reply', 'event/#'].map((name) => `${options.root}/${name}`);
    await client.subscribeAsync(topics, { qos: 1 });
    return till;
  }

  /** Publishes a new command; it is repeated, unchanged, until it is answered. */
  send(name: string, members: object): Sent {
    this.#commands += 1;
    const id = `c${this.#commands}`;
    const sent: Sent = { id, name, text: JSON.stringify({ id, ...members }), replies: [] };
    this.sent.push(sent);
    this.publish(name, sent.text);
    return sent;
  }

  repeat(sent: Sent): void {
    this.publish(sent.name, sent.text);
  }

  repeatUnanswered(): void {
    for (const sent of this.sent) if (sent.replies.length === 0) this.repeat(sent);
  }

  publish(command: string, payload: string | Buffer, retain = false): void {
    this.#client.publish(`${this.#root}/command/${command}`, payload, { qos: 1, retain });
  }

  /** What the register knows of an order: a lower revision never counts. */
  newest(orderId: string): PaymentSnapshot | undefined {
    return this.#newest.get(orderId);
  }

  newestRefund(refundOrderId: string): RefundSnapshot | undefined {
    return this.#newestRefunds.get(refundOrderId);
  }

  async close(): Promise<void> {
    clearInterval(this.#repeat);
    await this.#client.endAsync(true);
  }

  #hear(fullTopic: string, text: string): void {
    const topic = fullTopic.slice(this.#root.length + 1);
    let payload: unknown;
    try {
      payload = JSON.parse(text);
    } catch {
      this.malformed.push(`${topic}: not JSON: ${text}`);
    }
    this.heard.push({ topic, text, payload, held: this.#held() });
    if (topic === 'state') this.#hearState(payload);
    else if (topic === 'reply') this.#hearReply(payload, text);
    else if (topic.startsWith('event/')) this.#hearEvent(topic, payload);
    this.#onHeard();
  }

  #hearState(payload: unknown): void {
    const parsed = stateSchema.safeParse(payload);
    if (!parsed.success) {
      this.malformed.push(`state: ${parsed.error.message}`);
      return;
    }
    const before = this.state;
    this.state = parsed.data;
    // Replies are in no outbox: what an earlier boot had not answered must be asked again.
    const back = parsed.data.online && before !== undefined;
    if (back && (!before.online || before.bootId !== parsed.data.bootId)) this.repeatUnanswered();
  }

  #hearReply(payload: unknown, text: string): void {
    const parsed = replySchema.safeParse(payload);
    if (!parsed.success) {
      this.malformed.push(`reply: ${parsed.error.message}`);
      return;
    }
    const reply = parsed.data as Reply;
    const sent = this.sent.find(({ id }) => id === reply.id);
    sent?.replies.push({ text, reply });
    this.#learn(reply.ok ? reply.result : reply.error.payment);
  }

  #hearEvent(topic: string, payload: unknown): void {
    const schema = Object.entries(eventSchemas).find(([name]) => topic === `event/${name}`)?.[1];
    const parsed = schema?.safeParse(payload);
    if (parsed?.success !== true) this.malformed.push(`${topic}: ${parsed?.error.message}`);
    else this.#learn(payload);
  }

  #learn(value: unknown): void {
    const payment = paymentSnapshotSchema.safeParse(value).data;
    if (payment !== undefined) keepNewer(this.#newest, payment.orderId, payment);
    const refund = refundSnapshotSchema.safeParse(value).data;
    if (refund !== undefined) keepNewer(this.#newestRefunds, refund.refundOrderId, refund);
  }
}

function keepNewer<T extends { revision: number }>(kept: Map<string, T>, id: string, one: T): void {
  const known = kept.get(id);
  if (known === undefined || one.revision >= known.revision) kept.set(id, one);
}
