import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import {
  batch,
  command,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  nobody,
  saleOf,
  seen,
  silent,
  snapshot,
  somebody,
  started,
  temporaryFolder,
} from './samples.ts';

describe('the journal file', () => {
  test('is readable by its owner only, and so is the folder it makes', () => {
    const path = join(temporaryFolder(), 'made', 'journal.db');
    journalAt(path).commit(batch());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });
});

describe('an order', () => {
  test('is read back as it was journalled, personal data included', () => {
    const path = journalPath();
    const sale = saleOf('order-1', morning, somebody);
    const first = openJournal({ path, keepDays: 400, logger: silent });
    journalEvents(first, 'order-1', sale);
    first.close();
    expect(journalAt(path).order('order-1')).toEqual({
      orderId: 'order-1',
      events: sale,
      settled: true,
    });
  });

  test('that nobody journalled is undefined', () => {
    expect(journalAt(journalPath()).order('order-1')).toBeUndefined();
  });

  test('stays open until an event settles it', () => {
    const journal = journalAt(journalPath());
    const sale = saleOf('order-1');
    journalEvents(journal, 'order-1', sale.slice(0, 4), false);
    expect(journal.openOrders()).toEqual([
      { orderId: 'order-1', events: sale.slice(0, 4), settled: false },
    ]);
    journalEvents(journal, 'order-1', sale.slice(4));
    expect(journal.openOrders()).toEqual([]);
  });

  test('is opened again by a late truth, and settles once more', () => {
    const path = journalPath();
    const first = openJournal({ path, keepDays: 400, logger: silent });
    const order = [
      started('order-1', morning),
      { type: 'absenceConcluded', at: morning + 600_000 } as const,
    ];
    journalEvents(first, 'order-1', order);
    const late = {
      type: 'observed',
      at: morning + 700_000,
      seen: seen('order-1', 'Initiated'),
    } as const;
    journalEvents(first, 'order-1', [late], false);
    expect(first.openOrders().map(({ orderId }) => orderId)).toEqual(['order-1']);
    first.close();

    const second = openJournal({ path, keepDays: 400, logger: silent });
    expect(second.openOrders()[0]?.events).toEqual([...order, late]);
    const end = { type: 'cancelAnswered', at: morning + 800_000 } as const;
    journalEvents(second, 'order-1', [end]);
    second.close();

    const third = journalAt(path);
    expect(third.openOrders()).toEqual([]);
    expect(third.order('order-1')?.events).toEqual([...order, late, end]);
  });

  test('can begin and end in one commit', () => {
    const path = journalPath();
    const first = openJournal({ path, keepDays: 400, logger: silent });
    const [begin, refused] = [
      started('order-1', morning),
      { type: 'createUnsent', at: morning } as const,
    ];
    first.commit(
      batch({
        events: [begin, refused].map((event) => ({ orderId: 'order-1', event, settled: true })),
      }),
    );
    first.close();
    expect(journalAt(path).order('order-1')).toEqual({
      orderId: 'order-1',
      events: [begin, refused],
      settled: true,
    });
  });

  test('is listed from its newest entry on, oldest first, open ones last', () => {
    const journal = journalAt(journalPath());
    journalEvents(journal, 'order-1', saleOf('order-1', morning));
    journalEvents(journal, 'order-2', saleOf('order-2', morning + 10_000).slice(0, 2), false);
    journalEvents(journal, 'order-3', saleOf('order-3', morning + 20_000));
    const ids = (since: number, limit: number) =>
      journal.ordersSince(since, limit).map(({ orderId }) => orderId);
    expect(ids(0, 10)).toEqual(['order-1', 'order-3', 'order-2']);
    expect(ids(0, 1)).toEqual(['order-1']);
    expect(ids(morning + 4_000, 10)).toEqual(['order-1', 'order-3', 'order-2']);
    expect(ids(morning + 4_001, 10)).toEqual(['order-3', 'order-2']);
    expect(ids(morning + 11_001, 10)).toEqual(['order-3']);
  });
});

describe('times', () => {
  test('the newest entry is the newest trusted one', () => {
    const path = journalPath();
    const first = openJournal({ path, keepDays: 400, logger: silent });
    expect(first.newestTrustedAt()).toBeNull();
    first.commit(batch({ at: morning }));
    first.commit(batch({ at: morning + 5_000, clockTrusted: false }));
    first.commit(batch({ at: morning - 5_000 }));
    expect(first.newestTrustedAt()).toBe(morning);
    first.close();
    expect(journalAt(path).newestTrustedAt()).toBe(morning);
  });

  test('the last cancel of a foreign payment is known over all orders and restarts', () => {
    const path = journalPath();
    const first = openJournal({ path, keepDays: 400, logger: silent });
    expect(first.lastForeignCancelAt()).toBeNull();
    journalEvents(first, 'order-1', [started('order-1', morning)], false);
    const foreign = { type: 'foreignCancelIntended', paymentId: 'p', at: morning + 7 } as const;
    journalEvents(first, 'order-1', [foreign], false);
    journalEvents(first, 'order-2', [started('order-2', morning + 9)], false);
    first.close();
    const second = journalAt(path);
    expect(second.lastForeignCancelAt()).toBe(morning + 7);
  });
});

describe('a command', () => {
  test('waits for its answer over a restart, and keeps it', () => {
    const path = journalPath();
    const first = openJournal({ path, keepDays: 400, logger: silent });
    const waiting = command('c1', {
      orderId: 'order-1',
      replyTo: { topic: 'register/reply', correlationData: 'AAEC' },
    });
    first.commit(batch({ commands: [waiting] }));
    expect(first.unansweredCommands()).toEqual([waiting]);
    first.close();

    const second = openJournal({ path, keepDays: 400, logger: silent });
    expect(second.unansweredCommands()).toEqual([waiting]);
    const answer = { id: 'c1', ok: true, result: snapshot('order-1') } as const;
    second.commit(batch({ answers: [{ id: 'c1', answer }] }));
    expect(second.unansweredCommands()).toEqual([]);
    second.close();
    expect(journalAt(path).command('c1')).toEqual({ ...waiting, answer });
  });

  test('can come with its answer, or be answered in the commit that brings it', () => {
    const journal = journalAt(journalPath());
    const answer = { id: 'c1', ok: true, result: null } as const;
    journal.commit(batch({ commands: [command('c1', { answer })] }));
    const second = { id: 'c2', ok: true, result: 2 } as const;
    journal.commit(batch({ commands: [command('c2')], answers: [{ id: 'c2', answer: second }] }));
    expect(journal.unansweredCommands()).toEqual([]);
    expect(journal.command('c1')?.answer).toEqual(answer);
    expect(journal.command('c2')?.answer).toEqual(second);
    expect(journal.command('c3')).toBeUndefined();
  });
});

describe('the outbox', () => {
  const entry = (orderId: string) => ({ name: 'payment', payload: snapshot(orderId) }) as const;

  test('gives its entries first in, first out, until they are acknowledged', () => {
    const journal = journalAt(journalPath());
    journal.commit(batch({ outbox: [entry('a'), entry('b')] }));
    journal.commit(batch({ outbox: [entry('c')] }));
    expect(journal.outboxAfter(0, 10).map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(journal.outboxAfter(1, 1)).toEqual([{ position: 2, ...entry('b') }]);
    journal.outboxAcknowledged(2);
    expect(journal.outboxAfter(0, 10)).toEqual([{ position: 3, ...entry('c') }]);
    expect(journal.outboxLength()).toBe(1);
  });

  test('takes an acknowledgement along with the next commit', () => {
    const path = journalPath();
    const journal = journalAt(path);
    journal.commit(batch({ outbox: [entry('a'), entry('b')] }));
    journal.outboxAcknowledged(1);
    journal.commit(batch());
    journal.close();
    const again = journalAt(path);
    expect(again.outboxAfter(0, 10)).toEqual([{ position: 2, ...entry('b') }]);
  });

  test('remembers an acknowledgement through a clean stop', () => {
    const path = journalPath();
    const journal = journalAt(path);
    journal.commit(batch({ outbox: [entry('a')] }));
    journal.outboxAcknowledged(1);
    journal.close();
    expect(journalAt(path).outboxLength()).toBe(0);
  });

  test('does not forget an acknowledgement over housekeeping', () => {
    const path = journalPath();
    const journal = journalAt(path);
    const answer = { id: 'old', ok: true, result: null } as const;
    journal.commit(batch({ commands: [command('old', { answer })], outbox: [entry('a')] }));
    journal.outboxAcknowledged(1);
    journal.housekeep(morning + 8 * DAY_MS);
    expect(journal.command('old')).toBeUndefined();
    journal.commit(batch());
    journal.close();
    expect(journalAt(path).outboxLength()).toBe(0);
  });

  test('never gives a position twice, also after all are acknowledged and a restart', () => {
    const path = journalPath();
    const first = journalAt(path);
    first.commit(batch({ outbox: [entry('a'), entry('b')] }));
    first.outboxAcknowledged(2);
    first.close();
    const second = journalAt(path);
    second.commit(batch({ outbox: [entry('c')] }));
    expect(second.outboxAfter(0, 10).map(({ position }) => position)).toEqual([3]);
  });

  test('ignores an acknowledgement of what it never gave', () => {
    const journal = journalAt(journalPath());
    journal.commit(batch({ outbox: [entry('a')] }));
    journal.outboxAcknowledged(99);
    journal.commit(batch({ outbox: [entry('b')] }));
    expect(journal.outboxAfter(0, 10).map(({ position }) => position)).toEqual([2]);
  });
});

describe('a batch', () => {
  test('is kept whole or not at all', () => {
    const path = journalPath();
    const journal = journalAt(path);
    journal.commit(batch({ commands: [command('c1')] }));
    const sale = saleOf('order-1');
    const doomed = batch({
      at: morning + 9_000,
      events: [{ orderId: 'order-1', event: sale[0] ?? started('order-1', 0), settled: false }],
      outbox: [{ name: 'payment', payload: snapshot('order-1', nobody) }],
      commands: [command('c1')],
    });
    expect(() => journal.commit(doomed)).toThrow(/UNIQUE/);
    expect(journal.order('order-1')).toBeUndefined();
    expect(journal.outboxLength()).toBe(0);
    expect(journal.newestTrustedAt()).toBe(morning);

    journalEvents(journal, 'order-1', sale);
    journal.commit(batch({ outbox: [{ name: 'payment', payload: snapshot('order-1', nobody) }] }));
    journal.close();
    const again = journalAt(path);
    expect(again.order('order-1')?.events).toEqual(sale);
    expect(again.outboxAfter(0, 9).map(({ position }) => position)).toEqual([1]);
  });
});
