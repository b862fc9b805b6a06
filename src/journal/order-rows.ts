import type { Database } from 'better-sqlite3';
import type { DatedEvent } from '../payment/events.ts';
import { unpackOrder } from './archive-pack.ts';
import type { StoredEvent } from './event-text.ts';
import { eventOf } from './event-text.ts';
import { standings } from './migrations.ts';

/** One `place` column holds order number and n; 65,535 events are far beyond any payment. */
export const EVENTS_PER_ORDER = 65_536;

export interface OrderRow {
  number: number;
  orderId: string;
  standing: number;
  newestAt: number;
  capturedAt: number | null;
  closedPosition: number | null;
  remark: string | null;
}

export interface EventRow {
  n: number;
  at: number;
  body: string;
  /** Null for an archived event, whose chain is verified by its head. */
  hash: Uint8Array | null;
}

export interface Entry {
  n: number;
  at: number;
  /** Null where its text is damaged. */
  event: DatedEvent | null;
}

const columns = `number, order_id AS orderId, standing, newest_at AS newestAt,
  captured_at AS capturedAt, closed_position AS closedPosition, remark`;

/** How orders lie in the file; writer and readers read them the same way. */
export function openOrderRows(db: Database) {
  const byId = db.prepare<[string], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE order_id = ?`,
  );
  const byNumber = db.prepare<[number], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE number = ?`,
  );
  const open = db.prepare<[], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE standing = ${standings.open} ORDER BY number`,
  );
  const since = db.prepare<[number, number, number], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE standing = ? AND newest_at >= ?
     ORDER BY newest_at LIMIT ?`,
  );
  const newest = db.prepare<[number, number], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE standing = ? ORDER BY newest_at DESC LIMIT ?`,
  );
  const between = db.prepare<[number, number, number], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE standing = ? AND newest_at >= ? AND newest_at < ?
     ORDER BY newest_at`,
  );
  const captured = db.prepare<[number, number], OrderRow>(
    `SELECT ${columns} FROM payment_order WHERE captured_at >= ? AND captured_at < ?
     ORDER BY captured_at, number`,
  );
  const events = db.prepare<[number, number], EventRow>(
    `SELECT place % ${EVENTS_PER_ORDER} AS n, at, body, hash FROM event
     WHERE place > ? AND place < ? ORDER BY place`,
  );
  const last = db.prepare<[number, number], EventRow>(
    `SELECT place % ${EVENTS_PER_ORDER} AS n, at, body, hash FROM event
     WHERE place > ? AND place < ? ORDER BY place DESC LIMIT 1`,
  );
  const packed = db
    .prepare<[number], Buffer>('SELECT packed FROM archived_order WHERE order_number = ?')
    .pluck();
  const personal = db.prepare<[number], { ref: number; data: string | null }>(
    `SELECT ref, data FROM personal WHERE order_number = ? AND kind = 'event'`,
  );

  function eventRows(row: Pick<OrderRow, 'number' | 'standing'>): EventRow[] {
    if (row.standing === standings.archived) {
      const archived = packed.get(row.number);
      return archived === undefined
        ? []
        : unpackOrder(archived).events.map((event) => ({ ...event, hash: null }));
    }
    const from = row.number * EVENTS_PER_ORDER;
    return events.all(from, from + EVENTS_PER_ORDER);
  }

  /** Each entry by itself, so that one damaged text does not hide the others. */
  function entries(row: Pick<OrderRow, 'number' | 'standing'>): Entry[] {
    const values = new Map(personal.all(row.number).map(({ ref, data }) => [ref, data]));
    return eventRows(row).map(({ n, at, body }) => {
      const stored: StoredEvent = { at, body, personal: values.get(n) ?? null };
      try {
        return { n, at, event: eventOf(stored) };
      } catch {
        return { n, at, event: null };
      }
    });
  }

  return {
    byId: (orderId: string) => byId.get(orderId),
    byNumber: (number: number) => byNumber.get(number),
    /** Oldest first. */
    open: () => open.all(),
    /** Closed orders by their newest entry, oldest first. */
    closedSince(at: number, limit: number): OrderRow[] {
      return [standings.archived, standings.settled]
        .flatMap((standing) => since.all(standing, at, limit))
        .sort((a, b) => a.newestAt - b.newestAt)
        .slice(0, limit);
    },
    closedBetween(from: number, to: number): OrderRow[] {
      return [standings.archived, standings.settled]
        .flatMap((standing) => between.all(standing, from, to))
        .sort((a, b) => a.newestAt - b.newestAt);
    },
    /** The closed orders with the newest entries, newest first. */
    newestClosed(limit: number): OrderRow[] {
      return [standings.archived, standings.settled]
        .flatMap((standing) => newest.all(standing, limit))
        .sort((a, b) => b.newestAt - a.newestAt)
        .slice(0, limit);
    },
    capturedBetween: (from: number, to: number) => captured.all(from, to),
    eventRows,
    lastEvent(number: number): EventRow | undefined {
      const from = number * EVENTS_PER_ORDER;
      return last.get(from, from + EVENTS_PER_ORDER);
    },
    entries,
    /**
     * The order's events with what personal data is left.
     * @throws SyntaxError where a stored text is damaged
     */
    events: (row: Pick<OrderRow, 'number' | 'standing'>): DatedEvent[] =>
      entries(row).map(({ n, event }) => {
        if (event === null) throw new SyntaxError(`entry ${n} cannot be read`);
        return event;
      }),
  };
}
export type OrderRows = ReturnType<typeof openOrderRows>;
