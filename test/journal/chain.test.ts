import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/commands/explain.ts';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import { fillJournal } from './fill.ts';
import {
  journalEvents,
  journalPath,
  morning,
  saleOf,
  seen,
  silent,
  somebody,
  started,
} from './samples.ts';
import { tamper } from './tamper.ts';

/** A closed journal: order-1 settled, order-2 open. */
function written(): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
  journalEvents(journal, 'order-2', saleOf('order-2', morning + 9_000).slice(0, 4), false);
  journal.close();
  return path;
}

function breaks(path: string) {
  const reader = openJournalReader(path);
  try {
    return reader.verifyAll();
  } finally {
    reader.close();
  }
}

function breakOf(path: string, orderId: string) {
  const reader = openJournalReader(path);
  try {
    return reader.orders.breakOf(orderId);
  } finally {
    reader.close();
  }
}

const openIt = (path: string) => () => {
  openJournal({ path, keepDays: 400, logger: silent }).close();
};

test('everything that was journalled verifies', () => {
  const path = written();
  expect(breaks(path)).toEqual([]);
  expect(openIt(path)).not.toThrow();
});

test('a journal filled for a test or a measurement verifies as well', () => {
  const path = journalPath();
  fillJournal(path, 200);
  expect(breaks(path)).toEqual([]);
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', saleOf('order-1'));
  journal.close();
  fillJournal(path, 10);
  expect(breaks(path)).toEqual([]);
});

test('an order that was opened again and closed again verifies', () => {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', [
    started('order-1', morning),
    { type: 'absenceConcluded', at: morning + 1 },
  ]);
  const late = { type: 'observed', at: morning + 2, seen: seen('order-1', 'Initiated') } as const;
  journalEvents(journal, 'order-1', [late], false);
  expect(breakOf(path, 'order-1')).toBeUndefined();
  journalEvents(journal, 'order-1', [{ type: 'cancelAnswered', at: morning + 3 }]);
  expect(breakOf(path, 'order-1')).toBeUndefined();
  journal.close();
  expect(breaks(path)).toEqual([]);
});

describe('a settled order', () => {
  const place = (n: number) => 65_536 + n;

  test.each([
    ['its text', `UPDATE event SET body = replace(body, '1250', '1150') WHERE place = ${place(4)}`],
    ['its time', `UPDATE event SET at = at + 1 WHERE place = ${place(4)}`],
    ['its link', `UPDATE event SET hash = zeroblob(32) WHERE place = ${place(4)}`],
  ])('is broken at the entry where %s was changed', (_what, sql) => {
    const path = written();
    tamper(path, sql);
    expect(breakOf(path, 'order-1')).toEqual({
      orderId: 'order-1',
      n: 4,
      what: 'entry 4 is not what was written',
    });
    expect(breakOf(path, 'order-2')).toBeUndefined();
    expect(breaks(path).map(({ orderId }) => orderId)).toEqual(['order-1']);
  });

  test('is broken where an entry is missing', () => {
    const path = written();
    tamper(path, `DELETE FROM event WHERE place = ${place(2)}`);
    expect(breakOf(path, 'order-1')).toMatchObject({ n: 2, what: 'entry 2 is missing' });
  });

  test('is broken where its last entry is missing, which the chain of heads tells', () => {
    const path = written();
    tamper(path, `DELETE FROM event WHERE place = ${place(5)}`);
    expect(breakOf(path, 'order-1')).toMatchObject({
      n: 4,
      what: 'it does not end as the chain of closed orders says',
    });
  });

  test('is explained with the break named, and exit code 1', async () => {
    const path = written();
    tamper(path, `UPDATE event SET body = '{"type":"obs' WHERE place = ${place(3)}`);
    let text = '';
    const code = await explainCommand({ journalPath: path, orderId: 'order-1' }, (more) => {
      text += more;
    });
    expect(code).toBe(1);
    expect(text).toContain('This entry cannot be read any more.');
    expect(text).toContain('is BROKEN: entry 3 is not what was written');
    expect(text).toContain('MobilePay confirmed the capture');
  });

  test('that is broken does not stop the start of the terminal', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(4)}`);
    expect(openIt(path)).not.toThrow();
  });
});

test('erased personal data leaves the chain as it was', () => {
  const path = written();
  tamper(path, 'DELETE FROM personal');
  expect(breaks(path)).toEqual([]);
});

test('a broken open order stops the start, naming file, order and remedy', () => {
  const path = written();
  tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${2 * 65_536 + 3}`);
  expect(openIt(path)).toThrow(
    expect.objectContaining({
      code: 'journal-damaged',
      message: expect.stringMatching(
        new RegExp(
          `${path}.*order order-2: entry 3 is not.*beacon-terminal journal salvage ${path}`,
        ),
      ),
    }),
  );
});

test('an open order that vanished stops the start', () => {
  const path = written();
  tamper(path, 'DELETE FROM payment_order WHERE number = 2');
  expect(openIt(path)).toThrow(/0 open orders where there were 1/);
  expect(breaks(path)).toEqual([
    { orderId: null, n: null, what: 'there are entries of order number 2, but no such order' },
  ]);
});

describe('the chain of closed orders', () => {
  test.each([
    ['changed', 'UPDATE closed_head SET at = at + 1 WHERE position = 180', /link 180/],
    ['cut off', 'DELETE FROM closed_head WHERE position > 190', /ends at 190 of 200/],
    ['torn', 'DELETE FROM closed_head WHERE position = 170', /ends at 169 of 200/],
  ])('stops the start when its newest part is %s', (_how, sql, what) => {
    const path = journalPath();
    fillJournal(path, 200);
    tamper(path, sql);
    expect(openIt(path)).toThrow(expect.objectContaining({ code: 'journal-damaged' }));
    expect(breaks(path)[0]?.what).toMatch(what);
  });

  test('is verified as a whole only where somebody asks for it', () => {
    const path = journalPath();
    fillJournal(path, 200);
    tamper(path, 'UPDATE closed_head SET at = at + 1 WHERE position = 20');
    expect(openIt(path)).not.toThrow();
    expect(breaks(path)[0]?.what).toMatch(/link 20 /);
  });
});
