import type { Database } from 'better-sqlite3';
import type { ChainName, ClosedHead } from './hash-chain.ts';
import { chainName, eventHash, GENESIS, headHash } from './hash-chain.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import type { EventRow, OrderRow, OrderRows } from './order-rows.ts';
import { EVENTS_PER_ORDER } from './order-rows.ts';

/** Where the journal is not what was written. */
export interface Break {
  /** Null for a fault of the chain of heads, of a refund, or of the file as such. */
  orderId: string | null;
  /** There for a fault in the chain of a refund. */
  refundOrderId?: string;
  /** The first entry that does not fit, from 1; null where it cannot be said. */
  n: number | null;
  what: string;
}

export type ChainCheck =
  | { kind: 'whole'; n: number; head: Uint8Array }
  | { kind: 'broken'; n: number; what: string };

/** Follows a chain's links from its first entry. */
export function checkChain(name: ChainName, events: readonly EventRow[]): ChainCheck {
  let head: Uint8Array = GENESIS;
  for (const [index, event] of events.entries()) {
    const n = index + 1;
    if (event.n !== n) return { kind: 'broken', n, what: `entry ${n} is missing` };
    head = eventHash(head, name, n, event.at, event.body);
    if (event.hash !== null && !Buffer.from(event.hash).equals(head)) {
      return { kind: 'broken', n, what: `entry ${n} is not what was written` };
    }
  }
  if (events.length === 0) return { kind: 'broken', n: 1, what: 'it has no entries' };
  return { kind: 'whole', n: events.length, head };
}

interface HeadRow extends Omit<ClosedHead, 'name'> {
  /** Null where there is no such order. */
  orderId: string | null;
  kind: OrderKind;
  hash: Uint8Array;
}

export function openVerification(db: Database, rows: OrderRows) {
  const headColumns = `SELECT position, order_id AS orderId, kind, events, closed_head.at AS at, head, hash
    FROM closed_head LEFT JOIN payment_order ON payment_order.number = order_number`;
  const heads = db.prepare<[number], HeadRow>(
    `${headColumns} WHERE position >= ? ORDER BY position`,
  );
  const headAt = db.prepare<[number], HeadRow>(`${headColumns} WHERE position = ?`);
  const expectedHeads = db
    .prepare<[], number>(`SELECT value FROM meta WHERE key = 'closedHeads'`)
    .pluck();

  const orphans = db
    .prepare<[], number>(
      `SELECT DISTINCT place / ${EVENTS_PER_ORDER} AS number FROM event
       WHERE place / ${EVENTS_PER_ORDER} NOT IN (SELECT number FROM payment_order)`,
    )
    .pluck();

  function* headBreaks(from: number): Generator<Break> {
    let previous: Uint8Array = headAt.get(from - 1)?.hash ?? GENESIS;
    let expected = from;
    for (const row of heads.iterate(from)) {
      if (row.position !== expected) break;
      const { orderId } = row;
      if (orderId === null) {
        yield {
          orderId,
          n: null,
          what: `link ${row.position} of the closed orders names no order`,
        };
        return;
      }
      if (
        !Buffer.from(row.hash).equals(
          headHash(previous, { ...row, name: chainName(row.kind, orderId) }),
        )
      ) {
        yield {
          orderId,
          n: null,
          what: `link ${row.position} of the chain of closed orders is not what was written`,
        };
        return;
      }
      previous = row.hash;
      expected += 1;
    }
    const count = expectedHeads.get() ?? 0;
    if (expected !== count + 1) {
      const what = `the chain of closed orders ends at ${expected - 1} of ${count} links`;
      yield { orderId: null, n: null, what };
    }
  }

  /** A closed order must also end where the chain of heads says. */
  function orderBreak(row: OrderRow): Break | undefined {
    const { kind, orderId } = row;
    const about = kind === kinds.payment ? { orderId } : { orderId: null, refundOrderId: orderId };
    const check = checkChain(chainName(kind, orderId), rows.eventRows(row));
    if (check.kind === 'broken') return { ...about, n: check.n, what: check.what };
    if (row.standing === standings.open) return undefined;
    const closed = row.closedPosition === null ? undefined : headAt.get(row.closedPosition);
    if (closed === undefined) {
      return { ...about, n: null, what: 'it is missing in the chain of closed orders' };
    }
    if (closed.events !== check.n || !Buffer.from(closed.head).equals(check.head)) {
      return { ...about, n: check.n, what: 'it does not end as the chain of closed orders says' };
    }
    return undefined;
  }

  return {
    orderBreak,
    /** The newest links of the chain of heads, and that their orders end there. */
    *tailBreaks(links: number): Generator<Break> {
      const from = Math.max(1, (expectedHeads.get() ?? 0) - links + 1);
      yield* headBreaks(from);
    },
    /** Everything: as long as the journal is old. */
    *allBreaks(): Generator<Break> {
      const said = db.pragma('integrity_check(10)') as { integrity_check: string }[];
      for (const { integrity_check: what } of said) {
        if (what !== 'ok') yield { orderId: null, n: null, what };
      }
      yield* headBreaks(1);
      for (const number of orphans.iterate()) {
        const what = `there are entries of order number ${number}, but no such order`;
        yield { orderId: null, n: null, what };
      }
      const all = db
        .prepare<[], number>('SELECT number FROM payment_order ORDER BY number')
        .pluck();
      for (const number of all.iterate()) {
        const row = rows.byNumber(number);
        const found = row === undefined ? undefined : orderBreak(row);
        if (found !== undefined) yield found;
      }
    },
  };
}
