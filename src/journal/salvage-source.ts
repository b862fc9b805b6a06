import type { Database } from 'better-sqlite3';
import type { CommandRow } from './archive-pack.ts';
import { unpackOrder } from './archive-pack.ts';
import { COMMAND_COLUMNS } from './command-rows.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import type { EventRow, RefundTerms } from './order-rows.ts';
import { EVENTS_PER_ORDER, ORDER_COLUMNS } from './order-rows.ts';
import type { Remains } from './remains.ts';
import { readableRows } from './salvage-rows.ts';
import { openSqlite } from './sqlite.ts';

interface OrderRemains {
  number: number;
  kind: OrderKind;
  orderId: string;
  standing: number | undefined;
  newestAt: number;
  capturedAt: number | null;
  closedPosition: number | null;
}

interface NoteRow {
  name: string;
  text: string;
}

interface OutboxRemains {
  position: number;
  name: string;
  payload: string;
}

/** Entries of one order are probed so far when the place where they lie is damaged. */
const ENTRIES_PROBED = 200;

/** The order or refund an entry names, if it does. */
function namedIn(body: string): { kind: OrderKind; orderId: string } | undefined {
  try {
    const event = JSON.parse(body) as { seen?: Record<string, unknown> } & Record<string, unknown>;
    const { orderId, refundOrderId } = event.seen ?? event;
    if (typeof refundOrderId === 'string') return { kind: kinds.refund, orderId: refundOrderId };
    return typeof orderId === 'string' ? { kind: kinds.payment, orderId } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads of a damaged journal whatever SQLite still gives. Nothing is written to it. */
export function openSalvageSource(path: string) {
  const db: Database = openSqlite(path, { readonly: true, fileMustExist: true });
  let damaged = false;
  const noteDamage = () => {
    damaged = true;
  };

  function attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch {
      return undefined;
    }
  }

  function orderNumbers(): Map<number, OrderRemains> {
    const found = new Map<number, OrderRemains>();
    const table = { name: 'payment_order', key: 'number', columns: ORDER_COLUMNS };
    for (const row of readableRows<OrderRemains & Record<string, unknown>>(db, table, noteDamage)) {
      found.set(row.number, row);
    }
    if (damaged) addFromIndex(found);
    addFromEvents(found);
    return found;
  }

  const unknown = { standing: undefined, newestAt: 0, capturedAt: null, closedPosition: null };

  /** The index of order ids lies in other pages than the orders themselves. */
  function addFromIndex(found: Map<number, OrderRemains>): void {
    for (const direction of ['ASC', 'DESC']) {
      attempt(() => {
        const ids = db.prepare<[], { number: number; orderId: string; kind: OrderKind }>(
          `SELECT number, order_id AS orderId, kind FROM payment_order
           ORDER BY order_id ${direction}, kind ${direction}`,
        );
        for (const row of ids.iterate()) {
          if (!found.has(row.number)) found.set(row.number, { ...row, ...unknown });
        }
      });
    }
  }

  /** Entries name their order, also when the row of the order is lost. */
  function addFromEvents(found: Map<number, OrderRemains>): void {
    const last = attempt(() =>
      db.prepare<[], number | null>('SELECT max(place) FROM event').pluck().get(),
    );
    let highest = Math.floor((last ?? 0) / EVENTS_PER_ORDER);
    for (const number of found.keys()) highest = Math.max(highest, number);
    for (let number = 1; number <= highest; number += 1) {
      if (found.has(number)) continue;
      for (const { at, body } of eventRows(number).rows) {
        const named = namedIn(body);
        if (named === undefined) continue;
        found.set(number, { number, ...named, ...unknown, newestAt: at });
        break;
      }
    }
  }

  const range = attempt(() =>
    db.prepare<[number, number], EventRow>(
      `SELECT place % ${EVENTS_PER_ORDER} AS n, at, body, hash FROM event
       WHERE place > ? AND place < ? ORDER BY place`,
    ),
  );
  const point = attempt(() =>
    db.prepare<[number], EventRow>(
      `SELECT place % ${EVENTS_PER_ORDER} AS n, at, body, hash FROM event WHERE place = ?`,
    ),
  );

  function eventRows(number: number): { rows: EventRow[]; incomplete: boolean } {
    const from = number * EVENTS_PER_ORDER;
    const all = attempt(() => range?.all(from, from + EVENTS_PER_ORDER));
    if (all !== undefined) return { rows: all, incomplete: false };
    const rows: EventRow[] = [];
    for (let n = 1; n <= ENTRIES_PROBED; n += 1) {
      const row = attempt(() => point?.get(from + n));
      if (row !== undefined) rows.push(row);
    }
    return { rows, incomplete: true };
  }

  const packedOf = attempt(() =>
    db
      .prepare<[number], Buffer>('SELECT packed FROM archived_order WHERE order_number = ?')
      .pluck(),
  );
  function archivedEvents(number: number) {
    const packed = attempt(() => packedOf?.get(number));
    return packed === undefined ? undefined : attempt(() => unpackOrder(packed));
  }

  const personalRows = attempt(() =>
    db.prepare<[number], { ref: number; data: string | null }>(
      `SELECT ref, data FROM personal WHERE order_number = ? AND kind = 'event'`,
    ),
  );
  function personalOf(number: number): Map<number, string | null> {
    const rows = attempt(() => personalRows?.all(number)) ?? [];
    return new Map(rows.map(({ ref, data }) => [ref, data]));
  }

  const termsAt = attempt(() =>
    db.prepare<[number], RefundTerms>(
      `SELECT payment_id AS paymentId, order_id AS orderId, currency, amount
       FROM refund_terms WHERE order_number = ?`,
    ),
  );

  const headAt = attempt(() =>
    db.prepare<[number], { events: number; head: Buffer }>(
      'SELECT events, head FROM closed_head WHERE position = ?',
    ),
  );
  function closedAt(position: number | null): Remains['closed'] {
    return position === null ? undefined : attempt(() => headAt?.get(position));
  }

  function remainsOf(order: OrderRemains): Remains {
    const { number, kind, orderId, standing, newestAt, capturedAt } = order;
    const archived = standing === standings.archived ? archivedEvents(number) : undefined;
    const { rows, incomplete } =
      archived === undefined
        ? eventRows(number)
        : { rows: archived.events.map((row) => ({ ...row, hash: null })), incomplete: false };
    const personal = personalOf(number);
    return {
      kind,
      orderId,
      standing,
      newestAt,
      capturedAt,
      terms: kind === kinds.refund ? attempt(() => termsAt?.get(number)) : undefined,
      incomplete,
      closed: standing === standings.open ? undefined : closedAt(order.closedPosition),
      rows: rows.map((row) => ({ ...row, personal: personal.get(row.n) ?? null })),
    };
  }

  return {
    /** Whether SQLite finds its tables at all. */
    opens: () => range !== undefined,
    *orders(): Generator<Remains> {
      const numbers = [...orderNumbers().values()].sort((a, b) => a.number - b.number);
      for (const order of numbers) yield remainsOf(order);
    },
    *commands(): Generator<CommandRow> {
      const table = { name: 'command', key: 'number', columns: COMMAND_COLUMNS };
      yield* readableRows<CommandRow & Record<string, unknown>>(db, table, noteDamage);
      const packed = { name: 'archived_order', key: 'order_number', columns: 'packed' };
      for (const row of readableRows<{ packed: Buffer }>(db, packed, noteDamage)) {
        yield* attempt(() => unpackOrder(row.packed).commands) ?? [];
      }
    },
    outbox(): OutboxRemains[] {
      const table = { name: 'outbox', key: 'position', columns: 'position, name, payload' };
      const rows = readableRows<OutboxRemains & Record<string, unknown>>(db, table, noteDamage);
      return [...rows].sort((a, b) => a.position - b.position);
    },
    notes(): NoteRow[] {
      const rows = attempt(() => db.prepare<[], NoteRow>('SELECT name, text FROM note').all());
      return rows ?? [];
    },
    meta: (key: string): number | undefined =>
      attempt(() =>
        db.prepare<[string], number>('SELECT value FROM meta WHERE key = ?').pluck().get(key),
      ),
    close: () => {
      db.close();
    },
  };
}
export type SalvageSource = ReturnType<typeof openSalvageSource>;
