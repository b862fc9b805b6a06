import { existsSync } from 'node:fs';
import type { DatedEvent, EpochMs } from '../payment/events.ts';
import type { JournalledCommand, NoteName } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import { unpackOrder } from './archive-pack.ts';
import { commandOf, openCommandRows } from './command-rows.ts';
import { journalError } from './journal-error.ts';
import { openForReading } from './journal-file.ts';
import { openMeta } from './meta.ts';
import { standings } from './migrations.ts';
import { openNotes } from './notes.ts';
import type { OrderRow } from './order-rows.ts';
import { openOrderRows } from './order-rows.ts';
import type { Break } from './verification.ts';
import { openVerification } from './verification.ts';

export interface ReadOrder {
  orderId: string;
  standing: 'open' | 'settled' | 'archived';
  /** Null where the text of an entry cannot be read any more. */
  entries: { n: number; at: EpochMs; event: DatedEvent | null }[];
  /** What salvage could not carry over, if it had to. */
  remark: string | null;
}

/** The journal for those who only look: support staff, accountants, `doctor`. */
export interface JournalReader {
  openOrders(): ReadOrder[];
  order(orderId: string): ReadOrder | undefined;
  /** Orders with any entry at or after `since`, oldest first, open ones last, at most `limit`. */
  ordersSince(since: EpochMs, limit: number): ReadOrder[];
  /** The settled orders with the newest entries, newest first. */
  newestSettled(limit: number): ReadOrder[];
  /** Orders captured in [from, to), by the time of capture. */
  capturedBetween(from: EpochMs, to: EpochMs): ReadOrder[];
  /** Orders settled in [from, to), whatever became of them. */
  settledBetween(from: EpochMs, to: EpochMs): ReadOrder[];
  /** What the register asked about this order, and what it was told. */
  commandsAbout(orderId: string): JournalledCommand[];
  unansweredCommands(): JournalledCommand[];
  outboxLength(): number;
  newestTrustedAt(): EpochMs | null;
  note(name: NoteName): string | null;
  /** Where the chain of this order is broken; undefined while it holds. */
  breakOf(orderId: string): Break | undefined;
  /** Everything that is not as it was written. Takes as long as the journal is old. */
  verifyAll(): Break[];
  close(): void;
}

const standingNames = ['open', 'settled', 'archived'] as const;

/**
 * Opens a journal read-only, also while a terminal writes to it. All answers show one moment.
 * @throws TerminalError `unreachable` where there is no journal, `journal-damaged`, `not-permitted`
 */
export function openJournalReader(path: string): JournalReader {
  if (!existsSync(path)) {
    throw new TerminalError('unreachable', `There is no journal at ${path}.`);
  }
  try {
    return readerOf(path);
  } catch (error) {
    throw journalError(path, error);
  }
}

function readerOf(path: string): JournalReader {
  const db = openForReading(path);
  db.exec('BEGIN');
  const meta = openMeta(db);
  const rows = openOrderRows(db);
  const commands = openCommandRows(db);
  const notes = openNotes(db);
  const verification = openVerification(db, rows);
  const outboxLength = db.prepare<[], number>('SELECT count(*) FROM outbox').pluck();
  const packed = db
    .prepare<[number], Buffer>('SELECT packed FROM archived_order WHERE order_number = ?')
    .pluck();

  function reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw journalError(path, error);
    }
  }
  function readOrder(row: OrderRow): ReadOrder {
    return {
      orderId: row.orderId,
      standing: standingNames[row.standing] ?? 'open',
      entries: rows.entries(row),
      remark: row.remark,
    };
  }
  const readOrders = (select: () => OrderRow[]) => reading(() => select().map(readOrder));

  return {
    openOrders: () => readOrders(() => rows.open()),
    order: (orderId) =>
      reading(() => {
        const row = rows.byId(orderId);
        return row === undefined ? undefined : readOrder(row);
      }),
    ordersSince: (since, limit) =>
      reading(() => {
        const closed = rows.closedSince(since, limit).map(readOrder);
        const open = rows.open().map(readOrder);
        const fresh = open.filter(({ entries }) => (entries.at(-1)?.at ?? 0) >= since);
        return [...closed, ...fresh].slice(0, limit);
      }),
    newestSettled: (limit) => readOrders(() => rows.newestClosed(limit)),
    capturedBetween: (from, to) => readOrders(() => rows.capturedBetween(from, to)),
    settledBetween: (from, to) => readOrders(() => rows.closedBetween(from, to)),
    commandsAbout: (orderId) =>
      reading(() => {
        const row = rows.byId(orderId);
        const archived = row?.standing === standings.archived ? packed.get(row.number) : undefined;
        const own = archived === undefined ? [] : unpackOrder(archived).commands;
        return [...own, ...commands.byOrder(orderId)].map(commandOf);
      }),
    unansweredCommands: () => reading(() => commands.unanswered().map(commandOf)),
    outboxLength: () => reading(() => outboxLength.get() ?? 0),
    newestTrustedAt: () => meta.get('newestTrustedAt') ?? null,
    note: (name) => reading(() => notes.get(name) ?? null),
    breakOf: (orderId) =>
      reading(() => {
        const row = rows.byId(orderId);
        return row === undefined ? undefined : verification.orderBreak(row);
      }),
    verifyAll: () => reading(() => [...verification.allBreaks()]),
    close: () => {
      db.close();
    },
  };
}
