import type { DatedEvent, EpochMs } from '../payment/events.ts';
import type { JournalledCommand, NoteName } from '../ports.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import { TerminalError } from '../terminal-error.ts';
import { unpackOrder } from './archive-pack.ts';
import { commandOf, openCommandRows } from './command-rows.ts';
import { journalError } from './journal-error.ts';
import { journalExists, openForReading } from './journal-file.ts';
import { openMeta } from './meta.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import { openNotes } from './notes.ts';
import type { Entry, OrderRow } from './order-rows.ts';
import { openOrderRows } from './order-rows.ts';
import type { Break } from './verification.ts';
import { openVerification } from './verification.ts';

export type Standing = 'open' | 'settled' | 'archived';

export interface ReadOrder {
  orderId: string;
  standing: Standing;
  entries: Entry<DatedEvent>[];
  /** What salvage could not carry over, if it had to. */
  remark: string | null;
}

export interface ReadRefund {
  refundOrderId: string;
  standing: Standing;
  entries: Entry<DatedRefundEvent>[];
  remark: string | null;
}

/** Orders of payments, or refunds. */
interface ReadAll<Read> {
  open(): Read[];
  byId(id: string): Read | undefined;
  /** With any entry at or after `since`, oldest first, open ones last, at most `limit`. */
  since(since: EpochMs, limit: number): Read[];
  /** The settled ones with the newest entries, newest first. */
  newestSettled(limit: number): Read[];
  /** Captured or paid out in [from, to), by the time of it. */
  capturedBetween(from: EpochMs, to: EpochMs): Read[];
  /** Settled in [from, to), whatever became of them. */
  settledBetween(from: EpochMs, to: EpochMs): Read[];
  /** What the register asked about it, and what it was told. */
  commandsAbout(id: string): JournalledCommand[];
  /** Where its chain is broken; undefined while it holds. */
  breakOf(id: string): Break | undefined;
}

/** The journal for those who only look: support staff, accountants, `doctor`. */
export interface JournalReader {
  orders: ReadAll<ReadOrder>;
  refunds: ReadAll<ReadRefund> & {
    /** Every refund of a payment, oldest first. */
    ofPayment(paymentId: string): ReadRefund[];
    /** Every refund that named this order. */
    ofOrder(orderId: string): ReadRefund[];
  };
  unansweredCommands(): JournalledCommand[];
  outboxLength(): number;
  newestTrustedAt(): EpochMs | null;
  note(name: NoteName): string | null;
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
  if (!journalExists(path)) {
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
  function common({ standing, remark }: OrderRow) {
    return { standing: standingNames[standing] ?? ('open' as const), remark };
  }
  function readOrder(row: OrderRow): ReadOrder {
    return { orderId: row.orderId, entries: rows.entries(row), ...common(row) };
  }
  function readRefund(row: OrderRow): ReadRefund {
    return { refundOrderId: row.orderId, entries: rows.refundEntries(row), ...common(row) };
  }

  function readAll<Read extends { entries: Entry<unknown>[] }>(
    kind: OrderKind,
    read: (row: OrderRow) => Read,
  ): ReadAll<Read> {
    const readEach = (select: () => OrderRow[]) => reading(() => select().map(read));
    return {
      open: () => readEach(() => rows.open(kind)),
      byId: (id) =>
        reading(() => {
          const row = rows.byId(kind, id);
          return row === undefined ? undefined : read(row);
        }),
      since: (since, limit) =>
        reading(() => {
          const closed = rows.closedSince(kind, since, limit).map(read);
          const open = rows.open(kind).map(read);
          const fresh = open.filter(({ entries }) => (entries.at(-1)?.at ?? 0) >= since);
          return [...closed, ...fresh].slice(0, limit);
        }),
      newestSettled: (limit) => readEach(() => rows.newestClosed(kind, limit)),
      capturedBetween: (from, to) => readEach(() => rows.capturedBetween(kind, from, to)),
      settledBetween: (from, to) => readEach(() => rows.closedBetween(kind, from, to)),
      commandsAbout: (id) =>
        reading(() => {
          const row = rows.byId(kind, id);
          const archived = row?.standing === standings.archived;
          const bytes = archived ? packed.get(row.number) : undefined;
          const own = bytes === undefined ? [] : unpackOrder(bytes).commands;
          return [...own, ...commands.byOrder(kind, id)].map(commandOf);
        }),
      breakOf: (id) =>
        reading(() => {
          const row = rows.byId(kind, id);
          return row === undefined ? undefined : verification.orderBreak(row);
        }),
    };
  }

  return {
    orders: readAll(kinds.payment, readOrder),
    refunds: {
      ...readAll(kinds.refund, readRefund),
      ofPayment: (paymentId) => reading(() => rows.refundsOfPayment(paymentId).map(readRefund)),
      ofOrder: (orderId) => reading(() => rows.refundsOfOrder(orderId).map(readRefund)),
    },
    unansweredCommands: () => reading(() => commands.unanswered().map(commandOf)),
    outboxLength: () => reading(() => outboxLength.get() ?? 0),
    newestTrustedAt: () => meta.get('newestTrustedAt') ?? null,
    note: (name) => reading(() => notes.get(name) ?? null),
    verifyAll: () => reading(() => [...verification.allBreaks()]),
    close: () => {
      db.close();
    },
  };
}
