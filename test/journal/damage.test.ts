import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { journalError } from '../../src/journal/journal-error.ts';
import { openSqlite } from '../../src/journal/sqlite.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { fillJournal } from './fill.ts';
import { journalEvents, journalPath, morning, saleOf, silent } from './samples.ts';
import { overwrite, PAGE_BYTES, pagesOf, ruinPage, tamper } from './tamper.ts';

const openIt = (path: string) => () => {
  openJournal({ path, keepDays: 400, logger: silent }).close();
};

function written(): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', saleOf('order-1', morning).slice(0, 4), false);
  journal.close();
  return path;
}

function expectDamage(path: string, what: RegExp = /./): void {
  expect(openIt(path)).toThrow(
    expect.objectContaining({ code: 'journal-damaged', message: expect.stringContaining(path) }),
  );
  expect(openIt(path)).toThrow(what);
}

describe('a journal that cannot be read', () => {
  test('with a ruined beginning is damaged, and stays as it is', () => {
    const path = written();
    ruinPage(path, 1);
    const before = readFileSync(path);
    expectDamage(path, /beacon-terminal journal salvage/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each(['event', 'payment_order', 'meta', 'closed_head'])(
    'with a ruined page of %s is damaged',
    (table) => {
      const path = journalPath();
      fillJournal(path, 3);
      const journal = openJournal({ path, keepDays: 400, logger: silent });
      journalEvents(journal, 'order-1', saleOf('order-1', morning).slice(0, 4), false);
      journal.close();
      for (const page of pagesOf(path, table)) ruinPage(path, page);
      expectDamage(path);
    },
  );

  test('that ends in the middle is damaged', () => {
    const path = journalPath();
    fillJournal(path, 50);
    truncateSync(path, 5 * PAGE_BYTES);
    expectDamage(path);
  });

  test('that is empty is damaged: a fresh file never takes its place', () => {
    const path = written();
    truncateSync(path, 0);
    expectDamage(path, /it is empty/);
    expect(readFileSync(path)).toHaveLength(0);
  });

  test('that is missing while its log is there is damaged', () => {
    const path = written();
    renameSync(path, `${path}-wal`);
    expectDamage(path, /is missing, while its log/);
    expect(existsSync(path)).toBe(false);
  });

  test('that is missing while a salvaged one waits to take its place is damaged', () => {
    const path = written();
    renameSync(path, `${path}.salvaging`);
    expectDamage(path, /journal salvage/);
  });

  test('that is no database is damaged, not replaced', () => {
    const path = journalPath();
    writeFileSync(path, 'a note somebody left here\n'.repeat(200));
    expectDamage(path);
    expect(readFileSync(path, 'utf8')).toContain('a note somebody left here');
  });

  test('that belongs to another program is left alone', () => {
    const path = journalPath();
    const other = openSqlite(path);
    other.exec('CREATE TABLE notes (text TEXT)');
    other.close();
    expectDamage(path, /is not a journal of this program/);
  });

  test('of a newer version says so', () => {
    const path = written();
    tamper(path, 'PRAGMA user_version = 99');
    expectDamage(path, /newer version of beacon-terminal \(format 99, this one knows \d+\)/);
  });

  test('releases its lock, so that salvage can have it', () => {
    const path = written();
    const sound = readFileSync(path);
    ruinPage(path, 1);
    expectDamage(path);
    writeFileSync(path, sound);
    expect(openIt(path)).not.toThrow();
  });

  test('because a directory has its name is not permitted, and says what to do', () => {
    const path = journalPath();
    mkdirSync(path);
    expect(openIt(path)).toThrow(expect.objectContaining({ code: 'not-permitted' }));
  });
});

test('damage that a running terminal meets is told as such', () => {
  const path = journalPath();
  fillJournal(path, 400);
  const pages = pagesOf(path, 'event');
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  for (const page of pages)
    overwrite(path, Buffer.alloc(PAGE_BYTES, 0xa5), (page - 1) * PAGE_BYTES);
  expect(() => journal.order('sale-1')).toThrow(
    expect.objectContaining({ code: 'journal-damaged' }),
  );
  journal.close();
});

describe('an error', () => {
  const sqlite = (code: string) => new Database.SqliteError('it failed', code);
  const node = (code: string) => Object.assign(new Error('it failed'), { code });

  test.each([
    [sqlite('SQLITE_CORRUPT'), 'journal-damaged'],
    [sqlite('SQLITE_CORRUPT_VTAB'), 'journal-damaged'],
    [sqlite('SQLITE_NOTADB'), 'journal-damaged'],
    [sqlite('SQLITE_IOERR_READ'), 'journal-damaged'],
    [sqlite('SQLITE_IOERR_SHORT_READ'), 'journal-damaged'],
    [sqlite('SQLITE_FULL'), 'disk-full'],
    [sqlite('SQLITE_IOERR_WRITE'), 'disk-full'],
    [sqlite('SQLITE_IOERR_FSYNC'), 'disk-full'],
    [sqlite('SQLITE_READONLY_DBMOVED'), 'disk-full'],
    [sqlite('SQLITE_CANTOPEN'), 'not-permitted'],
    [sqlite('SQLITE_CONSTRAINT_UNIQUE'), 'internal'],
    [node('ENOSPC'), 'disk-full'],
    [node('EROFS'), 'disk-full'],
    [node('EACCES'), 'not-permitted'],
    [new SyntaxError('no JSON'), 'journal-damaged'],
    [new Error('a defect'), 'internal'],
  ])('%s means %s', (error, code) => {
    expect(journalError('/var/lib/journal.db', error)).toMatchObject({
      code,
      message: expect.stringContaining('/var/lib/journal.db'),
      cause: error,
    });
  });
});
