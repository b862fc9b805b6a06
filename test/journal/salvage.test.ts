import { existsSync, readdirSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { journalSalvageCommand } from '../../src/commands/journal-salvage.ts';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { salvageJournal } from '../../src/journal/salvage.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import { outcomeOf } from '../../src/payment/outcome.ts';
import { isOverdue, mayCreate, owedOf } from '../../src/payment/owed.ts';
import { foldPayment } from '../../src/payment/transition.ts';
import { fillJournal } from './fill.ts';
import {
  batch,
  command,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  paymentIdOf,
  preparing,
  readied,
  saleOf,
  silent,
  snapshot,
  somebody,
  started,
} from './samples.ts';
import { pagesOf, ruinPage, tamper } from './tamper.ts';

const now = morning + DAY_MS;

/** Two settled orders, one open one, two entries in the outbox, one command without an answer. */
function written(): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  const answer = { id: 'start-1', ok: true, result: null } as const;
  journal.commit(
    batch({ commands: [command('start-1', { orderId: 'order-1', answer }), command('waiting')] }),
  );
  journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
  journalEvents(journal, 'order-2', saleOf('order-2', morning + 9_000).slice(0, 4), false);
  journalEvents(journal, 'order-3', [{ type: 'barred', at: morning, orderId: 'order-3' }]);
  journal.commit(
    batch({
      outbox: [
        { name: 'payment', payload: snapshot('order-1') },
        { name: 'payment', payload: snapshot('order-2') },
      ],
    }),
  );
  journal.close();
  return path;
}

const place = (order: number, n: number) => order * 65_536 + n;

function salvaged(path: string) {
  const report = salvageJournal(path, now);
  if (report.kind !== 'salvaged') throw new Error('nothing was salvaged');
  return report;
}

function breaks(path: string) {
  const reader = openJournalReader(path);
  try {
    return reader.verifyAll();
  } finally {
    reader.close();
  }
}

const isStarted = (event: DatedEvent | undefined) =>
  event?.type === 'started' ? event : undefined;

describe('salvage', () => {
  test('leaves a sound journal alone', () => {
    const path = written();
    const before = readFileSync(path);
    expect(salvageJournal(path, now)).toEqual({ kind: 'sound' });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  test('keeps the damaged file under a name with the time, byte by byte', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    const before = readFileSync(path);
    const { keptAs } = salvaged(path);
    expect(basename(keptAs)).toBe('journal.db.damaged-20250302T100000Z');
    expect(readFileSync(keptAs).equals(before)).toBe(true);
  });

  test('carries over everything that is sound, in a journal that verifies', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    expect(salvaged(path)).toMatchObject({
      orders: 3,
      openOrders: ['order-2'],
      commands: 2,
      unansweredCommands: 1,
      outbox: 2,
    });
    expect(breaks(path)).toEqual([]);
    const journal = journalAt(path);
    expect(journal.order('order-1')).toEqual({
      orderId: 'order-1',
      events: saleOf('order-1', morning, somebody),
      settled: true,
    });
    expect(journal.order('order-3')?.settled).toBe(true);
    expect(journal.command('start-1')?.answer).toEqual({ id: 'start-1', ok: true, result: null });
    expect(journal.unansweredCommands().map(({ id }) => id)).toEqual(['waiting']);
    expect(journal.outboxAfter(0, 9)).toEqual([
      { position: 1, name: 'payment', payload: snapshot('order-1') },
      { position: 2, name: 'payment', payload: snapshot('order-2') },
    ]);
    expect(journal.newestTrustedAt()).toBe(morning + 12_000);
    journal.commit(batch({ outbox: [{ name: 'payment', payload: snapshot('order-1') }] }));
    expect(journal.outboxAfter(2, 9).map(({ position }) => position)).toEqual([3]);
  });

  test('carries over archived orders and their answers', () => {
    const path = journalPath();
    const journal = openJournal({ path, keepDays: 40, logger: silent });
    const answer = { id: 'start-1', ok: true, result: null } as const;
    journal.commit(batch({ commands: [command('start-1', { orderId: 'order-1', answer })] }));
    journalEvents(journal, 'order-1', saleOf('order-1', morning));
    journalEvents(journal, 'order-2', saleOf('order-2', morning).slice(0, 4), false);
    journal.housekeep(morning + 41 * DAY_MS);
    journal.close();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    salvaged(path);
    expect(breaks(path)).toEqual([]);
    const again = journalAt(path);
    expect(again.order('order-1')?.events).toEqual(saleOf('order-1', morning));
    expect(again.command('start-1')?.answer).toEqual(answer);
  });

  test('refuses while a terminal uses the journal', () => {
    const path = written();
    const journal = journalAt(path);
    expect(() => salvageJournal(path, now)).toThrow(
      expect.objectContaining({ code: 'not-permitted' }),
    );
    journal.close();
  });

  test('says so where there is no journal', () => {
    expect(() => salvageJournal(journalPath(), now)).toThrow(
      expect.objectContaining({ code: 'unreachable' }),
    );
    expect(() => salvageJournal('/nonexistent/journal.db', now)).toThrow(
      expect.objectContaining({ code: 'unreachable' }),
    );
  });

  test('makes no journal where nothing can be read', () => {
    const path = written();
    truncateSync(path, 0);
    expect(() => salvageJournal(path, now)).toThrow(/Nothing can be read/);
    expect(readFileSync(path)).toHaveLength(0);
    expect(readdirSync(dirname(path)).sort()).toEqual(['journal.db', 'journal.db.lock']);
  });

  test('is told in words', async () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    let text = '';
    const out = (more: string) => {
      text += more;
    };
    expect(await journalSalvageCommand({ journalPath: path }, out)).toBe(0);
    expect(text).toMatch(/kept as .*journal\.db\.damaged-/);
    expect(text).toMatch(/Open, to be settled with MobilePay at the next start: order-2/);
    expect(text).toMatch(/Impaired: order-2: only the first 3 entries could be read/);
    text = '';
    expect(await journalSalvageCommand({ journalPath: path }, out)).toBe(0);
    expect(text).toMatch(/is sound: nothing was changed/);
  });
});

describe('salvage that was interrupted', () => {
  test('after the damaged file stepped aside goes on where it was', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    const { keptAs } = salvaged(path);
    // As after a power cut between the two renames, with the log of the old file still in place.
    renameSync(path, `${path}.salvaging`);
    expect(() => openJournal({ path, keepDays: 400, logger: silent })).toThrow(
      expect.objectContaining({ code: 'journal-damaged' }),
    );
    expect(salvaged(path).keptAs).toBe(keptAs);
    expect(
      journalAt(path)
        .openOrders()
        .map(({ orderId }) => orderId),
    ).toEqual(['order-2']);
  });

  test('before that begins again', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(2, 4)}`);
    renameSync(written(), `${path}.salvaging`);
    expect(salvaged(path).orders).toBe(3);
    expect(existsSync(`${path}.salvaging`)).toBe(false);
  });
});

describe('an open order of which salvage lost something', () => {
  function carried(path: string, orderId: string) {
    salvaged(path);
    expect(breaks(path)).toEqual([]);
    const journal = journalAt(path);
    const order = journal.order(orderId);
    const payment = foldPayment(order?.events ?? []);
    if (order === undefined || payment === undefined) throw new Error(`${orderId} is lost`);
    return { order, payment, open: journal.openOrders().map((each) => each.orderId) };
  }

  test('is neither cancelled by a time-out nor captured by itself: the register has the word', () => {
    const path = written();
    // Reserved is lost: MobilePay will say it again, long after the deadline.
    tamper(path, `DELETE FROM event WHERE place = ${place(2, 4)}`);
    tamper(path, `UPDATE event SET hash = zeroblob(32) WHERE place = ${place(2, 3)}`);
    const { order, payment, open } = carried(path, 'order-2');
    expect(open).toEqual(['order-2']);
    expect(order.events.map(({ type }) => type)).toEqual(['started', 'createAnswered']);
    expect(isStarted(order.events[0])).toMatchObject({ deadline: null, autoCapture: false });
    expect(owedOf(payment)).toEqual({ do: 'ask', paymentId: paymentIdOf('order-2') });

    const reserved = foldPayment([
      ...order.events,
      { ...(saleOf('order-2', morning)[3] as DatedEvent), at: now },
    ]);
    expect(reserved?.intent).toBeNull();
    expect(reserved === undefined ? '' : outcomeOf(reserved)).toBe('approved');
  });

  test('keeps an intent that could be read', () => {
    const path = journalPath();
    const journal = openJournal({ path, keepDays: 400, logger: silent });
    journalEvents(
      journal,
      'order-1',
      [
        ...saleOf('order-1', morning).slice(0, 3),
        { type: 'cancelIntended', at: morning + 3_000, reason: 'by-register' },
        {
          type: 'cancelRefused',
          at: morning + 4_000,
          refusal: { status: 409, code: '1300', correlationId: null },
        },
      ],
      false,
    );
    journal.close();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(1, 5)}`);
    const { payment } = carried(path, 'order-1');
    expect(payment.intent).toEqual({ kind: 'cancel', reason: 'by-register' });
  });

  test('is asked for by the payment id that a later entry still names', () => {
    const path = written();
    tamper(path, `UPDATE event SET hash = zeroblob(32) WHERE place = ${place(2, 2)}`);
    const { order, payment } = carried(path, 'order-2');
    expect(order.events.map(({ type }) => type)).toEqual(['started', 'createAnswered']);
    expect(owedOf(payment)).toEqual({ do: 'ask', paymentId: paymentIdOf('order-2') });
  });

  test('without any entry is looked for at MobilePay, and never created', () => {
    const path = written();
    tamper(path, `DELETE FROM event WHERE place BETWEEN ${place(2, 0)} AND ${place(3, 0)}`);
    const { payment, open } = carried(path, 'order-2');
    expect(open).toEqual(['order-2']);
    expect(payment).toMatchObject({ orderId: 'order-2', state: 'creating', amount: null });
    expect(owedOf(payment)).toEqual({ do: 'find' });
    expect(mayCreate(payment, morning + 9_000)).toBe(false);
    expect(outcomeOf(payment)).toBe('unknown');
  });

  test('that was prepared asks nobody: the register says the amount again', () => {
    const path = journalPath();
    const journal = openJournal({ path, keepDays: 400, logger: silent });
    const [, createAnswered] = saleOf('order-1', morning) as [DatedEvent, DatedEvent];
    const cancelled: DatedEvent = {
      type: 'cancelIntended',
      at: morning + 3_000,
      reason: 'by-register',
    };
    const events = [preparing('order-1', morning), createAnswered, readied(morning), cancelled];
    journalEvents(journal, 'order-1', events, false);
    journal.close();
    // That it was cancelled is lost.
    tamper(path, `UPDATE event SET hash = zeroblob(32) WHERE place = ${place(1, 4)}`);
    const { payment } = carried(path, 'order-1');
    expect(payment).toMatchObject({ state: 'Prepared', deadline: null, amount: null, ready: null });
    expect(owedOf(payment)).toEqual({ do: 'ask', paymentId: paymentIdOf('order-1') });
    expect(isOverdue(payment, now + DAY_MS)).toBe(false);
  });

  test('is found by its entries where its own row is lost', () => {
    const path = written();
    tamper(path, 'DELETE FROM payment_order WHERE number = 2');
    const { order } = carried(path, 'order-2');
    expect(order.events).toEqual(saleOf('order-2', morning + 9_000).slice(0, 4));
  });
});

describe('a settled order of which salvage lost something', () => {
  function carried(sql: string, orderId = 'order-1') {
    const path = written();
    tamper(path, sql);
    salvaged(path);
    const journal = journalAt(path);
    const order = journal.order(orderId);
    const reader = openJournalReader(path);
    const remark = reader.orders.byId(orderId)?.remark;
    reader.close();
    return { settled: order?.settled, payment: foldPayment(order?.events ?? []), remark };
  }

  test('stays captured where it was captured', () => {
    for (const sql of [
      `DELETE FROM event WHERE place >= ${place(1, 3)} AND place < ${place(2, 0)}`,
      `DELETE FROM event WHERE place < ${place(2, 0)}`,
    ]) {
      const { settled, payment, remark } = carried(sql);
      expect(settled).toBe(true);
      expect(payment?.state).toBe('Captured');
      expect(remark).toMatch(/it was captured/);
    }
  });

  test('stays declined where no money was taken', () => {
    const { settled, payment, remark } = carried(
      `DELETE FROM event WHERE place > ${place(3, 0)}`,
      'order-3',
    );
    expect(settled).toBe(true);
    expect(payment === undefined ? '' : outcomeOf(payment)).toBe('declined');
    expect(remark).toMatch(/no money was captured/);
  });
});

describe('ruined pages', () => {
  const SALES = 400;
  function big(): string {
    const path = journalPath();
    fillJournal(path, SALES);
    const journal = openJournal({ path, keepDays: 400, logger: silent });
    for (let index = 0; index < 40; index += 1) {
      const orderId = `open-${index}`;
      journalEvents(journal, orderId, [started(orderId, morning)], false);
      journal.commit(batch({ outbox: [{ name: 'payment', payload: snapshot(orderId) }] }));
    }
    journal.close();
    return path;
  }

  function ids(path: string): string[] {
    return journalAt(path)
      .ordersSince(0, 1_000)
      .map(({ orderId }) => orderId);
  }

  test('of events cost those events, and no order id', () => {
    const path = big();
    const pages = pagesOf(path, 'event');
    for (const page of [pages[3], pages[Math.floor(pages.length / 2)], pages.at(-1)]) {
      ruinPage(path, page ?? 0);
    }
    const { impaired, outbox } = salvaged(path);
    expect(breaks(path)).toEqual([]);
    expect(ids(path)).toHaveLength(SALES + 40);
    expect(impaired.length).toBeGreaterThan(0);
    expect(impaired.length).toBeLessThan(40);
    expect(outbox).toBe(40);
  });

  test('of orders cost nothing, because the index and the entries name them, too', () => {
    const path = big();
    const pages = pagesOf(path, 'payment_order');
    ruinPage(path, pages[1] ?? 0);
    ruinPage(path, pages.at(-1) ?? 0);
    const { openOrders } = salvaged(path);
    expect(ids(path)).toHaveLength(SALES + 40);
    const open = Array.from({ length: 40 }, (_, index) => `open-${index}`);
    expect(openOrders.toSorted()).toEqual(open.toSorted());
  });

  test('of commands, personal data, heads and counters leave all orders', () => {
    const path = big();
    for (const table of ['command', 'personal', 'closed_head', 'meta']) {
      ruinPage(path, pagesOf(path, table).at(-1) ?? 0);
    }
    const { impaired, outbox } = salvaged(path);
    expect(impaired).toEqual([]);
    expect(outbox).toBe(40);
    expect(ids(path)).toHaveLength(SALES + 40);
    expect(breaks(path)).toEqual([]);
  });

  test('of the outbox cost what lay on them; everything else in it is delivered', () => {
    const path = big();
    const pages = pagesOf(path, 'outbox');
    expect(pages.length).toBeGreaterThan(4);
    ruinPage(path, pages[2] ?? 0);
    const { outbox } = salvaged(path);
    expect(outbox).toBeGreaterThanOrEqual(40 - 8);
    expect(outbox).toBeLessThan(40);
  });

  test('at the very beginning cost nothing', () => {
    const path = big();
    ruinPage(path, 1);
    const { orders, outbox } = salvaged(path);
    expect(orders).toBe(SALES + 40);
    expect(outbox).toBe(40);
    expect(breaks(path)).toEqual([]);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('salvage'))).toEqual([]);
  });
});
