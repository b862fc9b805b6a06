import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { outcomes } from '../contract/payment-snapshot.ts';

export type PaymentListener = (payment: PaymentSnapshot) => void;

export interface PaymentBook {
  /** Takes a snapshot from an event or a reply; older ones change nothing. */
  enter(value: unknown): void;
  get(orderId: string): PaymentSnapshot | undefined;
  /** Told of every newer snapshot of this order. Returns how to stop. */
  onChange(orderId: string, listener: PaymentListener): () => void;
}

const MAX_ORDERS = 1000;

function isSnapshot(value: unknown): value is PaymentSnapshot {
  if (typeof value !== 'object' || value === null) return false;
  const { orderId, revision, outcome } = value as Partial<PaymentSnapshot>;
  return (
    typeof orderId === 'string' &&
    Number.isSafeInteger(revision) &&
    outcomes.some((known) => known === outcome)
  );
}

/**
 * What a register knows of its orders. Delivery may repeat, and a reply may be overtaken, so a
 * snapshot counts only if its revision is higher than what is known.
 */
export function createPaymentBook(): PaymentBook {
  const known = new Map<string, PaymentSnapshot>();
  const listeners = new Map<string, Set<PaymentListener>>();
  return {
    enter(value) {
      if (!isSnapshot(value)) return;
      const former = known.get(value.orderId);
      if (former !== undefined && value.revision <= former.revision) return;
      known.delete(value.orderId);
      known.set(value.orderId, value);
      const [oldest] = known.keys();
      if (known.size > MAX_ORDERS && oldest !== undefined) known.delete(oldest);
      for (const listener of listeners.get(value.orderId) ?? []) listener(value);
    },
    get: (orderId) => known.get(orderId),
    onChange(orderId, listener) {
      const set = listeners.get(orderId) ?? new Set();
      listeners.set(orderId, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(orderId);
      };
    },
  };
}
