import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { openSqlite } from '../../src/journal/sqlite.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import type { Journal } from '../../src/ports.ts';
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
  snapshot,
  somebody,
  started,
} from './samples.ts';

/** Until nothing is due any more. */
function tidy(journal: Journal, now: number): void {
  for (let round = 0; round < 10; round += 1) journal.housekeep(now);
}

function count(path: string, sql: string): number {
  const db = openSqlite(path, { readonly: true });
  try {
    return db.prepare<[], number>(sql).pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

function withoutPersonal(events: DatedEvent[]): DatedEvent[] {
  return events.map((event) =>
    'seen' in event ? { ...event, seen: { ...event.seen, personal: nobody } } : event,
  );
}

const settledAt = morning + 4_000;

describe('personal data', () => {
  const secrets = ['loyalty-4711', 'token-of-the-customer', 'token-of-the-receipt'];

  function sold(journal: Journal): void {
    const about = { orderId: 'order-1' };
    journal.commit(batch({ commands: [command('start', about), command('get', about)] }));
    journal.commit(batch({ commands: [command('list', { name: 'payment/list' })] }));
    journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
    journalEvents(journal, 'order-2', [started('order-2', morning)], false);
    const told = snapshot('order-1', somebody);
    const other = { ...snapshot('order-2', { ...nobody, customerToken: 'of-order-2' }) };
    journal.commit(
      batch({
        at: settledAt,
        answers: [
          { id: 'start', answer: { id: 'start', ok: true, result: told } },
          { id: 'get', answer: { id: 'get', ok: true, result: told } },
          { id: 'list', answer: { id: 'list', ok: true, result: [told, other] } },
        ],
        outbox: [{ name: 'payment', payload: told }],
      }),
    );
  }

  test('is kept for 30 days after the order was settled', () => {
    const journal = journalAt(journalPath());
    sold(journal);
    tidy(journal, settledAt + 30 * DAY_MS - 1);
    expect(journal.order('order-1')?.events).toEqual(saleOf('order-1', morning, somebody));
    expect(JSON.stringify(journal.command('get')?.answer)).toContain('token-of-the-customer');
  });

  test('of a check-in that no broker took in 30 days is erased from the outbox', () => {
    const path = journalPath();
    const journal = journalAt(path);
    const checkin = {
      checkedIn: true,
      ...somebody,
      via: 'ble',
      ble: { token: 'token-of-the-phone', authenticator: 'proof-of-the-phone' },
      bootId: 'boot-1',
      seq: 1,
      at: new Date(morning).toISOString(),
    } as const;
    journal.commit(batch({ at: morning, outbox: [{ name: 'checkin', payload: checkin }] }));
    tidy(journal, morning + 29 * DAY_MS);
    expect(journal.outboxAfter(0, 9).map(({ payload }) => payload)).toEqual([checkin]);
    tidy(journal, morning + 31 * DAY_MS);
    expect(journal.outboxAfter(0, 9).map(({ payload }) => payload)).toEqual([
      { ...checkin, ...nobody, ble: null },
    ]);
    const written = readFileSync(path, 'latin1') + readFileSync(`${path}-wal`, 'latin1');
    for (const secret of [...secrets, 'token-of-the-phone', 'proof-of-the-phone']) {
      expect(written).not.toContain(secret);
    }
  });

  test('is erased then, with its copies in answers and in the outbox', () => {
    const journal = journalAt(journalPath());
    sold(journal);
    tidy(journal, settledAt + 30 * DAY_MS);
    expect(journal.order('order-1')?.events).toEqual(
      withoutPersonal(saleOf('order-1', morning, somebody)),
    );
    expect(journal.command('start')?.answer).toEqual({
      id: 'start',
      ok: true,
      result: snapshot('order-1', nobody),
    });
    expect(journal.outboxAfter(0, 9).map(({ payload }) => payload)).toEqual([
      snapshot('order-1', nobody),
    ]);
  });

  test('is gone from every file of the journal', () => {
    const path = journalPath();
    const journal = journalAt(path);
    sold(journal);
    const inFiles = () =>
      [path, `${path}-wal`].map((file) => readFileSync(file, 'latin1')).join('');
    expect(inFiles()).toContain('token-of-the-customer');
    tidy(journal, settledAt + 30 * DAY_MS);
    for (const secret of secrets) expect(inFiles()).not.toContain(secret);
  });

  test('of an unsettled order stays', () => {
    const journal = journalAt(journalPath());
    const open = saleOf('order-1', morning, somebody).slice(0, 4);
    journalEvents(journal, 'order-1', open, false);
    tidy(journal, settledAt + 90 * DAY_MS);
    expect(journal.openOrders()[0]?.events).toEqual(open);
  });

  test('of others in the same answer stays until their time has come', () => {
    const journal = journalAt(journalPath());
    const about = { orderId: 'order-1' };
    journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
    journalEvents(journal, 'order-2', saleOf('order-2', morning + DAY_MS, somebody));
    const both = [snapshot('order-1', somebody), snapshot('order-2', somebody)];
    journal.commit(
      batch({
        at: morning + DAY_MS + 5_000,
        commands: [command('both', { ...about, answer: { id: 'both', ok: true, result: both } })],
      }),
    );
    tidy(journal, settledAt + 30 * DAY_MS);
    expect(journal.command('both')?.answer).toMatchObject({
      result: [snapshot('order-1', nobody), snapshot('order-2', somebody)],
    });
    tidy(journal, settledAt + 31 * DAY_MS);
    expect(journal.command('both')?.answer).toMatchObject({
      result: [snapshot('order-1', nobody), snapshot('order-2', nobody)],
    });
  });
});

describe('the archive', () => {
  function archived(path: string): Journal {
    const journal = journalAt(path, 100);
    const about = { orderId: 'order-1' };
    journal.commit(batch({ commands: [command('start', about)] }));
    journalEvents(journal, 'order-1', saleOf('order-1', morning));
    const answer = { id: 'start', ok: true, result: snapshot('order-1') } as const;
    journal.commit(batch({ at: settledAt, answers: [{ id: 'start', answer }] }));
    journalEvents(journal, 'order-2', [started('order-2', morning)], false);
    tidy(journal, settledAt + 100 * DAY_MS + 1);
    return journal;
  }

  test('takes settled orders older than keepDays, and them alone', () => {
    const path = journalPath();
    const journal = journalAt(path, 100);
    journalEvents(journal, 'order-1', saleOf('order-1', morning));
    journalEvents(journal, 'order-2', saleOf('order-2', morning + 1));
    journalEvents(journal, 'order-3', [started('order-3', morning)], false);
    tidy(journal, settledAt + 100 * DAY_MS + 1);
    const reader = openJournalReader(path);
    const standings = ['order-1', 'order-2', 'order-3'].map(
      (id) => reader.orders.byId(id)?.standing,
    );
    reader.close();
    expect(standings).toEqual(['archived', 'settled', 'open']);
  });

  test('leaves nothing of them but the row of the order and the head', () => {
    const path = journalPath();
    archived(path);
    const place = 'place BETWEEN 65536 AND 131071';
    expect(count(path, `SELECT count(*) FROM event WHERE ${place}`)).toBe(0);
    expect(count(path, 'SELECT count(*) FROM command')).toBe(0);
    expect(count(path, 'SELECT count(*) FROM closed_head')).toBe(1);
  });

  test('still gives the order, its answers, and its place in lists', () => {
    const path = journalPath();
    const journal = archived(path);
    expect(journal.order('order-1')).toEqual({
      orderId: 'order-1',
      events: saleOf('order-1', morning),
      settled: true,
    });
    expect(journal.command('start')?.answer).toMatchObject({ ok: true });
    expect(journal.ordersSince(0, 9).map(({ orderId }) => orderId)).toEqual(['order-1', 'order-2']);
  });

  test('keeps the chains whole', () => {
    const path = journalPath();
    archived(path);
    const reader = openJournalReader(path);
    expect(reader.verifyAll()).toEqual([]);
    expect(reader.orders.commandsAbout('order-1').map(({ id }) => id)).toEqual(['start']);
    reader.close();
  });

  test('gives an order back whole when a late truth comes', () => {
    const path = journalPath();
    const journal = archived(path);
    const late: DatedEvent = {
      type: 'observed',
      at: settledAt + 101 * DAY_MS,
      seen: seen('order-1', 'Captured', somebody),
    };
    journalEvents(journal, 'order-1', [late], false);
    expect(journal.openOrders().map(({ orderId }) => orderId)).toEqual(['order-1', 'order-2']);
    expect(journal.order('order-1')?.events).toEqual([...saleOf('order-1', morning), late]);
    expect(journal.command('start')?.answer).toMatchObject({ ok: true });
    const reader = openJournalReader(path);
    expect(reader.verifyAll()).toEqual([]);
    reader.close();
  });

  test('waits for personal data to be erased, however short keepDays are', () => {
    const path = journalPath();
    const journal = journalAt(path, 1);
    journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
    const standing = () => {
      const reader = openJournalReader(path);
      try {
        return reader.orders.byId('order-1')?.standing;
      } finally {
        reader.close();
      }
    };
    tidy(journal, settledAt + 29 * DAY_MS);
    expect(standing()).toBe('settled');
    tidy(journal, settledAt + 30 * DAY_MS);
    expect(standing()).toBe('archived');
  });

  test('takes many orders in rounds that stay short', () => {
    const path = journalPath();
    const journal = journalAt(path, 100);
    for (let index = 0; index < 250; index += 1) {
      const orderId = `order-${index}`;
      const end: DatedEvent = { type: 'barred', orderId, at: morning };
      journal.commit(batch({ events: [{ orderId, event: end, settled: true }] }));
    }
    const left = () => count(path, 'SELECT count(*) FROM payment_order WHERE standing = 1');
    journal.housekeep(morning + 101 * DAY_MS);
    expect(left()).toBe(150);
    tidy(journal, morning + 101 * DAY_MS);
    expect(left()).toBe(0);
  });
});

describe('answers', () => {
  const answered = (id: string, parts: Parameters<typeof command>[1] = {}) =>
    command(id, { answer: { id, ok: true, result: null }, ...parts });

  test('are kept for 7 days, and as long as their order', () => {
    const journal = journalAt(journalPath());
    journalEvents(journal, 'order-1', [started('order-1', morning)], false);
    journal.commit(
      batch({
        commands: [
          answered('list'),
          answered('of-the-order', { orderId: 'order-1' }),
          answered('of-no-order', { orderId: 'order-9' }),
        ],
      }),
    );
    const known = () =>
      ['list', 'of-the-order', 'of-no-order'].filter((id) => journal.command(id) !== undefined);
    tidy(journal, morning + 7 * DAY_MS - 1);
    expect(known()).toEqual(['list', 'of-the-order', 'of-no-order']);
    tidy(journal, morning + 7 * DAY_MS);
    expect(known()).toEqual(['of-the-order']);
  });

  test('that are still owed are never forgotten', () => {
    const journal = journalAt(journalPath());
    journal.commit(batch({ commands: [command('waiting'), answered('later')] }));
    tidy(journal, morning + 8 * DAY_MS);
    expect(journal.unansweredCommands().map(({ id }) => id)).toEqual(['waiting']);
  });

  test('of new commands are swept after older ones were forgotten', () => {
    const journal = journalAt(journalPath());
    journal.commit(batch({ commands: [answered('a'), answered('b')] }));
    tidy(journal, morning + 8 * DAY_MS);
    expect(journal.command('b')).toBeUndefined();
    journal.commit(batch({ commands: [answered('c', { arrivedAt: morning + 8 * DAY_MS })] }));
    tidy(journal, morning + 16 * DAY_MS);
    expect(journal.command('c')).toBeUndefined();
  });
});
