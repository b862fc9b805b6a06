import { rmSync, writeFileSync } from 'node:fs';
import type { JournalOptions } from './sqlite-journal.ts';
import { openJournal } from './sqlite-journal.ts';

/** As much as a sale needs by far; what SQLite reserves for its log is more, and can wait. */
const ROOM_BYTES = 262_144;

/**
 * Whether a journal that a full disk kept shut can be opened now. Looks for room first: a database
 * that cannot be opened costs memory each time.
 * @throws Error of the file system, or what `openJournal` throws, while it cannot
 */
export function tryToReopen(options: JournalOptions): void {
  const probe = `${options.path}.room`;
  try {
    writeFileSync(probe, Buffer.alloc(ROOM_BYTES), { mode: 0o600 });
  } finally {
    rmSync(probe, { force: true });
  }
  openJournal(options).close();
}
