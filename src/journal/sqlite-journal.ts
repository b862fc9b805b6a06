import type { Database } from 'better-sqlite3';
import type { Logger } from 'pino';
import type { EpochMs } from '../payment/events.ts';
import type { Journal, JournalBatch, JournalledOrder, JournalledRefund } from '../ports.ts';
import { commandOf, openCommandRows } from './command-rows.ts';
import { openCommandWriter } from './command-writer.ts';
import { chainName, chainText } from './hash-chain.ts';
import { openHousekeeping } from './housekeeping.ts';
import { damaged, journalError } from './journal-error.ts';
import {
  BUSY_TIMEOUT_MS,
  ensureJournalFile,
  ensureJournalFolder,
  openForWriting,
  reserveLog,
} from './journal-file.ts';
import type { Meta } from './meta.ts';
import { openMeta } from './meta.ts';
import type { OrderKind } from './migrations.ts';
import { kinds, standings } from './migrations.ts';
import { openNotes } from './notes.ts';
import type { OrderRow } from './order-rows.ts';
import { openOrderRows } from './order-rows.ts';
import { openOrderWriter } from './order-writer.ts';
import { openOutbox } from './outbox-store.ts';
import { checkChain, openVerification } from './verification.ts';
import type { WriterLock } from './writer-lock.ts';
import { takeWriterLock } from './writer-lock.ts';

/** How much of the chain of closed orders is verified at every start. */
const TAIL_LINKS = 50;
/** After so long without a commit the journal does what need not hold a sale up. */
const IDLE_MS = 1_000;
/** So many commits make a checkpoint worth its time: about half of the reserved log. */
const COMMITS_PER_CHECKPOINT = 32;

export interface JournalOptions {
  path: string;
  /** Settled orders are archived after this; never before their personal data is erased. */
  keepDays: number;
  logger: Logger;
}

/** What a batch of nothing writes, so that it still tells whether the disk takes anything. */
function touch(meta: Meta): void {
  meta.set('touched', (meta.get('touched') ?? 0) + 1);
}

/**
 * Opens the journal, or makes one where there is none. It takes no longer with a million settled
 * orders: only what is unsettled and the newest closed orders are read.
 * @throws TerminalError `journal-damaged`, `disk-full`, `not-permitted` (also: in use)
 */
export function openJournal(options: JournalOptions): Journal {
  const { path } = options;
  let lock: WriterLock | undefined;
  let db: Database | undefined;
  try {
    ensureJournalFolder(path);
    lock = takeWriterLock(path);
    ensureJournalFile(path);
    db = openForWriting(path);
    return journalOver(db, options, lock);
  } catch (error) {
    db?.close();
    lock?.release();
    throw journalError(path, error);
  }
}

function journalOver(db: Database, options: JournalOptions, lock: WriterLock): Journal {
  const { path, logger } = options;
  const meta = openMeta(db);
  const rows = openOrderRows(db);
  const commandRows = openCommandRows(db);
  const orders = openOrderWriter(db, path, rows, meta);
  const commands = openCommandWriter(db, meta, orders.numberOf);
  const outbox = openOutbox(db, meta);
  const notes = openNotes(db);

  /** The one way to the disk: all of the work becomes durable, or none of it. */
  const transact = db.transaction((work: () => void) => work());
  function durably(work: () => void): void {
    try {
      transact(work);
    } catch (error) {
      for (const part of [meta, orders, outbox]) part.drop();
      throw journalError(path, error);
    }
    for (const part of [meta, orders, outbox]) part.keep();
  }
  function reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw journalError(path, error);
    }
  }
  const housekeeping = openHousekeeping(db, rows, meta, { keepDays: options.keepDays, durably });

  function verifyWhatIsOpen(): void {
    const { tailBreaks } = openVerification(db, rows);
    for (const { what } of tailBreaks(TAIL_LINKS)) throw damaged(path, what);
    const open = [...rows.open(kinds.payment), ...rows.open(kinds.refund)];
    const expected = meta.get('openOrders') ?? 0;
    if (open.length !== expected) {
      throw damaged(path, `it has ${open.length} open orders where there were ${expected}`);
    }
    for (const row of open) {
      const { kind, orderId } = row;
      const check = checkChain(chainName(kind, orderId), rows.eventRows(row));
      if (check.kind === 'broken') {
        throw damaged(path, `${chainText(kind, orderId)}: ${check.what}`);
      }
      orders.adopt(row, { n: check.n, head: check.head });
    }
  }

  /** Not worth a wait for the disk; the next commit's wait covers it. */
  function lazily(work: () => void): void {
    db.pragma('synchronous = NORMAL');
    try {
      work();
    } finally {
      db.pragma('synchronous = FULL');
    }
  }
  function forgetAcknowledged(): void {
    if (!outbox.owesForgetting()) return;
    lazily(() => outbox.forgetAcknowledged());
    outbox.keep();
  }
  /** Begins the log anew, so that no commit has to. */
  function restartLog(): void {
    lazily(() => touch(meta));
    meta.keep();
    reserveLog(path);
  }
  /** What was erased from the file must go from the log, too; a reader may delay that. */
  function emptyLog(): boolean {
    db.pragma('busy_timeout = 0');
    const [said] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    restartLog();
    return said?.busy === 0;
  }

  let commitsSinceCheckpoint = 0;
  let logHoldsErased = false;
  function onIdle(): void {
    try {
      if (commitsSinceCheckpoint >= COMMITS_PER_CHECKPOINT) {
        commitsSinceCheckpoint = 0;
        db.pragma('wal_checkpoint(PASSIVE)');
        restartLog();
      }
      forgetAcknowledged();
    } catch (error) {
      logger.warn({ err: journalError(path, error) }, 'the journal could not be tidied');
    }
  }

  verifyWhatIsOpen();
  try {
    restartLog();
  } catch (error) {
    // A full disk does not hide what the journal knows: the first commit will tell.
    logger.warn({ err: journalError(path, error) }, 'the journal can only be read');
  }
  const idle = setTimeout(onIdle, IDLE_MS);
  idle.unref();

  function write(batch: JournalBatch): void {
    const { commands: arrived = [], answers = [], outbox: outgoing = [] } = batch;
    if (batch.notes !== undefined) notes.write(batch.notes);
    orders.write(batch.events ?? [], batch.refundEvents ?? []);
    commands.write(arrived, answers);
    outbox.write(outgoing);
    // Where the outbox's page is written anyway; a start's commit does not grow by it.
    if (outgoing.length > 0) outbox.forgetAcknowledged();
    const newest = meta.get('newestTrustedAt');
    if (batch.clockTrusted && (newest === undefined || batch.at > newest)) {
      meta.set('newestTrustedAt', batch.at);
    } else {
      touch(meta);
    }
  }

  function journalledOrder(row: OrderRow): JournalledOrder {
    const { orderId, standing } = row;
    return { orderId, events: rows.events(row), settled: standing !== standings.open };
  }

  function journalledRefund(row: OrderRow): JournalledRefund {
    const { orderId: refundOrderId, standing } = row;
    return { refundOrderId, events: rows.refundEvents(row), settled: standing !== standings.open };
  }

  /** Remembers what is not there, for the entry that may follow. */
  function find(kind: OrderKind, orderId: string): OrderRow | undefined {
    if (orders.isAbsent(kind, orderId)) return undefined;
    const row = rows.byId(kind, orderId);
    if (row === undefined) orders.noteAbsent(kind, orderId);
    return row;
  }

  return {
    newestTrustedAt: () => meta.get('newestTrustedAt') ?? null,
    commit(batch) {
      durably(() => write(batch));
      commitsSinceCheckpoint += 1;
      idle.refresh();
    },
    openOrders: () => reading(() => rows.open(kinds.payment).map(journalledOrder)),
    order: (orderId) =>
      reading(() => {
        const row = find(kinds.payment, orderId);
        return row === undefined ? undefined : journalledOrder(row);
      }),
    ordersSince: (since, limit) =>
      reading(() => {
        const closed = rows.closedSince(kinds.payment, since, limit).map(journalledOrder);
        const open = rows.open(kinds.payment).map(journalledOrder);
        return [...closed, ...open.filter((order) => newestAt(order) >= since)].slice(0, limit);
      }),
    openRefunds: () => reading(() => rows.open(kinds.refund).map(journalledRefund)),
    refund: (refundOrderId) =>
      reading(() => {
        const row = find(kinds.refund, refundOrderId);
        return row === undefined ? undefined : journalledRefund(row);
      }),
    paidOut: (paymentId) => reading(() => rows.paidOut(paymentId)),
    command: (id) =>
      reading(() => {
        const row = commandRows.byId(id);
        return row === undefined ? undefined : commandOf(row);
      }),
    unansweredCommands: () => reading(() => commandRows.unanswered().map(commandOf)),
    note: (name) => reading(() => notes.get(name) ?? null),
    lastForeignCancelAt: () => meta.get('last:foreignCancelIntended') ?? null,
    outboxAfter: (position, limit) => reading(() => outbox.after(position, limit)),
    outboxLength: () => reading(() => outbox.length()),
    outboxAcknowledged(position) {
      outbox.acknowledge(position);
      idle.refresh();
    },
    housekeep: (now) =>
      reading(() => {
        if (housekeeping.round(now)) logHoldsErased = true;
        if (logHoldsErased) logHoldsErased = !emptyLog();
      }),
    close() {
      if (!db.open) return;
      clearTimeout(idle);
      onIdle();
      db.close();
      lock.release();
    },
  };
}

function newestAt(order: JournalledOrder): EpochMs {
  return order.events.at(-1)?.at ?? 0;
}
