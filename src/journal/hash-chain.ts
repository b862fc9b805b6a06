import { hash } from 'node:crypto';
import type { OrderKind } from './migrations.ts';
import { kinds } from './migrations.ts';

/** What stands before the first link of every chain. */
export const GENESIS: Buffer = Buffer.alloc(32);

/** What a chain is about: an order by its id, a refund by its refundOrderId. */
export type ChainName = string | ['refund', string];

export function chainName(kind: OrderKind, orderId: string): ChainName {
  return kind === kinds.payment ? orderId : ['refund', orderId];
}

/** For messages: `order 1001`, `refund r-1001`. */
export function chainText(kind: OrderKind, orderId: string): string {
  return `${kind === kinds.payment ? 'order' : 'refund'} ${orderId}`;
}

/**
 * The link of an order's n-th event (from 1): SHA-256 over the link before it, the order, the place,
 * the time and the event without personal data. It detects damage, not a forger.
 */
export function eventHash(
  previous: Uint8Array,
  name: ChainName,
  n: number,
  at: number,
  body: string,
): Buffer {
  return sha256(previous, Buffer.from(`${JSON.stringify([name, n, at])}${body}`));
}

export interface ClosedHead {
  /** From 1, without a gap. */
  position: number;
  name: ChainName;
  /** How many events the order had when it was closed. */
  events: number;
  at: number;
  /** Hash of its last event. */
  head: Uint8Array;
}

/** The link of a closed order in the chain of heads. */
export function headHash(previous: Uint8Array, closed: ClosedHead): Buffer {
  const { position, name, events, at, head } = closed;
  return sha256(previous, Buffer.from(JSON.stringify([position, name, events, at])), head);
}

/** In one call: making an object for each link would cost more than hashing it. */
function sha256(...parts: Uint8Array[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}
