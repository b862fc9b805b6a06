import { describe, expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { salvageJournal } from '../../src/journal/salvage.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import {
  batch,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  saleOf,
  silent,
} from './samples.ts';
import { tamper } from './tamper.ts';

const pos = '{"beaconId":"123456789012345"}';

/** A closed journal that remembers a PoS. */
function written(): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journal.commit(batch({ notes: [{ name: 'pos', text: pos }] }));
  journal.close();
  return path;
}

function noteRead(path: string): string | null {
  const reader = openJournalReader(path);
  try {
    return reader.note('pos');
  } finally {
    reader.close();
  }
}

describe('a note', () => {
  test('is remembered over restarts, under its name only', () => {
    const journal = journalAt(written());
    expect(journal.note('pos')).toBe(pos);
    expect(journal.note('setup-problem')).toBeNull();
  });

  test('takes the place of the one before, and null removes it', () => {
    const journal = journalAt(written());
    journal.commit(batch({ notes: [{ name: 'pos', text: 'newer' }] }));
    expect(journal.note('pos')).toBe('newer');
    journal.commit(batch({ notes: [{ name: 'pos', text: null }] }));
    expect(journal.note('pos')).toBeNull();
  });

  test('is not kept when the rest of its batch fails', () => {
    const path = written();
    tamper(path, 'CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 0); END');
    const journal = journalAt(path);
    const events = saleOf('order-1')
      .slice(0, 1)
      .map((event) => ({ orderId: 'order-1', event, settled: false }));
    expect(() => journal.commit(batch({ events, notes: [{ name: 'pos', text: null }] }))).toThrow();
    expect(journal.note('pos')).toBe(pos);
  });

  test('is read beside a terminal that runs', () => {
    const path = written();
    const journal = journalAt(path);
    journal.commit(batch({ notes: [{ name: 'pos', text: 'newer' }] }));
    expect(noteRead(path)).toBe('newer');
  });

  test('is carried over by salvage', () => {
    const path = written();
    const journal = openJournal({ path, keepDays: 400, logger: silent });
    journalEvents(journal, 'order-1', saleOf('order-1'));
    journal.close();
    tamper(path, 'UPDATE event SET at = at + 1 WHERE place = 65537');
    expect(salvageJournal(path, morning + DAY_MS).kind).toBe('salvaged');
    expect(journalAt(path).note('pos')).toBe(pos);
  });
});

test('a file from before there were notes is read as it is, and gets a place for them when it is used', () => {
  const path = written();
  tamper(path, 'DROP TABLE note; PRAGMA user_version = 1');
  expect(noteRead(path)).toBeNull();
  const journal = journalAt(path);
  expect(journal.note('pos')).toBeNull();
  journal.commit(batch({ notes: [{ name: 'pos', text: pos }] }));
  expect(journal.note('pos')).toBe(pos);
});
