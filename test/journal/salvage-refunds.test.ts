import { describe, expect, test } from 'vitest';
import { journalSalvageCommand } from '../../src/commands/journal-salvage.ts';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { salvageJournal } from '../../src/journal/salvage.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { outcomeOf } from '../../src/refund/outcome.ts';
import { mayCreate, owedOf } from '../../src/refund/owed.ts';
import { foldRefund } from '../../src/refund/transition.ts';
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

const now = morning + DAY_MS;
const place = (order: number, n: number) => order * 65_536 + n;
const cancelIntended: DatedRefundEvent = { type: 'cancelIntended', at: morning + 9_000 };

const reservedByHand: DatedRefundEvent[] = [
  refundStarted('refund-3', morning, { autoCapture: false }),
  ...refundOf('refund-3', morning).slice(1, 3),
];

/** 1: a sale. 2: a refund that was paid out. 3: one that is reserved. 4: one that was cancelled. */
function written(more: DatedRefundEvent[] = []): string {
  const path = journalPath();
  const journal = openJournal({ path, keepDays: 400, logger: silent });
  journalEvents(journal, 'order-1', saleOf('order-1', morning));
  journalRefund(journal, 'refund-2', refundOf('refund-2', morning));
  const reserved = [...reservedByHand, ...more];
  journalRefund(journal, 'refund-3', reserved, false);
  journalRefund(journal, 'refund-4', [
    ...refundOf('refund-4', morning).slice(0, 2),
    cancelIntended,
    { type: 'cancelAnswered', at: morning + 10_000 },
  ]);
  const answer = { id: 'c-2', ok: true, result: null } as const;
  journal.commit(batch({ commands: [command('c-2', { refundOrderId: 'refund-2', answer })] }));
  journal.close();
  return path;
}

function salvaged(path: string, sql: string) {
  tamper(path, sql);
  const report = salvageJournal(path, now);
  if (report.kind !== 'salvaged') throw new Error('nothing was salvaged');
  const reader = openJournalReader(path);
  expect(reader.verifyAll()).toEqual([]);
  const remark = (id: string) => reader.refunds.byId(id)?.remark;
  const remarks = Object.fromEntries(
    ['refund-2', 'refund-3', 'refund-4'].map((id) => [id, remark(id)]),
  );
  reader.close();
  const journal = journalAt(path);
  const refund = (id: string) => {
    const events = journal.refund(id)?.events ?? [];
    const folded = foldRefund(events);
    if (folded === undefined) throw new Error(`${id} is lost`);
    return { events, refund: folded };
  };
  return { report, journal, refund, remarks };
}

test('salvage carries refunds over as they were, beside the orders, with their commands', () => {
  const broken = `UPDATE event SET at = at + 1 WHERE place = ${place(1, 2)}`;
  const { report, journal, refund } = salvaged(written(), broken);
  expect(report).toMatchObject({ orders: 4, openOrders: [], openRefunds: ['refund-3'] });
  expect(report.impaired).toEqual([
    { orderId: 'order-1', remark: expect.stringContaining('first 1 entries') },
  ]);
  expect(refund('refund-2').events).toEqual(refundOf('refund-2', morning));
  expect(journal.openRefunds().map(({ refundOrderId }) => refundOrderId)).toEqual(['refund-3']);
  expect(journal.command('c-2')).toMatchObject({ refundOrderId: 'refund-2' });
  expect(journal.paidOut(paymentIdOf('order-1'))).toEqual({ count: 1, value: 500 });
});

test('salvage tells of refunds in words', async () => {
  const path = written();
  tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${place(3, 3)}`);
  let text = '';
  await journalSalvageCommand({ journalPath: path }, (more) => {
    text += more;
  });
  expect(text).toMatch(/Open refunds, to be settled likewise: refund-3/);
  expect(text).toMatch(/Impaired: refund refund-3: only the first 2 entries could be read/);
});

describe('an open refund of which salvage lost something', () => {
  test('is neither created nor captured by itself: MobilePay is asked, the register has the word', () => {
    const path = written();
    tamper(path, `DELETE FROM event WHERE place = ${place(3, 3)}`);
    const sql = `UPDATE event SET body = '{' WHERE place = ${place(3, 2)}`;
    const { refund, report } = salvaged(path, sql);
    expect(report.openRefunds).toEqual(['refund-3']);
    const { refund: lost, events } = refund('refund-3');
    expect(owedOf(lost)).toEqual({ do: 'find', paymentId: paymentIdOf('order-1') });
    expect(mayCreate(lost, morning + 1)).toBe(false);
    const found = foldRefund([
      ...events,
      { type: 'observed', at: now, seen: refundSeen('refund-3', 'Reserved') },
    ]);
    expect(found?.intent).toBeNull();
  });

  test('is asked for by the refund id that a later entry still names', () => {
    const sql = `UPDATE event SET hash = zeroblob(32) WHERE place = ${place(3, 2)}`;
    const { refund } = salvaged(written(), sql);
    expect(owedOf(refund('refund-3').refund)).toEqual({ do: 'ask', refundId: 'id-of-refund-3' });
  });

  test('keeps an intent that could be read', () => {
    const refusal = { status: 409, code: '1352', correlationId: null };
    const path = written([cancelIntended, { type: 'cancelRefused', at: morning + 1, refusal }]);
    const { refund } = salvaged(path, `UPDATE event SET at = 0 WHERE place = ${place(3, 5)}`);
    expect(refund('refund-3').refund.intent).toBe('cancel');
  });

  test('without its beginning is known by its terms', () => {
    const { refund } = salvaged(written(), `DELETE FROM event WHERE place = ${place(3, 1)}`);
    expect(refund('refund-3').refund).toMatchObject({
      state: 'Initiated',
      orderId: 'order-1',
      paymentId: paymentIdOf('order-1'),
      amount: { currency: 'DKK', value: 500 },
      refundId: 'id-of-refund-3',
      intent: null,
    });
  });

  test('without beginning and terms is never begun a second time, and said to be lost', () => {
    const path = written();
    tamper(path, 'DELETE FROM refund_terms WHERE order_number = 3');
    const sql = `DELETE FROM event WHERE place BETWEEN ${place(3, 0)} AND ${place(4, 0)}`;
    const { refund, report, remarks } = salvaged(path, sql);
    expect(refund('refund-3').refund.state).toBe('barred');
    expect(report.openRefunds).toEqual([]);
    expect(remarks['refund-3']).toMatch(/look at MobilePay what became of it/);
  });

  test('is found by its entries where its own row is lost', () => {
    const { refund } = salvaged(written(), 'DELETE FROM payment_order WHERE number = 3');
    expect(refund('refund-3').events).toEqual(reservedByHand);
  });
});

describe('a settled refund of which salvage lost something', () => {
  test.each([2, 3, 4])('stays paid out, from entry %i on', (n) => {
    const sql = `DELETE FROM event WHERE place BETWEEN ${place(2, n)} AND ${place(2, 9)}`;
    const { refund, journal, remarks } = salvaged(written(), sql);
    expect(outcomeOf(refund('refund-2').refund)).toBe('approved');
    expect(journal.paidOut(paymentIdOf('order-1')).count).toBe(1);
    expect(remarks['refund-2']).toMatch(/it was paid out/);
  });

  test.each([2, 3, 4])('stays declined, from entry %i on', (n) => {
    const sql = `DELETE FROM event WHERE place BETWEEN ${place(4, n)} AND ${place(4, 9)}`;
    const { refund, journal, remarks } = salvaged(written(), sql);
    expect(outcomeOf(refund('refund-4').refund)).toBe('declined');
    expect(journal.openRefunds()).toHaveLength(1);
    expect(remarks['refund-4']).toMatch(/nothing was paid out/);
  });
});
