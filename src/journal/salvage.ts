import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EpochMs } from '../payment/events.ts';
import { TerminalError } from '../terminal-error.ts';
import type { CommandRow } from './archive-pack.ts';
import { commandOf } from './command-rows.ts';
import { openCommandWriter } from './command-writer.ts';
import { copyWithNewFirstPage } from './first-page.ts';
import { journalError } from './journal-error.ts';
import { createJournalFile, openForWriting } from './journal-file.ts';
import { openJournalReader } from './journal-reader.ts';
import { openMeta } from './meta.ts';
import type { OrderKind } from './migrations.ts';
import { kinds } from './migrations.ts';
import { openOrderRows } from './order-rows.ts';
import { openOrderWriter } from './order-writer.ts';
import type { Remains } from './remains.ts';
import { orderCarriedOver } from './salvage-order.ts';
import { refundCarriedOver } from './salvage-refund.ts';
import type { SalvageSource } from './salvage-source.ts';
import { openSalvageSource } from './salvage-source.ts';
import { takeWriterLock } from './writer-lock.ts';

const ORDERS_PER_TRANSACTION = 1_000;

export type SalvageReport =
  | { kind: 'sound' }
  | {
      kind: 'salvaged';
      /** Where the damaged file is kept. */
      keptAs: string;
      orders: number;
      openOrders: string[];
      openRefunds: string[];
      /** What did not come over as it was, and what is said of it. */
      impaired: ({ orderId: string; remark: string } | { refundOrderId: string; remark: string })[];
      commands: number;
      unansweredCommands: number;
      outbox: number;
    };

function discardDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

function isSound(path: string): boolean {
  try {
    const reader = openJournalReader(path);
    try {
      return reader.verifyAll().length === 0;
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'journal-damaged') return false;
    throw error;
  }
}

/** Reads nothing at all where the first page is lost; then with a new first page. */
function openSource(path: string): SalvageSource & { discard(): void } {
  const direct = attempt(() => openSalvageSource(path));
  if (direct?.opens()) return { ...direct, discard: () => {} };
  direct?.close();
  const copy = `${path}.salvage-copy`;
  copyWithNewFirstPage(path, copy);
  const source = openSalvageSource(copy);
  return { ...source, discard: () => discardDatabase(copy) };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

type Filled = Omit<Extract<SalvageReport, { kind: 'salvaged' }>, 'kind' | 'keptAs'>;

/** Writes into a new journal what the damaged one still says. */
function fill(draft: string, source: SalvageSource): Filled {
  const db = openForWriting(draft);
  try {
    // Nobody reads the draft before it is synchronised as a whole.
    db.pragma('synchronous = OFF');
    const meta = openMeta(db);
    const rows = openOrderRows(db);
    const orders = openOrderWriter(db, draft, rows, meta);
    const commands = openCommandWriter(db, meta, orders.numberOf);
    const setRemark = db.prepare<[string, string, OrderKind]>(
      'UPDATE payment_order SET remark = ? WHERE order_id = ? AND kind = ?',
    );
    const insertOutbox = db.prepare<[number, string, string]>(
      'INSERT INTO outbox (position, name, payload) VALUES (?, ?, ?)',
    );
    const filled: Filled = {
      orders: 0,
      openOrders: [],
      openRefunds: [],
      impaired: [],
      commands: 0,
      unansweredCommands: 0,
      outbox: 0,
    };
    let newestAt: EpochMs = source.meta('newestTrustedAt') ?? 0;

    const carryOrder = (remains: Remains) => {
      const { orderId } = remains;
      const carried = orderCarriedOver(remains);
      const { settled, remark } = carried;
      orders.write(
        carried.events.map((event) => ({ orderId, event, settled })),
        [],
      );
      if (remark !== null) filled.impaired.push({ orderId, remark });
      if (!settled) filled.openOrders.push(orderId);
      return carried;
    };
    const carryRefund = (remains: Remains) => {
      const { orderId: refundOrderId } = remains;
      const carried = refundCarriedOver(remains);
      const { settled, remark } = carried;
      orders.write(
        [],
        carried.events.map((event) => ({ refundOrderId, event, settled })),
      );
      if (remark !== null) filled.impaired.push({ refundOrderId, remark });
      if (!settled) filled.openRefunds.push(refundOrderId);
      return carried;
    };
    const carry = (remains: Remains) => {
      const { kind, orderId } = remains;
      if (rows.byId(kind, orderId) !== undefined) return;
      const carryOver = kind === kinds.payment ? carryOrder : carryRefund;
      const { events, remark } = carryOver(remains);
      orders.keep();
      if (remark !== null) setRemark.run(remark, orderId, kind);
      newestAt = Math.max(newestAt, events.at(-1)?.at ?? 0);
      filled.orders += 1;
    };
    const carryCommand = (row: CommandRow) => {
      const isReadable = attempt(() => commandOf(row)) !== undefined;
      if (!isReadable || !commands.carry(row)) return;
      filled.commands += 1;
      if (row.answer === null) filled.unansweredCommands += 1;
    };
    const inBatches = <T>(items: Iterable<T>, work: (item: T) => void) => {
      const write = db.transaction((batch: T[]) => batch.forEach(work));
      let batch: T[] = [];
      for (const item of items) {
        batch.push(item);
        if (batch.length < ORDERS_PER_TRANSACTION) continue;
        write(batch);
        batch = [];
      }
      write(batch);
    };

    inBatches(source.orders(), carry);
    inBatches(source.commands(), carryCommand);
    inBatches(source.outbox(), ({ position, name, payload }) => {
      if (attempt(() => JSON.parse(payload)) === undefined) return;
      insertOutbox.run(position, name, payload);
      meta.set('outboxPosition', position);
      filled.outbox += 1;
    });
    const insertNote = db.prepare<[string, string]>('INSERT INTO note (name, text) VALUES (?, ?)');
    inBatches(source.notes(), ({ name, text }) => void insertNote.run(name, text));
    db.transaction(() => {
      const outboxPosition = Math.max(
        meta.get('outboxPosition') ?? 0,
        source.meta('outboxPosition') ?? 0,
      );
      meta.set('outboxPosition', outboxPosition);
      if (newestAt > 0) meta.set('newestTrustedAt', newestAt);
    })();
    db.pragma('wal_checkpoint(TRUNCATE)');
    return filled;
  } finally {
    db.close();
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function keptNames(path: string): string[] {
  const begin = `${basename(path)}.damaged-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(begin) && !/-(wal|shm)$/.test(name))
    .sort()
    .map((name) => join(dirname(path), name));
}

/** The damaged file steps aside with its log, the new one takes its name; goes on after a crash. */
function swap(path: string, ready: string, keptAs: string): void {
  if (existsSync(path)) renameSync(path, keptAs);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${keptAs}-wal`);
  rmSync(`${path}-shm`, { force: true });
  sync(dirname(path));
  renameSync(ready, path);
  sync(dirname(path));
}

function salvageLocked(path: string, now: EpochMs): SalvageReport {
  const ready = `${path}.salvaging`;
  const draft = `${path}.salvage-draft`;
  if (!existsSync(path)) {
    const keptAs = keptNames(path).at(-1);
    if (!existsSync(ready) || keptAs === undefined) {
      throw new TerminalError('unreachable', `There is no journal at ${path}.`);
    }
    swap(path, ready, keptAs);
    const remade = { orders: 0, commands: 0, unansweredCommands: 0, outbox: 0 };
    return { kind: 'salvaged', keptAs, openOrders: [], openRefunds: [], impaired: [], ...remade };
  }
  if (isSound(path)) return { kind: 'sound' };

  discardDatabase(draft);
  rmSync(ready, { force: true });
  const source = openSource(path);
  let filled: Filled;
  try {
    createJournalFile(draft);
    filled = fill(draft, source);
  } finally {
    source.close();
    source.discard();
  }
  if (filled.orders === 0 && filled.commands === 0 && filled.outbox === 0) {
    discardDatabase(draft);
    throw new TerminalError(
      'journal-damaged',
      `Nothing can be read of ${path} any more, so there is nothing to salvage. Look at MobilePay which payments are open, restore a backup, or move the file away to begin anew.`,
    );
  }
  sync(draft);
  renameSync(draft, ready);
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const keptAs = `${path}.damaged-${time}`;
  swap(path, ready, keptAs);
  return { kind: 'salvaged', keptAs, ...filled };
}

/**
 * Replaces a damaged journal by a new one with everything that can still be read. The damaged file
 * is kept under a name with the time.
 * @throws TerminalError `not-permitted` while a terminal uses the journal, `unreachable` where there
 *   is none, `journal-damaged` where nothing can be read, `disk-full`
 */
export function salvageJournal(path: string, now: EpochMs): SalvageReport {
  if (!existsSync(dirname(path))) {
    throw new TerminalError('unreachable', `There is no journal at ${path}.`);
  }
  let release = () => {};
  try {
    ({ release } = takeWriterLock(path));
    return salvageLocked(path, now);
  } catch (error) {
    throw journalError(path, error);
  } finally {
    release();
  }
}
