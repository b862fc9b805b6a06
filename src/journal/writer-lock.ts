import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { TerminalError } from '../terminal-error.ts';
import { openSqlite } from './sqlite.ts';

export interface WriterLock {
  release(): void;
}

const lockOf = (journalPath: string) => `${journalPath}.lock`;

/** The process that writes to a journal; undefined: none, or it cannot be told. */
export function journalWriter(journalPath: string): number | undefined {
  return holderOf(lockOf(journalPath));
}

/** Who holds a lock on the file, by the kernel's list; undefined where it cannot be told. */
function holderOf(path: string): number | undefined {
  try {
    const inode = String(statSync(path).ino);
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, , , , pid, file] = line.split(/\s+/);
      if (file?.split(':')[2] === inode && pid !== undefined) return Number(pid);
    }
  } catch {
    // Only the message is poorer without it.
  }
  return undefined;
}

/**
 * At most one process writes to a journal. The lock is the kernel's, taken by SQLite on an empty
 * file beside it, so it ends with its process however that ends, and readers never meet it.
 * @throws TerminalError `not-permitted` when another process holds it
 */
export function takeWriterLock(journalPath: string): WriterLock {
  const path = lockOf(journalPath);
  // Closing a file ends this process's locks on it, so one that is there is left to SQLite.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const db = openSqlite(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
      throw error;
    }
    const pid = holderOf(path);
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    throw new TerminalError(
      'not-permitted',
      `The journal ${journalPath} is in use by ${holder}. Only one may write to it: stop that one first.`,
      { cause: error },
    );
  }
  return {
    release: () => {
      db.close();
    },
  };
}
