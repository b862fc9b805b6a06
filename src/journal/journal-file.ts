import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { TerminalError } from '../terminal-error.ts';
import { damaged, journalError } from './journal-error.ts';
import { checkVersion, migrate } from './migrations.ts';
import { openSqlite } from './sqlite.ts';

/** An autocheckpoint is the last resort (8 MB of log): the journal checkpoints when it is idle. */
const AUTOCHECKPOINT_PAGES = 2_000;
/** Writing over reserved blocks costs half of an fdatasync that has to grow the file. */
const RESERVED_LOG_BYTES = 1_048_576;

/** Only a stranger's hold on the file makes anybody wait. */
export const BUSY_TIMEOUT_MS = 2_000;

/**
 * @throws TerminalError `not-permitted` where this user may not even look: then it may well be there
 */
export function journalExists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw journalError(path, error);
  }
}

/** A file, or the names in a folder. Closing it would let go of locks that this process has on it. */
function syncToDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new journal appears under its name whole or not at all: an empty file is always damage. */
export function createJournalFile(path: string): void {
  const draft = `${path}.new`;
  for (const leftover of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(leftover, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const db = openSqlite(draft);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    migrate(db, draft);
  } finally {
    db.close();
  }
  renameSync(draft, path);
  syncToDisk(dirname(path));
}

/** Refuses to begin anew where something says that there was a journal. */
function refuseFreshStart(path: string): void {
  if (existsSync(`${path}.salvaging`)) {
    throw damaged(path, 'it is missing: its salvage was interrupted');
  }
  if (existsSync(`${path}-wal`)) {
    throw new TerminalError(
      'journal-damaged',
      `The journal ${path} is missing, while its log ${path}-wal is there. Put the journal back beside it; without one, move the log away to begin anew.`,
    );
  }
}

/** Makes the journal's folder (0700) where there is none. */
export function ensureJournalFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** Makes the journal (0600) where there is none. */
export function ensureJournalFile(path: string): void {
  if (existsSync(path)) return;
  refuseFreshStart(path);
  createJournalFile(path);
}

/**
 * Opens an existing journal for writing: every commit is on the disk when it returns.
 * @throws what SQLite throws; TerminalError `journal-damaged` for a file that is not a journal
 */
export function openForWriting(path: string): Database {
  if (statSync(path).size === 0) throw damaged(path, 'it is empty');
  // Somebody may just have copied it here: a commit brings only its log to the disk.
  for (const each of [path, dirname(path)]) syncToDisk(each);
  const db = openSqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    checkVersion(db, path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // Erased means gone from the file, too.
    db.pragma('secure_delete = ON');
    db.pragma('cache_size = -4000');
    db.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${AUTOCHECKPOINT_PAGES * 4_096}`);
    migrate(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** @throws what SQLite throws; TerminalError `journal-damaged` for a file that is not a journal */
export function openForReading(path: string): Database {
  if (statSync(path).size === 0) throw damaged(path, 'it is empty');
  const db = openSqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    checkVersion(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Lengthens the log with zeros, which SQLite takes for "no more frames", as far as there is space.
 * Only while nobody writes, and only after a first frame has made the log.
 */
export function reserveLog(path: string): void {
  const log = openSync(`${path}-wal`, 'r+');
  try {
    const size = statSync(`${path}-wal`).size;
    if (size === 0 || size >= RESERVED_LOG_BYTES) return;
    try {
      writeSync(log, Buffer.alloc(RESERVED_LOG_BYTES - size), 0, RESERVED_LOG_BYTES - size, size);
      fdatasyncSync(log);
    } catch {
      // Without it commits are slower, that is all; a disk that is too full says so at the next one.
    }
  } finally {
    closeSync(log);
  }
}
