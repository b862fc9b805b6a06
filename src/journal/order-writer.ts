import type { Database } from 'better-sqlite3';
import type { DatedEvent, EpochMs } from '../payment/events.ts';
import type { JournalBatch } from '../ports.ts';
import { restoreArchived } from './archive.ts';
import { storedEventOf } from './event-text.ts';
import { eventHash, GENESIS, headHash } from './hash-chain.ts';
import { damaged } from './journal-error.ts';
import type { Meta } from './meta.ts';
import { standings } from './migrations.ts';
import type { OrderRows } from './order-rows.ts';
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
  firstAt: EpochMs;
  at: EpochMs;
  settled: boolean;
  captured: boolean;
}

type Entry = NonNullable<JournalBatch['events']>[number];

function saysCaptured(event: DatedEvent): boolean {
  if (event.type === 'captureAnswered') return true;
  return (
    (event.type === 'observed' || event.type === 'adopted') && event.seen.status === 'Captured'
  );
}

/**
 * Appends events to the chains of their orders and closed orders to the chain of heads. What it
 * remembers changes with `keep`, after the commit: a failed batch leaves no trace.
 */
export function openOrderWriter(db: Database, path: string, rows: OrderRows, meta: Meta) {
  const insertOrder = db.prepare<[number, string, number, number]>(
    'INSERT INTO payment_order (number, order_id, standing, newest_at) VALUES (?, ?, ?, ?)',
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

  /** The order that was last looked for and not found: a start need not look for it twice. */
  let absent: string | undefined;

  let staged = new Map<string, Closing>();
  let stagedNumber = lastNumber;
  let stagedTail = tail;

  function stage(orderId: string, firstAt: EpochMs): Closing {
    const begun = staged.get(orderId);
    if (begun !== undefined) return begun;
    const link = open.get(orderId) ?? (orderId === absent ? undefined : load(orderId));
    const fresh = { firstAt, at: firstAt, settled: false, captured: false };
    if (link !== undefined) return { ...link, ...fresh };
    stagedNumber += 1;
    return { number: stagedNumber, n: 0, head: GENESIS, open: undefined, ...fresh };
  }

  function load(orderId: string): Link | undefined {
    const row = rows.byId(orderId);
    if (row === undefined) return undefined;
    if (row.standing === standings.archived) restoreArchived(db, row);
    const last = rows.lastEvent(row.number);
    if (last?.hash == null) throw damaged(path, `the entries of order ${orderId} are missing`);
    const { n, hash } = last;
    return { number: row.number, n, head: hash, open: row.standing === standings.open };
  }

  function append({ orderId, event, settled }: Entry): void {
    const order = stage(orderId, event.at);
    const stored = storedEventOf(event);
    if (order.open === undefined && order.n === 0) {
      insertOrder.run(order.number, orderId, standings.open, event.at);
    }
    order.n += 1;
    order.head = eventHash(order.head, orderId, order.n, event.at, stored.body);
    order.at = event.at;
    order.settled = settled;
    order.captured ||= saysCaptured(event);
    insertEvent.run(order.number * EVENTS_PER_ORDER + order.n, event.at, stored.body, order.head);
    if (stored.personal !== null) insertPersonal.run(order.number, order.n, stored.personal);
    meta.set(`last:${event.type}`, event.at);
    staged.set(orderId, order);
  }

  function closeOrder(orderId: string, order: Closing): void {
    const position = (meta.get('closedHeads') ?? 0) + 1;
    const { number, n, at, head } = order;
    stagedTail = headHash(stagedTail, { position, orderId, events: n, at, head });
    insertHead.run(position, number, n, at, head, stagedTail);
    meta.set('closedHeads', position);
    close.run(at, order.captured ? at : null, position, number);
  }

  return {
    /** Takes over an open order whose chain has been verified: at open. */
    adopt(orderId: string, link: { number: number; n: number; head: Uint8Array }): void {
      open.set(orderId, { ...link, open: true });
    },
    noteAbsent(orderId: string): void {
      absent = orderId;
    },
    /** Inside the transaction. */
    write(entries: readonly Entry[]): void {
      for (const entry of entries) append(entry);
      let openOrders = 0;
      for (const [orderId, order] of staged) {
        if (order.settled) closeOrder(orderId, order);
        else if (order.open === false) reopen.run(order.number);
        openOrders += Number(!order.settled) - Number(order.open ?? false);
      }
      if (openOrders !== 0) meta.set('openOrders', (meta.get('openOrders') ?? 0) + openOrders);
    },
    /** The number of an order, also of one begun in the open transaction. */
    numberOf: (orderId: string): number | undefined =>
      staged.get(orderId)?.number ?? open.get(orderId)?.number ?? rows.byId(orderId)?.number,
    keep(): void {
      absent = undefined;
      for (const [orderId, { number, n, head, settled }] of staged) {
        if (settled) open.delete(orderId);
        else open.set(orderId, { number, n, head, open: true });
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
