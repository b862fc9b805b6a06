import { randomUUID } from 'node:crypto';
import type { IPublishPacket } from 'mqtt';
import type { Reply } from '../contract/errors.ts';
import type { EventName, Info, OfflineState, OnlineState } from '../contract/messages.ts';
import { infoSchema, stateSchema } from '../contract/messages.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import { topicsOf } from '../contract/topics.ts';
import type { BrokerAccess } from '../mqtt/broker-client.ts';
import { TerminalError } from '../terminal-error.ts';
import type { PendingCommand } from './pending-commands.ts';
import { createPendingCommands } from './pending-commands.ts';
import { newClientId, openRegisterConnection } from './register-connection.ts';
import type { SnapshotListener } from './snapshot-book.ts';
import { createPaymentBook, createRefundBook } from './snapshot-book.ts';

export interface RegisterOptions extends BrokerAccess {
  /** Tried in turn. */
  urls: string[];
  prefix: string;
  terminalId: string;
  /** How long an answer may be awaited before the same command is sent again. Default 10 s. */
  repeatAfterMs?: number;
}

export interface SendOptions {
  /** How long to wait and repeat, in all. Default: until 15 s after `expiresAt`, else 30 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface RegisterListeners {
  /** The terminal's state changed, or the retained one arrived. */
  onState(state: OnlineState | OfflineState): void;
  onInfo(info: Info): void;
  /** Every event as it came, repeats included. */
  onEvent(name: EventName, payload: unknown): void;
  onConnection(connected: boolean): void;
}

export interface RegisterClient {
  /**
   * Sends a command and waits for its answer, repeating it unchanged as often as it takes. An `id`
   * is added when the payload has none.
   * @throws TerminalError `unreachable` (`ask-first`) when no answer came in time
   */
  send(command: string, payload: object, options?: SendOptions): Promise<Reply>;
  readonly connected: boolean;
  readonly state: OnlineState | OfflineState | undefined;
  readonly info: Info | undefined;
  /** The newest snapshot known of an order. */
  payment(orderId: string): PaymentSnapshot | undefined;
  /**
   * Told of every newer snapshot of an order; asks `payment/get` for what may have been missed
   * after the connection was lost or the terminal restarted. Returns how to stop.
   */
  followPayment(orderId: string, listener: SnapshotListener<PaymentSnapshot>): () => void;
  /** The newest snapshot known of a refund. */
  refund(refundOrderId: string): RefundSnapshot | undefined;
  /** Likewise, by `refund/get`. */
  followRefund(refundOrderId: string, listener: SnapshotListener<RefundSnapshot>): () => void;
  /** Resolves with the first state that fits, now or later; undefined when time is up. */
  whenState(
    fits: (state: OnlineState | OfflineState) => boolean,
    timeoutMs: number,
  ): Promise<OnlineState | OfflineState | undefined>;
  listen(listeners: Partial<RegisterListeners>): () => void;
  close(): Promise<void>;
}

const REPEAT_AFTER_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const GRACE_AFTER_EXPIRY_MS = 15_000;

/** Below the user's name, so that a broker can give each user the answers to his own commands. */
function ownRepliesOf(replies: string, username: string | undefined, clientId: string): string {
  const isTopicLevel = username !== undefined && /^[\w.-]+$/.test(username);
  return isTopicLevel ? `${replies}/${username}/${clientId}` : `${replies}/${clientId}`;
}

/**
 * The reference client of a cash register: what a till must do to be sure of its money, and no
 * more than the public contract tells it.
 * @throws TerminalError `unreachable` when no broker lets it in; `config-invalid` for a bad url
 */
export async function connectRegister(options: RegisterOptions): Promise<RegisterClient> {
  const topics = topicsOf(options.prefix, options.terminalId);
  const clientId = newClientId();
  const ownReplies = ownRepliesOf(topics.reply, options.username, clientId);
  const pendingCommands = createPendingCommands();
  const payments = createPaymentBook();
  const refunds = createRefundBook();
  const allListeners = new Set<Partial<RegisterListeners>>();
  const followed = new Set<string>();
  const followedRefunds = new Set<string>();
  /** How each command in hand stops waiting. */
  const waiting = new Set<() => void>();
  /** Why the broker did not pass a command on, the last time it was sent. */
  const refusals = new Map<PendingCommand, string>();
  let closed = false;
  let state: OnlineState | OfflineState | undefined;
  let info: Info | undefined;
  let connectedBefore = false;

  const { connection, first } = openRegisterConnection({
    ...options,
    clientId,
    topics(protocolVersion) {
      const common = [topics.state, topics.info, topics.allEvents, topics.reply];
      return protocolVersion === 5 ? [...common, ownReplies] : common;
    },
    onMessage,
    onReady() {
      tell((each) => each.onConnection?.(true));
      repeatAll();
      if (connectedBefore) askForFollowed();
      connectedBefore = true;
    },
    onLost() {
      tell((each) => each.onConnection?.(false));
    },
  });

  function tell(say: (listeners: Partial<RegisterListeners>) => void) {
    for (const each of [...allListeners]) say(each);
  }

  function onMessage(topic: string, payload: Buffer, packet: IPublishPacket) {
    if (topic === topics.reply || topic === ownReplies) {
      const correlation = packet.properties?.correlationData?.toString() ?? null;
      const reply = pendingCommands.answer(payload, correlation);
      if (reply !== undefined) enterReply(reply);
      return;
    }
    const value = parseJson(payload);
    if (topic === topics.state) onState(value);
    else if (topic === topics.info) onInfo(value);
    else if (topic.startsWith(`${topics.root}/event/`)) {
      enter(value);
      const name = topic.slice(topics.root.length + '/event/'.length) as EventName;
      tell((each) => each.onEvent?.(name, value));
    }
  }

  function onState(value: unknown) {
    const parsed = stateSchema.safeParse(value);
    if (!parsed.success || (state !== undefined && isBefore(parsed.data, state))) return;
    const former = state;
    state = parsed.data;
    tell((each) => each.onState?.(parsed.data));
    const back = parsed.data.online && former !== undefined;
    if (back && (!former.online || former.bootId !== parsed.data.bootId)) {
      // Replies are not in the terminal's outbox: what it had not answered must be asked again.
      repeatAll();
      askForFollowed();
    }
  }

  function onInfo(value: unknown) {
    const parsed = infoSchema.safeParse(value);
    if (!parsed.success) return;
    info = parsed.data;
    tell((each) => each.onInfo?.(parsed.data));
  }

  function enterReply(reply: Reply) {
    const found = reply.ok ? reply.result : reply.error.payment;
    for (const each of Array.isArray(found) ? found : [found]) enter(each);
  }

  function enter(snapshot: unknown) {
    payments.enter(snapshot);
    refunds.enter(snapshot);
  }

  function publish(pending: PendingCommand) {
    const topic = `${topics.root}/command/${pending.name}`;
    const replyTo = { topic: ownReplies, correlation: pending.correlation };
    connection.publish(topic, pending.payload, replyTo, (why) => refusals.set(pending, why));
  }

  function repeatAll() {
    for (const pending of pendingCommands.all()) publish(pending);
  }

  function askForFollowed() {
    for (const orderId of followed) {
      send('payment/get', { orderId }).catch(() => undefined);
    }
    for (const refundOrderId of followedRefunds) {
      send('refund/get', { refundOrderId }).catch(() => undefined);
    }
  }

  async function send(
    name: string,
    payload: object,
    { timeoutMs, signal }: SendOptions = {},
  ): Promise<Reply> {
    const complete: { id?: unknown; expiresAt?: unknown } = { id: randomUUID(), ...payload };
    const { pending, reply } = pendingCommands.add({
      name,
      id: complete.id,
      payload: JSON.stringify(complete),
    });
    publish(pending);
    const repeat = setInterval(() => publish(pending), options.repeatAfterMs ?? REPEAT_AFTER_MS);
    const limitMs = timeoutMs ?? defaultTimeoutMs(complete.expiresAt);
    let giveUp: (why: string) => void = () => undefined;
    const silence = new Promise<never>((_, reject) => {
      giveUp = (why) => {
        const refusal = refusals.get(pending);
        const hint = refusal === undefined ? '' : `; the broker does not pass it on: ${refusal}`;
        reject(new TerminalError('unreachable', `${name}: ${why}${hint}`, { retry: 'ask-first' }));
      };
    });
    const stopWaiting = () => giveUp('no longer waited for');
    const timer = setTimeout(() => giveUp(`no answer within ${limitMs / 1000} s`), limitMs);
    signal?.addEventListener('abort', stopWaiting);
    waiting.add(stopWaiting);
    if (signal?.aborted || closed) stopWaiting();
    try {
      return await Promise.race([reply, silence]);
    } finally {
      clearInterval(repeat);
      clearTimeout(timer);
      signal?.removeEventListener('abort', stopWaiting);
      waiting.delete(stopWaiting);
      pendingCommands.remove(pending);
      refusals.delete(pending);
    }
  }

  try {
    await first;
  } catch (error) {
    await connection.close();
    throw error;
  }

  return {
    send,
    get connected() {
      return connection.ready;
    },
    get state() {
      return state;
    },
    get info() {
      return info;
    },
    payment: (orderId) => payments.get(orderId),
    refund: (refundOrderId) => refunds.get(refundOrderId),
    followPayment(orderId, listener) {
      followed.add(orderId);
      const stop = payments.onChange(orderId, listener);
      return () => {
        followed.delete(orderId);
        stop();
      };
    },
    followRefund(refundOrderId, listener) {
      followedRefunds.add(refundOrderId);
      const stop = refunds.onChange(refundOrderId, listener);
      return () => {
        followedRefunds.delete(refundOrderId);
        stop();
      };
    },
    whenState(fits, timeoutMs) {
      if (state !== undefined && fits(state)) return Promise.resolve(state);
      return new Promise((resolve) => {
        const listeners: Partial<RegisterListeners> = {
          onState(next) {
            if (fits(next)) finish(next);
          },
        };
        const timer = setTimeout(() => finish(undefined), timeoutMs);
        function finish(found: OnlineState | OfflineState | undefined) {
          clearTimeout(timer);
          allListeners.delete(listeners);
          resolve(found);
        }
        allListeners.add(listeners);
      });
    },
    listen(listeners) {
      allListeners.add(listeners);
      return () => allListeners.delete(listeners);
    },
    close() {
      closed = true;
      for (const stopWaiting of waiting) stopWaiting();
      return connection.close();
    },
  };
}

function defaultTimeoutMs(expiresAt: unknown): number {
  const at = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  if (Number.isNaN(at)) return DEFAULT_TIMEOUT_MS;
  return Math.max(0, at - Date.now()) + GRACE_AFTER_EXPIRY_MS;
}

/** Delivery may repeat, and some brokers repeat what was said before what is known by now. */
function isBefore(one: OnlineState | OfflineState, other: OnlineState | OfflineState): boolean {
  return one.online && other.online && one.bootId === other.bootId && one.seq < other.seq;
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
