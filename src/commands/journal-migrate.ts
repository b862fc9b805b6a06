import { pino } from 'pino';
import { journalExists, openForReading } from '../journal/journal-file.ts';
import { formatOf } from '../journal/migrations.ts';
import { openJournal } from '../journal/sqlite-journal.ts';

export interface MigrateOptions {
  journalPath: string;
}

/**
 * `beacon-terminal journal migrate FILE`: for whoever installs a new version and wants to know at once.
 * Exit code 0; a terminal that has no journal yet has nothing to migrate.
 * @throws TerminalError `journal-damaged`: the file is as it was; `disk-full`; `not-permitted`: in use
 */
export function journalMigrateCommand(
  { journalPath }: MigrateOptions,
  out: (text: string) => void,
): number {
  if (!journalExists(journalPath)) {
    out(`There is no journal ${journalPath} yet.\n`);
    return 0;
  }
  const before = readFormat(journalPath);
  // Opening it migrates it, and makes sure that what is open can be read.
  openJournal({
    path: journalPath,
    keepDays: 400,
    logger: pino({ level: 'silent' }),
  }).close();
  const now = readFormat(journalPath);
  out(
    before === now
      ? `The journal ${journalPath} has format ${now}, as it should.\n`
      : `The journal ${journalPath} was brought from format ${before} to ${now}.\n`,
  );
  return 0;
}

function readFormat(path: string): number {
  const db = openForReading(path);
  try {
    return formatOf(db);
  } finally {
    db.close();
  }
}
