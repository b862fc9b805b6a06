import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { outcomes } from '../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';

export type SnapshotListener<Snapshot> = (snapshot: Snapshot) => void;

export interface SnapshotBook<Snapshot> {
  /** Takes a snapshot from an event or a reply; older ones and other things change nothing. */
  enter(value: unknown): void;
  get(id: string): Snapshot | undefined;
  /** Told of every newer snapshot of this id. Returns how to stop. */
  onChange(id: string, listener: SnapshotListener<Snapshot>): () => void;
}

const MAX_KNOWN = 1000;

function isTold(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { revision, outcome } = value as { revision?: unknown; outcome?: unknown };
  return Number.isSafeInteger(revision) && outcomes.some((known) => known === outcome);
}

/**
 * What a register knows of its payments or refunds. Delivery may repeat, and a reply may be
 * overtaken, so a snapshot counts only if its revision is higher than what is known.
 */
function createSnapshotBook<Snapshot extends { revision: number }>(
  idOf: (value: Record<string, unknown>) => unknown,
): SnapshotBook<Snapshot> {
  const known = new Map<string, Snapshot>();
  const listeners = new Map<string, Set<SnapshotListener<Snapshot>>>();
  return {
    enter(value) {
      const id = isTold(value) ? idOf(value) : undefined;
      if (typeof id !== 'string') return;
      const snapshot = value as Snapshot;
      const former = known.get(id);
      if (former !== undefined && snapshot.revision <= former.revision) return;
      known.delete(id);
      known.set(id, snapshot);
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
      for (const listener of listeners.get(id) ?? []) listener(snapshot);
    },
    get: (id) => known.get(id),
    onChange(id, listener) {
      const set = listeners.get(id) ?? new Set();
      listeners.set(id, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(id);
      };
    },
  };
}

/** A refund names the order of its payment as well, but is none. */
export const createPaymentBook = (): SnapshotBook<PaymentSnapshot> =>
  createSnapshotBook((value) => ('refundOrderId' in value ? undefined : value['orderId']));

export const createRefundBook = (): SnapshotBook<RefundSnapshot> =>
  createSnapshotBook((value) => value['refundOrderId']);
