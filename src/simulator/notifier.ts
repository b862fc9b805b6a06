import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Pos } from './pos.ts';
import { merchantIdOf, type Store } from './stores.ts';

/** A message to a merchant's callback that a customer has checked in, and what became of it. */
export interface Notification {
  url: string;
  posId: string;
  state: 'under way' | 'delivered' | 'given up';
  /** When each try was answered, and how; null: it was not. */
  attempts: { atMs: number; status: number | null }[];
}

interface NotifierParts {
  /** By callbackAlias. */
  callbacks: Record<string, string>;
  retryMs: number;
  timeoutMs: number;
  logger: Logger | undefined;
}

/** Three retries after the first try. */
const TRIES = 4;
const KEPT = 1000;

/** Tells callbacks of check-ins, until they answer exactly 200 or the tries are used up. */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #callbacks: Map<string, string>;
  readonly #kept: Notification[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#callbacks = new Map(Object.entries(parts.callbacks));
    // Every notification under way listens for the end; there may be many.
    setMaxListeners(0, this.#closing.signal);
  }

  /** The latest 1000, oldest first. */
  get all(): readonly Notification[] {
    return this.#kept;
  }

  setCallback(alias: string, url: string | null): void {
    if (url === null) this.#callbacks.delete(alias);
    else this.#callbacks.set(alias, url);
  }

  /** A customer is at this point of sale; whoever is told finds that on disk already. */
  checkedIn(pos: Pos, store: Store | undefined): void {
    const url = this.#callbacks.get(pos.callbackAlias ?? '');
    if (url === undefined || store === undefined) return;
    const notification: Notification = { url, posId: pos.posId, state: 'under way', attempts: [] };
    this.#kept.push(notification);
    if (this.#kept.length > KEPT) this.#kept.shift();
    const body = JSON.stringify({
      MerchantId: merchantIdOf(pos.merchantVat),
      MerchantBrandId: store.merchantBrandId,
      MerchantLocationId: store.merchantLocationId,
      MerchantPosId: pos.merchantPosId,
      PosId: pos.posId,
    });
    const sending = this.#send(notification, body).finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#underWay);
  }

  async #send(notification: Notification, body: string): Promise<void> {
    const { signal } = this.#closing;
    // The check-in is committed in the turn of the event loop that made it.
    await Promise.resolve();
    for (let left = TRIES; left > 0 && !signal.aborted; left -= 1) {
      const status = await this.#post(notification.url, body);
      notification.attempts.push({ atMs: Date.now(), status });
      if (status === 200) {
        notification.state = 'delivered';
        return;
      }
      if (left > 1) {
        await sleep(this.#parts.retryMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    notification.state = 'given up';
    const { url, posId } = notification;
    this.#parts.logger?.warn({ url, posId }, 'nobody took the notification of a check-in');
  }

  /** The status of the answer; null when there was none. A redirect is an answer, not followed. */
  async #post(url: string, body: string): Promise<number | null> {
    const timeout = AbortSignal.timeout(this.#parts.timeoutMs);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([timeout, this.#closing.signal]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }
}
