import type { Database } from 'better-sqlite3';
import type { DatedEvent, EpochMs } from '../payment/events.ts';
import type { JournalBatch } from '../ports.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import { restoreArchived } from './archive.ts';
import type { StoredEvent } from './event-text.ts';
import { storedEventOf, storedRefundEventOf } from './event-text.ts';
import { chainName, chainText, eventHash, GENESIS, headHash } from './hash-chain.ts';
import { damaged } from './journal-error.ts';
import type { Meta } from './meta.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import type { OrderRow, OrderRows, RefundTerms } from './order-rows.ts';
import { EVENTS_PER_ORDER } from './order-rows.ts';

/** The newest link of an order's chain. */
interface Link {
  number: number;
  n: number;
  head: Uint8Array;
  /** Whether the file says that it is open; undefined for an order that is not there yet. */
  open: boolean | undefined;
}

interface Closing extends Link {
  kind: OrderKind;
  orderId: string;
  at: EpochMs;
  settled: boolean;
  captured: boolean;
}

/** An entry of an order or a refund, as it goes into the file. */
interface Entry {
  kind: OrderKind;
  orderId: string;
  stored: StoredEvent;
  settled: boolean;
  /** It says that the money has moved. */
  captured: boolean;
  /** Of the beginning of a refund. */
  terms: RefundTerms | undefined;
}

function saysCaptured(event: DatedEvent): boolean {
  if (event.type === 'captureAnswered') return true;
  return (
    (event.type === 'observed' || event.type === 'adopted') && event.seen.status === 'Captured'
  );
}

function saysPaidOut(event: DatedRefundEvent): boolean {
  if (event.type === 'captureAnswered') return true;
  if (event.type !== 'observed') return false;
  const { status } = event.seen;
  return status === 'Captured' || status === 'ExpiredAndCaptured';
}

function termsOf(event: DatedRefundEvent): RefundTerms | undefined {
  if (event.type !== 'started') return undefined;
  const { paymentId, orderId, amount } = event;
  return { paymentId, orderId, currency: amount.currency, amount: amount.value };
}

/** Orders and refunds may have the same id. */
function keyOf(kind: OrderKind, orderId: string): string {
  return `${kind}${orderId}`;
}

/**
 * Appends events to the chains of their orders and closed orders to the chain of heads. What it
 * remembers changes with `keep`, after the commit: a failed batch leaves no trace.
 */
export function openOrderWriter(db: Database, path: string, rows: OrderRows, meta: Meta) {
  const insertOrder = db.prepare<[number, string, OrderKind, number, number]>(
    'INSERT INTO payment_order (number, order_id, kind, standing, newest_at) VALUES (?, ?, ?, ?, ?)',
  );
  const insertTerms = db.prepare<[number, string, string | null, string, number]>(
    `INSERT INTO refund_terms (order_number, payment_id, order_id, currency, amount)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const reopen = db.prepare<[number]>(
    `UPDATE payment_order SET standing = ${standings.open} WHERE number = ?`,
  );
  const close = db.prepare<[number, number | null, number, number]>(
    `UPDATE payment_order SET standing = ${standings.settled}, newest_at = ?,
       captured_at = coalesce(captured_at, ?), closed_position = ? WHERE number = ?`,
  );
  const insertEvent = db.prepare<[number, number, string, Uint8Array]>(
    'INSERT INTO event (place, at, body, hash) VALUES (?, ?, ?, ?)',
  );
  const insertPersonal = db.prepare<[number, number, string]>(
    `INSERT INTO personal (order_number, kind, ref, data) VALUES (?, 'event', ?, ?)`,
  );
  const insertHead = db.prepare<[number, number, number, number, Uint8Array, Uint8Array]>(
    `INSERT INTO closed_head (position, order_number, events, at, head, hash)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const headAt = db.prepare<[number], Buffer>('SELECT hash FROM closed_head WHERE position = ?');

  const open = new Map<string, Link>();
  let lastNumber =
    db.prepare<[], number>('SELECT max(number) FROM payment_order').pluck().get() ?? 0;
  let tail: Uint8Array = headAt.pluck().get(meta.get('closedHeads') ?? 0) ?? GENESIS;

  /** What was last looked for and not found: a start need not look for it twice. */
  let absent: string | undefined;

  let staged = new Map<string, Closing>();
  let stagedNumber = lastNumber;
  let stagedTail = tail;

  function stage({ kind, orderId, stored: { at } }: Entry): Closing {
    const key = keyOf(kind, orderId);
    const begun = staged.get(key);
    if (begun !== undefined) return begun;
    const link = open.get(key) ?? (key === absent ? undefined : load(kind, orderId));
    const fresh = { kind, orderId, at, settled: false, captured: false };
    if (link !== undefined) return { ...link, ...fresh };
    stagedNumber += 1;
    return { number: stagedNumber, n: 0, head: GENESIS, open: undefined, ...fresh };
  }

  function load(kind: OrderKind, orderId: string): Link | undefined {
    const row = rows.byId(kind, orderId);
    if (row === undefined) return undefined;
    if (row.standing === standings.archived) restoreArchived(db, row);
    const last = rows.lastEvent(row.number);
    if (last?.hash == null) {
      throw damaged(path, `the entries of ${chainText(kind, orderId)} are missing`);
    }
    const { n, hash } = last;
    return { number: row.number, n, head: hash, open: row.standing === standings.open };
  }

  function append(entry: Entry): void {
    const { kind, orderId, settled, captured, terms, stored } = entry;
    const { at, body, personal } = stored;
    const order = stage(entry);
    if (order.open === undefined && order.n === 0) {
      insertOrder.run(order.number, orderId, kind, standings.open, at);
    }
    if (terms !== undefined) {
      const { paymentId, currency, amount } = terms;
      insertTerms.run(order.number, paymentId, terms.orderId, currency, amount);
    }
    order.n += 1;
    order.head = eventHash(order.head, chainName(kind, orderId), order.n, at, body);
    order.at = at;
    order.settled = settled;
    order.captured ||= captured;
    insertEvent.run(order.number * EVENTS_PER_ORDER + order.n, at, body, order.head);
    if (personal !== null) insertPersonal.run(order.number, order.n, personal);
    staged.set(keyOf(kind, orderId), order);
  }

  function closeOrder(order: Closing): void {
    const position = (meta.get('closedHeads') ?? 0) + 1;
    const { number, n, at, head } = order;
    const name = chainName(order.kind, order.orderId);
    stagedTail = headHash(stagedTail, { position, name, events: n, at, head });
    insertHead.run(position, number, n, at, head, stagedTail);
    meta.set('closedHeads', position);
    close.run(at, order.captured ? at : null, position, number);
  }

  return {
    /** Takes over an open order whose chain has been verified: at open. */
    adopt(row: OrderRow, link: { n: number; head: Uint8Array }): void {
      const { number, kind, orderId } = row;
      open.set(keyOf(kind, orderId), { number, ...link, open: true });
    },
    noteAbsent(kind: OrderKind, orderId: string): void {
      absent = keyOf(kind, orderId);
    },
    isAbsent: (kind: OrderKind, orderId: string): boolean => absent === keyOf(kind, orderId),
    /** Inside the transaction. */
    write(
      entries: NonNullable<JournalBatch['events']>,
      refundEntries: NonNullable<JournalBatch['refundEvents']>,
    ): void {
      for (const { orderId, event, settled } of entries) {
        const stored = storedEventOf(event);
        const captured = saysCaptured(event);
        append({ kind: kinds.payment, orderId, stored, settled, captured, terms: undefined });
        if (event.type === 'foreignCancelIntended') meta.set(`last:${event.type}`, event.at);
      }
      for (const { refundOrderId: orderId, event, settled } of refundEntries) {
        const stored = storedRefundEventOf(event);
        const captured = saysPaidOut(event);
        append({ kind: kinds.refund, orderId, stored, settled, captured, terms: termsOf(event) });
      }
      let openOrders = 0;
      for (const order of staged.values()) {
        if (order.settled) closeOrder(order);
        else if (order.open === false) reopen.run(order.number);
        openOrders += Number(!order.settled) - Number(order.open ?? false);
      }
      if (openOrders !== 0) meta.set('openOrders', (meta.get('openOrders') ?? 0) + openOrders);
    },
    /** The number of a payment's order, also of one begun in the open transaction. */
    numberOf(orderId: string): number | undefined {
      const key = keyOf(kinds.payment, orderId);
      const known = staged.get(key) ?? open.get(key) ?? rows.byId(kinds.payment, orderId);
      return known?.number;
    },
    keep(): void {
      absent = undefined;
      for (const [key, { number, n, head, settled }] of staged) {
        if (settled) open.delete(key);
        else open.set(key, { number, n, head, open: true });
      }
      lastNumber = stagedNumber;
      tail = stagedTail;
      staged.clear();
    },
    drop(): void {
      staged = new Map();
      stagedNumber = lastNumber;
      stagedTail = tail;
    },
  };
}
