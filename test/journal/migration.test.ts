import { expect, test } from 'vitest';
import { journalMigrateCommand } from '../../src/commands/journal-migrate.ts';
import { openSqlite } from '../../src/journal/sqlite.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { TerminalError } from '../../src/terminal-error.ts';
import { journalAt, journalEvents, journalPath, saleOf, silent } from './samples.ts';

/** A journal of the first released format, with one sale; `damage` is done to it in that format. */
function oldJournal(damage = ''): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'A1', saleOf('A1'));
  journal.close();
  change(path, `DROP TABLE note; PRAGMA user_version = 1; ${damage}`);
  return path;
}

function change(path: string, sql: string): void {
  const db = openSqlite(path);
  db.exec(sql);
  db.close();
}

function formatAndTables(path: string) {
  const db = openSqlite(path);
  try {
    const format = db.pragma('user_version', { simple: true });
    return { format, tables: db.prepare('SELECT name FROM sqlite_schema ORDER BY name').all() };
  } finally {
    db.close();
  }
}

function migrated(path: string): string {
  let said = '';
  expect(
    journalMigrateCommand({ journalPath: path }, (text) => {
      said += text;
    }),
  ).toBe(0);
  return said;
}

test('journal migrate brings an old journal up to date, and keeps what is in it', () => {
  const path = oldJournal();
  expect(migrated(path)).toBe(`The journal ${path} was brought from format 1 to 2.\n`);
  expect(migrated(path)).toBe(`The journal ${path} has format 2, as it should.\n`);
  expect(journalAt(path).order('A1')?.events.at(-1)?.type).toBe('captureAnswered');
});

test('a migration that fails leaves the journal as it was, and says so', () => {
  // The table that the second format brings is there already, for whatever reason.
  const path = oldJournal('CREATE TABLE note (something TEXT);');
  const before = formatAndTables(path);
  const migrate = () => journalMigrateCommand({ journalPath: path }, () => {});
  expect(migrate).toThrow(TerminalError);
  expect(migrate).toThrow(
    /could not be brought from format 1 to 2: table note already exists.*Nothing of it was changed/,
  );
  expect(formatAndTables(path)).toEqual(before);
  change(path, 'DROP TABLE note');
  expect(migrated(path)).toContain('from format 1 to 2');
  expect(journalAt(path).order('A1')?.settled).toBe(true);
});

test('journal migrate makes no journal where there is none', () => {
  const path = journalPath();
  expect(migrated(path)).toBe(`There is no journal ${path} yet.\n`);
});
