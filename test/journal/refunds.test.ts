import { describe, expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { journalRefund, refundOf, refundSeen, refundStarted } from './refund-samples.ts';
import {
  batch,
  command,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  paymentIdOf,
  saleOf,
  silent,
} from './samples.ts';
import { tamper } from './tamper.ts';

const noon = morning + 7_200_000;

/** A sale, a refund that was paid out, and one that is under way; closed. */
function written(): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', saleOf('order-1', morning));
  journalRefund(journal, 'refund-1', refundOf('refund-1', noon));
  journalRefund(journal, 'refund-2', refundOf('refund-2', noon + 9_000).slice(0, 2), false);
  journal.close();
  return path;
}

function reading<T>(path: string, read: (reader: ReturnType<typeof openJournalReader>) => T): T {
  const reader = openJournalReader(path);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

describe('refunds in the journal', () => {
  test('are given back as they were written, open ones at the next start', () => {
    const journal = journalAt(written());
    expect(journal.refund('refund-1')).toEqual({
      refundOrderId: 'refund-1',
      events: refundOf('refund-1', noon),
      settled: true,
    });
    expect(journal.openRefunds()).toEqual([
      {
        refundOrderId: 'refund-2',
        events: refundOf('refund-2', noon + 9_000).slice(0, 2),
        settled: false,
      },
    ]);
    expect(journal.refund('refund-9')).toBeUndefined();
  });

  test('are no orders: neither lists the other, and both may have the same id', () => {
    const path = journalPath();
    const journal = journalAt(path);
    journalEvents(journal, 'same', saleOf('same', morning).slice(0, 2), false);
    journalRefund(journal, 'same', refundOf('same', noon).slice(0, 2), false);
    expect(journal.openOrders().map(({ orderId }) => orderId)).toEqual(['same']);
    expect(journal.openRefunds().map(({ refundOrderId }) => refundOrderId)).toEqual(['same']);
    expect(journal.order('same')?.events).toEqual(saleOf('same', morning).slice(0, 2));
    expect(journal.refund('same')?.events).toEqual(refundOf('same', noon).slice(0, 2));
    expect(journal.ordersSince(0, 9)).toHaveLength(1);
    expect(reading(path, (reader) => reader.verifyAll())).toEqual([]);
  });

  test('go on in their own chains after a restart, in one commit with their payment', () => {
    const path = written();
    const journal = journalAt(path);
    const [, , seen, captured] = refundOf('refund-2', noon + 9_000);
    const rest = [seen, captured] as DatedRefundEvent[];
    journal.commit(
      batch({
        at: noon + 20_000,
        events: [
          { orderId: 'order-2', event: saleOf('order-2', noon)[0] as never, settled: false },
        ],
        refundEvents: rest.map((event) => ({ refundOrderId: 'refund-2', event, settled: true })),
      }),
    );
    expect(journal.refund('refund-2')).toMatchObject({ settled: true });
    expect(journal.openOrders().map(({ orderId }) => orderId)).toEqual(['order-2']);
    expect(reading(path, (reader) => reader.verifyAll())).toEqual([]);
  });

  test('sum up per payment: what is paid out, and nothing else', () => {
    const journal = journalAt(journalPath());
    const paidOut = () => journal.paidOut(paymentIdOf('order-1'));
    expect(paidOut()).toEqual({ count: 0, value: 0 });
    journalRefund(journal, 'r-1', refundOf('r-1', noon, 200));
    journalRefund(journal, 'r-2', refundOf('r-2', noon, 300).slice(0, 3), false);
    expect(paidOut()).toEqual({ count: 1, value: 200 });
    const lapsed = refundSeen('r-2', 'ExpiredAndCaptured', 300);
    journalRefund(journal, 'r-2', [{ type: 'observed', at: noon + DAY_MS, seen: lapsed }]);
    expect(paidOut()).toEqual({ count: 2, value: 500 });
    const declined: DatedRefundEvent[] = [
      ...refundOf('r-3', noon, 50).slice(0, 3),
      { type: 'observed', at: noon, seen: refundSeen('r-3', 'CancelledByClient', 50) },
    ];
    journalRefund(journal, 'r-3', declined);
    journalRefund(journal, 'r-4', [
      refundStarted('r-4', noon, { paymentId: 'another payment' }),
      { type: 'observed', at: noon, seen: refundSeen('r-4', 'Captured') },
    ]);
    expect(paidOut()).toEqual({ count: 2, value: 500 });
    expect(journal.paidOut('another payment')).toEqual({ count: 1, value: 500 });
  });

  test('keep their commands, as orders keep theirs', () => {
    const journal = journalAt(journalPath());
    journalRefund(journal, 'r-1', refundOf('r-1', noon));
    const answered = (id: string, refundOrderId: string) =>
      command(id, { refundOrderId, answer: { id, ok: true, result: null } });
    journal.commit(
      batch({ commands: [answered('known', 'r-1'), answered('unknown', 'r-9'), command('open')] }),
    );
    expect(journal.command('known')).toMatchObject({ refundOrderId: 'r-1', orderId: null });
    journal.housekeep(morning + 8 * DAY_MS);
    expect(journal.command('known')).toBeDefined();
    expect(journal.command('unknown')).toBeUndefined();
    expect(journal.unansweredCommands()).toEqual([command('open')]);
  });
});

describe('archived refunds', () => {
  function archived(): string {
    const path = journalPath();
    const journal = openJournal({ path, keepDays: 40, logger: silent });
    const answer = { id: 'c-1', ok: true, result: null } as const;
    journalRefund(journal, 'refund-1', refundOf('refund-1', noon));
    journalRefund(journal, 'refund-2', refundOf('refund-2', noon).slice(0, 2), false);
    journal.commit(batch({ commands: [command('c-1', { refundOrderId: 'refund-1', answer })] }));
    journal.housekeep(noon + 41 * DAY_MS);
    journal.close();
    return path;
  }

  test('are still given back, with their commands, counted and verified', () => {
    const path = archived();
    reading(path, (reader) => {
      expect(reader.refunds.byId('refund-1')).toMatchObject({ standing: 'archived' });
      expect(reader.refunds.byId('refund-2')).toMatchObject({ standing: 'open' });
      expect(reader.refunds.commandsAbout('refund-1').map(({ id }) => id)).toEqual(['c-1']);
      expect(reader.verifyAll()).toEqual([]);
    });
    const journal = journalAt(path);
    expect(journal.refund('refund-1')?.events).toEqual(refundOf('refund-1', noon));
    expect(journal.command('c-1')).toMatchObject({ refundOrderId: 'refund-1' });
    expect(journal.paidOut(paymentIdOf('order-1'))).toEqual({ count: 1, value: 500 });
  });

  test('come back whole when a late truth comes', () => {
    const path = archived();
    const journal = journalAt(path);
    const late: DatedRefundEvent = {
      type: 'observed',
      at: noon + 50 * DAY_MS,
      seen: refundSeen('refund-1', 'Captured'),
    };
    journalRefund(journal, 'refund-1', [late]);
    expect(journal.refund('refund-1')?.events).toEqual([...refundOf('refund-1', noon), late]);
    expect(reading(path, (reader) => reader.verifyAll())).toEqual([]);
  });
});

describe('the chain of a refund', () => {
  test('that is open and broken stops the start, naming it', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${3 * 65_536 + 2}`);
    expect(() => openJournal({ path, keepDays: 400, logger: silent })).toThrow(
      /refund refund-2: entry 2 is not what was written/,
    );
  });

  test('that was changed is found, and named as a refund', () => {
    const path = written();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${2 * 65_536 + 3}`);
    const broken = { orderId: null, refundOrderId: 'refund-1', n: 3 };
    reading(path, (reader) => {
      expect(reader.refunds.breakOf('refund-1')).toMatchObject(broken);
      expect(reader.refunds.breakOf('refund-2')).toBeUndefined();
      expect(reader.verifyAll()).toEqual([expect.objectContaining(broken)]);
    });
  });

  test('does not hold for a payment of the same id', () => {
    const path = written();
    tamper(path, 'UPDATE payment_order SET kind = 0 WHERE number = 2');
    expect(reading(path, (reader) => reader.verifyAll())[0]).toMatchObject({
      what: expect.stringContaining('is not what was written'),
    });
  });
});

describe('for those who look', () => {
  test('refunds are found by their payment, by their order, and by when they were paid out', () => {
    reading(written(), (reader) => {
      const ids = (refunds: { refundOrderId: string }[]) =>
        refunds.map(({ refundOrderId }) => refundOrderId);
      expect(ids(reader.refunds.ofPayment(paymentIdOf('order-1')))).toEqual([
        'refund-1',
        'refund-2',
      ]);
      expect(ids(reader.refunds.ofOrder('order-1'))).toEqual(['refund-1', 'refund-2']);
      expect(ids(reader.refunds.ofOrder('order-2'))).toEqual([]);
      expect(ids(reader.refunds.capturedBetween(noon, noon + 3_001))).toEqual(['refund-1']);
      expect(ids(reader.refunds.capturedBetween(noon, noon + 3_000))).toEqual([]);
      expect(reader.orders.capturedBetween(noon, noon + DAY_MS)).toEqual([]);
      expect(ids(reader.refunds.newestSettled(9))).toEqual(['refund-1']);
      expect(ids(reader.refunds.since(noon, 9))).toEqual(['refund-1', 'refund-2']);
      expect(reader.orders.since(noon, 9)).toEqual([]);
    });
  });
});
