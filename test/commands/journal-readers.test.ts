import { describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/commands/explain.ts';
import { historyCommand } from '../../src/commands/history.ts';
import { reportCommand } from '../../src/commands/report.ts';
import { statusCommand } from '../../src/commands/status.ts';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import {
  batch,
  command,
  DAY_MS,
  journalAt,
  journalEvents,
  journalPath,
  morning,
  saleOf,
  seen,
  snapshot,
  somebody,
  started,
} from '../journal/samples.ts';

const timeZone = 'Europe/Copenhagen';
const personal = [
  ...(somebody.loyaltyIds ?? []),
  somebody.customerToken ?? '',
  somebody.customerReceiptToken ?? '',
];

const refusal = { status: 409, code: '1304', correlationId: 'correlation-17' };
const refusedCapture: DatedEvent[] = [
  ...saleOf('order-2', morning + 60_000).slice(0, 4),
  { type: 'captureRefused', at: morning + 64_000, refusal, final: false },
];
const timedOut: DatedEvent[] = [
  ...saleOf('order-3', morning + 120_000).slice(0, 2),
  { type: 'cancelIntended', at: morning + 300_000, reason: 'customer-timeout' },
  { type: 'cancelAnswered', at: morning + 301_000 },
];

/** A captured sale, one whose capture hangs, one that was cancelled. */
function shopDay(): string {
  const path = journalPath();
  const journal = journalAt(path);
  journal.commit(
    batch({ commands: [command('start-1', { orderId: 'order-1' })], at: morning - 10 }),
  );
  journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
  const answer = { id: 'start-1', ok: true, result: snapshot('order-1', somebody) } as const;
  journal.commit(
    batch({
      at: morning + 5_000,
      answers: [{ id: 'start-1', answer }],
      outbox: [{ name: 'payment', payload: snapshot('order-1', somebody) }],
    }),
  );
  journalEvents(journal, 'order-2', refusedCapture, false);
  journalEvents(journal, 'order-3', timedOut);
  return path;
}

type Run = (out: (text: string) => void) => Promise<number>;

async function printed(run: Run): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await run((more) => {
    text += more;
  });
  for (const secret of personal) expect(text).not.toContain(secret);
  return { code, text };
}

describe('status', () => {
  test('says what is unsettled and owed, what was settled last and what waits', async () => {
    const journal = shopDay();
    const { code, text } = await printed((out) =>
      statusCommand({ journalPath: journal, json: false, timeZone }, out),
    );
    expect(code).toBe(0);
    expect(text).toMatch(/Newest entry +2025-03-01 11:05:01/);
    expect(text).toMatch(/order-2: 12\.50 DKK, approved \(Reserved\), since 2025-03-01 11:01:00/);
    expect(text).toContain('still owed: the capture');
    expect(text).toMatch(/Last settled +order-3: 12\.50 DKK, declined, 2025-03-01 11:05:01/);
    expect(text).toMatch(/Outbox +1 event to be delivered/);
    expect(text).not.toContain('order-1');
  });

  test('says it as JSON, too', async () => {
    const journal = shopDay();
    const { text } = await printed((out) =>
      statusCommand({ journalPath: journal, json: true }, out),
    );
    expect(JSON.parse(text)).toEqual({
      journal,
      remoteConfig: null,
      setupProblem: null,
      unsettled: [
        {
          orderId: 'order-2',
          outcome: 'approved',
          reason: null,
          platformStatus: 'Reserved',
          amount: { currency: 'DKK', value: 1250 },
          intent: 'capture',
          owed: 'capture',
          reservedAt: '2025-03-01T10:01:03.000Z',
          reservationExpiresAt: '2025-03-08T10:01:03.000Z',
          overdueSince: '2025-03-02T10:01:03.000Z',
          firstEntryAt: '2025-03-01T10:01:00.000Z',
          newestEntryAt: '2025-03-01T10:01:04.000Z',
        },
      ],
      unsettledRefunds: [],
      lastSettled: expect.objectContaining({ orderId: 'order-3', reason: 'customer-timeout' }),
      unansweredCommands: [],
      outboxLength: 1,
      newestEntryAt: '2025-03-01T10:05:01.000Z',
    });
  });

  test('says why the terminal has no point of sale as configured, and what to do', async () => {
    const path = journalPath();
    const problem = { message: 'The store is not activated.', since: '2025-03-01T10:00:00.000Z' };
    const text = JSON.stringify({ kind: 'store-not-activated', ...problem });
    journalAt(path).commit(batch({ notes: [{ name: 'setup-problem', text }] }));
    const told = await printed((out) =>
      statusCommand({ journalPath: path, json: false, timeZone }, out),
    );
    expect(told.text).toMatch(/Trouble +since 2025-03-01 11:00:00: The store is not activated\./);
    const json = await printed((out) => statusCommand({ journalPath: path, json: true }, out));
    expect(JSON.parse(json.text)).toMatchObject({ setupProblem: problem });
  });

  test('names what waits for the register, until when, and what has waited for too long', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    const [, ...rest] = saleOf('waits', morning).slice(0, 4);
    journalEvents(
      journal,
      'waits',
      [{ ...started('waits', morning), autoCapture: false }, ...rest],
      false,
    );
    const at = async (now: number) =>
      (
        await printed((out) =>
          statusCommand({ journalPath: path, json: false, timeZone, now: () => now }, out),
        )
      ).text;
    const inTime = await at(morning + DAY_MS);
    expect(inTime).toContain('still owed: nothing: the register has to capture or cancel it');
    expect(inTime).toContain('reserved 2025-03-01 11:00:03, until 2025-03-08 11:00:03');
    expect(inTime).not.toContain('OVERDUE');
    const late = await at(morning + DAY_MS + 3_000);
    expect(late).toContain('OVERDUE since 2025-03-02 11:00:03 (capture-overdue)');
  });

  test('by a clock behind the journal goes by the journal', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    journalEvents(journal, 'waits', saleOf('waits', morning).slice(0, 4), false);
    journal.commit(batch({ at: morning + 2 * DAY_MS }));
    const { text } = await printed((out) =>
      statusCommand({ journalPath: path, json: false, timeZone, now: () => 0 }, out),
    );
    expect(text).toContain('OVERDUE');
  });

  test('of an empty journal says that there is nothing', async () => {
    const path = journalPath();
    journalAt(path);
    const { code, text } = await printed((out) =>
      statusCommand({ journalPath: path, json: false, timeZone }, out),
    );
    expect(code).toBe(0);
    expect(text).toMatch(/Newest entry +never/);
    expect(text).toMatch(/Unsettled +nothing/);
    expect(text).toMatch(/Last settled +nothing yet/);
  });

  test('says so where there is no journal', async () => {
    const path = journalPath();
    await expect(statusCommand({ journalPath: path, json: false }, () => {})).rejects.toMatchObject(
      { code: 'unreachable', message: `There is no journal at ${path}.` },
    );
  });
});

describe('history', () => {
  test('has a line per order, oldest first, open ones last', async () => {
    const journal = shopDay();
    const { code, text } = await printed((out) =>
      historyCommand({ journalPath: journal, timeZone }, out),
    );
    expect(code).toBe(0);
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['2025-03-01 11:00:00', 'order-1', '12.50 DKK', 'approved', 'Captured'],
      ['2025-03-01 11:02:00', 'order-3', '12.50 DKK', 'declined', 'customer-timeout'],
      ['2025-03-01 11:01:00', 'order-2', '12.50 DKK', 'approved', 'Reserved', '(unsettled)'],
    ]);
  });

  test('begins where it is told to, and ends after so many', async () => {
    const journal = shopDay();
    const lines = async (options: { since?: string; limit?: number }) => {
      const { text } = await printed((out) =>
        historyCommand({ journalPath: journal, timeZone, ...options }, out),
      );
      return [...text.matchAll(/order-\d/g)].map(([id]) => id);
    };
    expect(await lines({ limit: 1 })).toEqual(['order-2']);
    expect(await lines({ since: '2025-03-01', limit: 1 })).toEqual(['order-1']);
    expect(await lines({ since: '2025-03-01T10:00:05Z' })).toEqual(['order-3', 'order-2']);
    expect(await lines({ since: '2025-03-01T11:00:05' })).toEqual(['order-3', 'order-2']);
    expect(await lines({ since: '2025-03-01T11:01:05' })).toEqual(['order-3']);
    expect(await lines({ since: '2025-03-02' })).toEqual([]);
  });

  test('refuses a time it cannot understand', async () => {
    const journal = shopDay();
    await expect(
      historyCommand({ journalPath: journal, since: 'yesterday' }, () => {}),
    ).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('explain', () => {
  const explain = (journalPath: string, orderId: string) =>
    printed((out) => explainCommand({ journalPath, orderId, timeZone }, out));

  test('tells a sale from start to capture, and what the register was told', async () => {
    const { code, text } = await explain(shopDay(), 'order-1');
    expect(code).toBe(0);
    expect(text).toMatch(/1 {2}2025-03-01 11:00:00 {2}The register asked for 12\.50 DKK/);
    expect(text).toMatch(/From here on: unknown/);
    expect(text).toMatch(/MobilePay says: payment payment-of-order-1 is Reserved, 12\.50 DKK/);
    expect(text).toMatch(/From here on: approved/);
    expect(text).toMatch(/5 {2}2025-03-01 11:00:04 {2}MobilePay confirmed the capture/);
    expect(text).toMatch(/payment\/start start-1: answered ok approved/);
    expect(text).toMatch(/chain of this order holds: 5 entries/);
  });

  test('names what MobilePay refused, with its correlation id', async () => {
    const { text } = await explain(shopDay(), 'order-2');
    expect(text).toContain(
      'MobilePay refused the capture (the payment is not reserved; code 1304, HTTP 409, correlation id correlation-17).',
    );
  });

  test('says why an order was declined', async () => {
    const { text } = await explain(shopDay(), 'order-3');
    expect(text).toContain("Decided to cancel, because the customer's time ran out.");
    expect(text).toContain('From here on: declined (customer-timeout)');
  });

  test('of an order that nobody began ends with 1 and says so', async () => {
    const { code, text } = await explain(shopDay(), 'order-9');
    expect(code).toBe(1);
    expect(text).toContain('The journal has no order order-9.');
  });
});

describe('report', () => {
  const report = (
    journalPath: string,
    date: string,
    options: { all?: boolean; zone?: string } = {},
  ) =>
    printed((out) =>
      reportCommand(
        { journalPath, date, all: options.all ?? false, timeZone: options.zone ?? timeZone },
        out,
      ),
    );
  const header =
    'order_id,payment_id,captured_at,currency,amount_minor,amount,captured_minor,captured,state,correlation_ids,type,refund_order_id,refund_id';

  test('lists what was captured on that day', async () => {
    const { code, text } = await report(shopDay(), '2025-03-01');
    expect(code).toBe(0);
    expect(text).toBe(
      `${header}\r\norder-1,payment-of-order-1,2025-03-01T10:00:04.000Z,DKK,1250,12.50,1250,12.50,Captured,,payment,,\r\n`,
    );
  });

  test('lists what took no money only when all is asked for', async () => {
    const { text } = await report(shopDay(), '2025-03-01', { all: true });
    expect(text.split('\r\n').slice(1)).toEqual([
      'order-1,payment-of-order-1,2025-03-01T10:00:04.000Z,DKK,1250,12.50,1250,12.50,Captured,,payment,,',
      'order-3,payment-of-order-3,,DKK,1250,12.50,0,0.00,CancelledByClient,,payment,,',
      '',
    ]);
  });

  test('keeps to the day of the named zone, the shortest and the longest included', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    // 2025-03-30 has 23 hours in Copenhagen, from 23:00 UTC to 22:00 UTC.
    const begin = Date.UTC(2025, 2, 29, 23);
    const end = Date.UTC(2025, 2, 30, 22);
    for (const [orderId, capturedAt] of [
      ['before', begin - 1],
      ['first', begin],
      ['last', end - 1],
      ['after', end],
    ] as const) {
      journalEvents(journal, orderId, saleOf(orderId, capturedAt - 4_000));
    }
    const { text } = await report(path, '2025-03-30');
    expect(text.split('\r\n').map((row) => row.split(',')[0])).toEqual([
      'order_id',
      'first',
      'last',
      '',
    ]);
    const tokyo = await report(path, '2025-03-30', { zone: 'Asia/Tokyo' });
    expect(tokyo.text).toContain('before');
    expect(tokyo.text).not.toContain('last');
  });

  test('quotes what CSV must quote, and gives the amount that was captured', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    const orderId = 'a,"b"';
    const begun = { ...started(orderId, morning), autoCapture: false };
    journalEvents(journal, orderId, [
      begun,
      { type: 'createAnswered', at: morning + 1, paymentId: 'p-1' },
      {
        type: 'observed',
        at: morning + 2,
        seen: { ...seen(orderId, 'Reserved', somebody), paymentId: 'p-1' },
      },
      { type: 'captureIntended', at: morning + 3, amount: { currency: 'DKK', value: 705 } },
      { type: 'captureRefused', at: morning + 4, refusal, final: false },
      { type: 'captureAnswered', at: morning + 5 },
    ]);
    const { text } = await report(path, '2025-03-01');
    expect(text.split('\r\n')[1]).toBe(
      '"a,""b""",p-1,2025-03-01T10:00:00.005Z,DKK,1250,12.50,705,7.05,Captured,correlation-17,payment,,',
    );
  });

  test('finds archived sales', async () => {
    const path = journalPath();
    const journal = journalAt(path);
    journalEvents(journal, 'order-1', saleOf('order-1', morning, somebody));
    journal.housekeep(morning + 500 * DAY_MS);
    expect(openJournalReader(path).orders.byId('order-1')?.standing).toBe('archived');
    const { text } = await report(path, '2025-03-01');
    expect(text).toContain('order-1,payment-of-order-1,2025-03-01T10:00:04.000Z');
  });

  test('refuses a date or a zone that does not exist', async () => {
    const path = shopDay();
    for (const [date, zone] of [
      ['2025-02-30', timeZone],
      ['1.3.2025', timeZone],
      ['2025-03-01', 'Europe/Kobenhagen'],
    ] as const) {
      await expect(report(path, date, { zone })).rejects.toMatchObject({ code: 'usage' });
    }
  });
});
