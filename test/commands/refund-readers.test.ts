import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/commands/explain.ts';
import { historyCommand } from '../../src/commands/history.ts';
import { reportCommand } from '../../src/commands/report.ts';
import { statusCommand } from '../../src/commands/status.ts';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { journalRefund, refundOf, refundSeen, refundStarted } from '../journal/refund-samples.ts';
import {
  batch,
  command,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  saleOf,
} from '../journal/samples.ts';
import { tamper } from '../journal/tamper.ts';

const timeZone = 'Europe/Copenhagen';
const noon = morning + 2 * 3_600_000;
const HOUR_MS = 3_600_000;

/** Begun by hand and reserved. */
const waiting: DatedRefundEvent[] = [
  refundStarted('refund-2', noon + 60_000, { autoCapture: false }),
  ...refundOf('refund-2', noon + 60_000).slice(1, 3),
];
const refusal = { status: 409, code: '1367', correlationId: 'correlation-19' };

/** A sale; a refund of it that was paid out, one that waits, one that was refused; a foreign one. */
function shopDay(): string {
  const path = journalPath();
  const journal = journalAt(path);
  journalEvents(journal, 'order-1', saleOf('order-1', morning));
  journalRefund(journal, 'refund-1', refundOf('refund-1', noon));
  const answer = { id: 'c-1', ok: true, result: { outcome: 'pending' } } as const;
  journal.commit(
    batch({
      at: noon,
      commands: [command('c-1', { name: 'refund/start', refundOrderId: 'refund-1', answer })],
    }),
  );
  journalRefund(journal, 'refund-2', waiting, false);
  journalRefund(journal, 'refund-3', [
    refundStarted('refund-3', noon + 120_000),
    { type: 'createRefused', at: noon + 121_000, refusal, proof: true },
  ]);
  journalRefund(journal, 'refund-4', [
    refundStarted('refund-4', noon + 180_000, {
      orderId: 'of-another-till',
      paymentId: 'payment-of-another-till',
    }),
    { type: 'createUnsent', at: noon + 181_000 },
  ]);
  return path;
}

async function printed(run: (out: (text: string) => void) => Promise<number>) {
  let text = '';
  const code = await run((more) => {
    text += more;
  });
  return { code, text };
}

describe('status with refunds', () => {
  const status = (journal: string, now: number, json = false) =>
    printed((out) => statusCommand({ journalPath: journal, json, timeZone, now: () => now }, out));

  test('names what is unsettled, when it is paid out by itself, and what is owed', async () => {
    const { text } = await status(shopDay(), noon + HOUR_MS);
    expect(text).toMatch(
      /refund refund-2 of order order-1: 5\.00 DKK, approved \(Reserved\), since 2025-03-01 13:01:00/,
    );
    expect(text).toMatch(/still owed: nothing: the register has to capture or cancel it/);
    expect(text).toMatch(/paid out by itself from 2025-03-02 13:01:00 on/);
    expect(text).not.toMatch(/OVERDUE/);
    expect(text).not.toMatch(/refund-1|refund-3/);
  });

  test('says from 20 h on that it is overdue', async () => {
    const { text } = await status(shopDay(), noon + 60_000 + 20 * HOUR_MS);
    expect(text).toMatch(/OVERDUE since 2025-03-02 09:01:00 \(refund-overdue\)/);
  });

  test('says it as JSON, too', async () => {
    const { text } = await status(shopDay(), noon + HOUR_MS, true);
    expect(JSON.parse(text)).toMatchObject({
      unsettled: [],
      unsettledRefunds: [
        {
          refundOrderId: 'refund-2',
          orderId: 'order-1',
          outcome: 'approved',
          platformStatus: 'Reserved',
          amount: { currency: 'DKK', value: 500 },
          intent: null,
          owed: 'watch',
          paysOutAt: '2025-03-02T12:01:00.000Z',
          overdueSince: null,
          firstEntryAt: '2025-03-01T12:01:00.000Z',
        },
      ],
    });
  });
});

describe('history with refunds', () => {
  const history = (journal: string, more: { since?: string; limit?: number } = {}) =>
    printed((out) => historyCommand({ journalPath: journal, timeZone, ...more }, out));

  test('has a line for each, with a minus, among the payments, open ones last', async () => {
    const { text } = await history(shopDay());
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['2025-03-01 11:00:00', 'order-1', '12.50 DKK', 'approved', 'Captured'],
      ['2025-03-01 13:00:00', 'refund-1 of order-1', '-5.00 DKK', 'approved', 'Captured'],
      ['2025-03-01 13:02:00', 'refund-3 of order-1', '-5.00 DKK', 'declined', 'not-created'],
      [
        '2025-03-01 13:03:00',
        'refund-4 of of-another-till',
        '-5.00 DKK',
        'declined',
        'not-created',
      ],
      [
        '2025-03-01 13:01:00',
        'refund-2 of order-1',
        '-5.00 DKK',
        'approved',
        'Reserved',
        '(unsettled)',
      ],
    ]);
  });

  test('counts them for the limit, and begins where it is told to', async () => {
    const path = shopDay();
    const ids = ({ text }: { text: string }) => [...text.matchAll(/(?:refund|order)-\d(?= )/g)];
    expect(ids(await history(path, { limit: 2 })).map(([id]) => id)).toContain('refund-2');
    expect((await history(path, { limit: 2 })).text.trimEnd().split('\n')).toHaveLength(2);
    const late = await history(path, { since: '2025-03-01T13:02' });
    expect(late.text).not.toMatch(/refund-1|^.{19} {2}order-1/m);
    expect(late.text).toMatch(/refund-3/);
  });
});

describe('explain with refunds', () => {
  const explain = (journalPath: string, orderId: string) =>
    printed((out) => explainCommand({ journalPath, orderId, timeZone }, out));

  test('shows a payment and its refunds, each with its chain', async () => {
    const { code, text } = await explain(shopDay(), 'order-1');
    expect(code).toBe(0);
    expect(text).toMatch(/Order order-1 \(settled\)/);
    expect(text).toMatch(/MobilePay confirmed the capture/);
    expect(text).toMatch(/Refund refund-1 \(settled\)/);
    expect(text).toMatch(
      /asked to give back 5\.00 DKK of order order-1, payment payment-of-order-1/,
    );
    expect(text).toMatch(/MobilePay says: refund id-of-refund-1 is Reserved, 5\.00 DKK\./);
    expect(text).toMatch(/MobilePay confirmed the payout: the money is given back/);
    expect(text).toMatch(/refund\/start c-1: answered ok pending/);
    expect(text).toMatch(/Refund refund-2 \(open\)/);
    expect(text).toMatch(
      /refused to create it \(the refund is more than is left of the payment; code 1367, HTTP 409, correlation id correlation-19\)/,
    );
    expect(text.match(/The chain of this refund holds/g)).toHaveLength(3);
    expect(text.match(/The chain of this order holds/g)).toHaveLength(1);
    expect(text).not.toMatch(/refund-4/);
  });

  test('takes a refundOrderId, too', async () => {
    const { code, text } = await explain(shopDay(), 'refund-2');
    expect(code).toBe(0);
    expect(text).toMatch(/Refund refund-2 \(open\)/);
    expect(text).toMatch(/From here on: pending/);
    expect(text).toMatch(/From here on: approved/);
    expect(text).toMatch(/The register decides about the payout/);
    expect(text).not.toMatch(/refund-1|Order/);
  });

  test('shows the refunds of another till’s order', async () => {
    const { code, text } = await explain(shopDay(), 'of-another-till');
    expect(code).toBe(0);
    expect(text).toMatch(/Refund refund-4 \(settled\)/);
    expect(text).toMatch(/nothing was sent, nothing exists/);
  });

  test('ends with 1 when the chain of a refund is broken', async () => {
    const path = shopDay();
    tamper(path, `UPDATE event SET at = at + 1 WHERE place = ${2 * 65_536 + 2}`);
    const { code, text } = await explain(path, 'order-1');
    expect(code).toBe(1);
    expect(text).toMatch(/The chain of this refund is BROKEN: entry 2/);
    expect((await explain(path, 'refund-2')).code).toBe(0);
  });
});

describe('report with refunds', () => {
  const report = (journal: string, date: string, all = false) =>
    printed((out) => reportCommand({ journalPath: journal, date, all, timeZone }, out));
  const rows = (text: string) =>
    text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((row) => row.split(','));

  test('lists what was given back that day, negative, so that the columns sum up', async () => {
    const { text } = await report(shopDay(), '2025-03-01');
    expect(text.split('\r\n').slice(1)).toEqual([
      'order-1,payment-of-order-1,2025-03-01T10:00:04.000Z,DKK,1250,12.50,1250,12.50,Captured,,payment,,',
      'order-1,payment-of-order-1,2025-03-01T12:00:03.000Z,DKK,-500,-5.00,-500,-5.00,Captured,,refund,refund-1,id-of-refund-1',
      '',
    ]);
    const sum = rows(text).reduce((total, row) => total + Number(row[6]), 0);
    expect(sum).toBe(750);
  });

  test('on the day they were paid out, also by MobilePay itself', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    journalRefund(journal, 'refund-2', waiting, false);
    const lapsed = refundSeen('refund-2', 'ExpiredAndCaptured');
    const at = noon + DAY_MS + 60_000;
    journalRefund(journal, 'refund-2', [{ type: 'observed', at, seen: lapsed }]);
    expect(rows((await report(path, '2025-03-01')).text)).toEqual([]);
    const [row] = rows((await report(path, '2025-03-02')).text);
    expect(row?.slice(6, 9)).toEqual(['-500', '-5.00', 'ExpiredAndCaptured']);
  });

  test('lists what paid nothing back only when all is asked for', async () => {
    const { text } = await report(shopDay(), '2025-03-01', true);
    const others = rows(text).filter((row) => row[6] === '0');
    expect(others.map((row) => [row[11], row[4], row[7], row[8], row[9]])).toEqual([
      ['refund-3', '-500', '0.00', 'absent', 'correlation-19'],
      ['refund-4', '-500', '0.00', 'absent', ''],
    ]);
  });
});
