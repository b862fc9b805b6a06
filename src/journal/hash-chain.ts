import { createHash } from 'node:crypto';

/** What stands before the first link of every chain. */
export const GENESIS: Buffer = Buffer.alloc(32);

/**
 * The link of an order's n-th event (from 1): SHA-256 over the link before it, the order, the place,
 * the time and the event without personal data. It detects damage, not a forger.
 */
export function eventHash(
  previous: Uint8Array,
  orderId: string,
  n: number,
  at: number,
  body: string,
): Buffer {
  return createHash('sha256')
    .update(previous)
    .update(`${JSON.stringify([orderId, n, at])}${body}`)
    .digest();
}

export interface ClosedHead {
  /** From 1, without a gap. */
  position: number;
  orderId: string;
  /** How many events the order had when it was closed. */
  events: number;
  at: number;
  /** Hash of its last event. */
  head: Uint8Array;
}

/** The link of a closed order in the chain of heads. */
export function headHash(previous: Uint8Array, closed: ClosedHead): Buffer {
  const { position, orderId, events, at, head } = closed;
  return createHash('sha256')
    .update(previous)
    .update(JSON.stringify([position, orderId, events, at]))
    .update(head)
    .digest();
}
