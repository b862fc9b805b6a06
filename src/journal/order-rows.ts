import type { Database } from 'better-sqlite3';
import type { Amount } from '../contract/money.ts';
import type { DatedEvent } from '../payment/events.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import { unpackOrder } from './archive-pack.ts';
import type { StoredEvent } from './event-text.ts';
import { eventOf, refundEventOf } from './event-text.ts';
import type { OrderKind } from './migrations.ts';
import { standings } from './migrations.ts';

/** One `place` column holds order number and n; 65,535 events are far beyond any payment. */
export const EVENTS_PER_ORDER = 65_536;

/** A payment's order or, by its kind, a refund. */
export interface OrderRow {
  number: number;
  /** Of a refund: its refundOrderId. */
  orderId: string;
  kind: OrderKind;
  standing: number;
  newestAt: number;
  capturedAt: number | null;
  closedPosition: number | null;
  remark: string | null;
}
type Placed = Pick<OrderRow, 'number' | 'standing'>;

export interface EventRow {
  n: number;
  at: number;
  body: string;
  /** Null for an archived event, whose chain is verified by its head. */
  hash: Uint8Array | null;
}

export interface Entry<Event> {
  n: number;
  at: number;
  /** Null where its text is damaged. */
  event: Event | null;
}

/** What a refund gives back, and of what. */
export interface RefundTerms {
  paymentId: string;
  orderId: string | null;
  currency: Amount['currency'];
  amount: number;
}

/** `payment_order` as an OrderRow. */
export const ORDER_COLUMNS = `number, payment_order.order_id AS orderId, kind, standing,
  newest_at AS newestAt, captured_at AS capturedAt, closed_position AS closedPosition, remark`;
const SELECT = `SELECT ${ORDER_COLUMNS} FROM payment_order`;
const closedStandings = [standings.archived, standings.settled];

/** How orders and refunds lie in the file; writer and readers read them the same way. */
export function openOrderRows(db: Database) {
  const byId = db.prepare<[string, OrderKind], OrderRow>(
    `${SELECT} WHERE payment_order.order_id = ? AND kind = ?`,
  );
  const byNumber = db.prepare<[number], OrderRow>(`${SELECT} WHERE number = ?`);
  const open = db.prepare<[OrderKind], OrderRow>(
    `${SELECT} WHERE kind = ? AND standing = ${standings.open} ORDER BY number`,
  );
  const since = db.prepare<[OrderKind, number, number, number], OrderRow>(
    `${SELECT} WHERE kind = ? AND standing = ? AND newest_at >= ? ORDER BY newest_at LIMIT ?`,
  );
  const newest = db.prepare<[OrderKind, number, number], OrderRow>(
    `${SELECT} WHERE kind = ? AND standing = ? ORDER BY newest_at DESC LIMIT ?`,
  );
  const between = db.prepare<[OrderKind, number, number, number], OrderRow>(
    `${SELECT} WHERE kind = ? AND standing = ? AND newest_at >= ? AND newest_at < ?
     ORDER BY newest_at`,
  );
  const captured = db.prepare<[number, number, OrderKind], OrderRow>(
    `${SELECT} WHERE captured_at >= ? AND captured_at < ? AND kind = ?
     ORDER BY captured_at, number`,
  );
  const ofPayment = db.prepare<[string], OrderRow>(
    `${SELECT} JOIN refund_terms ON order_number = number WHERE payment_id = ? ORDER BY number`,
  );
  const ofOrder = db.prepare<[string], OrderRow>(
    `${SELECT} JOIN refund_terms ON order_number = number
     WHERE refund_terms.order_id = ? ORDER BY number`,
  );
  const paidOut = db.prepare<[string], { count: number; value: number }>(
    `SELECT count(*) AS count, coalesce(sum(amount), 0) AS value
     FROM refund_terms JOIN payment_order ON number = order_number
     WHERE payment_id = ? AND captured_at IS NOT NULL`,
  );
  const terms = db.prepare<[number], RefundTerms>(
    `SELECT payment_id AS paymentId, order_id AS orderId, currency, amount
     FROM refund_terms WHERE order_number = ?`,
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

  function eventRows(row: Placed): EventRow[] {
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
  function entriesBy<Event>(read: (stored: StoredEvent) => Event, row: Placed): Entry<Event>[] {
    const values = new Map(personal.all(row.number).map(({ ref, data }) => [ref, data]));
    return eventRows(row).map(({ n, at, body }) => {
      const stored: StoredEvent = { at, body, personal: values.get(n) ?? null };
      try {
        return { n, at, event: read(stored) };
      } catch {
        return { n, at, event: null };
      }
    });
  }

  const entries = (row: Placed): Entry<DatedEvent>[] => entriesBy(eventOf, row);
  const refundEntries = (row: Placed): Entry<DatedRefundEvent>[] => entriesBy(refundEventOf, row);

  return {
    byId: (kind: OrderKind, orderId: string) => byId.get(orderId, kind),
    byNumber: (number: number) => byNumber.get(number),
    /** Oldest first. */
    open: (kind: OrderKind) => open.all(kind),
    /** Closed ones by their newest entry, oldest first. */
    closedSince(kind: OrderKind, at: number, limit: number): OrderRow[] {
      return closedStandings
        .flatMap((standing) => since.all(kind, standing, at, limit))
        .sort((a, b) => a.newestAt - b.newestAt)
        .slice(0, limit);
    },
    closedBetween(kind: OrderKind, from: number, to: number): OrderRow[] {
      return closedStandings
        .flatMap((standing) => between.all(kind, standing, from, to))
        .sort((a, b) => a.newestAt - b.newestAt);
    },
    /** The closed ones with the newest entries, newest first. */
    newestClosed(kind: OrderKind, limit: number): OrderRow[] {
      return closedStandings
        .flatMap((standing) => newest.all(kind, standing, limit))
        .sort((a, b) => b.newestAt - a.newestAt)
        .slice(0, limit);
    },
    /** Of refunds: paid out. */
    capturedBetween: (kind: OrderKind, from: number, to: number) => captured.all(from, to, kind),
    refundsOfPayment: (paymentId: string) => ofPayment.all(paymentId),
    refundsOfOrder: (orderId: string) => ofOrder.all(orderId),
    paidOut: (paymentId: string) => paidOut.get(paymentId) ?? { count: 0, value: 0 },
    refundTerms: (number: number) => terms.get(number),
    eventRows,
    lastEvent(number: number): EventRow | undefined {
      const from = number * EVENTS_PER_ORDER;
      return last.get(from, from + EVENTS_PER_ORDER);
    },
    entries,
    refundEntries,
    /**
     * The order's events with what personal data is left.
     * @throws SyntaxError where a stored text is damaged
     */
    events: (row: Placed): DatedEvent[] => entries(row).map(readable),
    /** @throws SyntaxError where a stored text is damaged */
    refundEvents: (row: Placed): DatedRefundEvent[] => refundEntries(row).map(readable),
  };
}
export type OrderRows = ReturnType<typeof openOrderRows>;

function readable<Event>({ n, event }: Entry<Event>): Event {
  if (event === null) throw new SyntaxError(`entry ${n} cannot be read`);
  return event;
}
