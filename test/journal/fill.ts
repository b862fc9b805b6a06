import { storedEventOf } from '../../src/journal/event-text.ts';
import { eventHash, GENESIS, headHash } from '../../src/journal/hash-chain.ts';
import {
  ensureJournalFile,
  ensureJournalFolder,
  openForWriting,
} from '../../src/journal/journal-file.ts';
import { openMeta } from '../../src/journal/meta.ts';
import { kinds, standings } from '../../src/journal/migrations.ts';
import { EVENTS_PER_ORDER } from '../../src/journal/order-rows.ts';
import type { DatedEvent } from '../../src/payment/events.ts';

const PER_TRANSACTION = 10_000;
/** How far apart the sales lie. */
const SPACING_MS = 120_000;
const SALE_MS = 4_000;

function saleOf(orderId: string, at: number): DatedEvent[] {
  const posId = 'b6e7a0a2-38c9-4a1c-9a75-1a1a1e6f4c11';
  const amount = { currency: 'DKK', value: 1250 } as const;
  const personal = { loyaltyIds: null, customerToken: null, customerReceiptToken: null };
  const seen = {
    paymentId: `payment-of-${orderId}`,
    orderId,
    posId,
    amount,
    partialCapturePossible: true,
    expiresAt: null,
    personal,
  };
  return [
    {
      type: 'started',
      at,
      orderId,
      posId,
      amount,
      idempotencyKey: `key-of-${orderId}`,
      body: `{"posId":"${posId}","orderId":"${orderId}","amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}`,
      expiresAt: at + 30_000,
      deadline: at + 180_000,
      autoCapture: true,
      plannedCaptureDelay: 'None',
    },
    { type: 'createAnswered', at: at + 1_000, paymentId: seen.paymentId },
    { type: 'observed', at: at + 2_000, seen: { ...seen, status: 'IssuedToUser' } },
    { type: 'observed', at: at + 3_000, seen: { ...seen, status: 'Reserved' } },
    { type: 'captureAnswered', at: at + SALE_MS },
  ];
}

/**
 * Adds so many settled sales to a journal (made where there is none), with chains that hold, far
 * faster than they could be journalled one by one. Nobody else may have it open.
 */
export function fillJournal(path: string, sales: number, newestAt: number = Date.now()): void {
  ensureJournalFolder(path);
  ensureJournalFile(path);
  const db = openForWriting(path);
  try {
    db.pragma('synchronous = OFF');
    const meta = openMeta(db);
    const insertOrder = db.prepare(
      `INSERT INTO payment_order
         (number, order_id, kind, standing, newest_at, captured_at, closed_position)
       VALUES (?, ?, ${kinds.payment}, ${standings.settled}, ?, ?, ?)`,
    );
    const insertEvent = db.prepare('INSERT INTO event (place, at, body, hash) VALUES (?, ?, ?, ?)');
    const insertHead = db.prepare(
      `INSERT INTO closed_head (position, order_number, events, at, head, hash)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    const insertCommand = db.prepare(
      `INSERT INTO command (number, id, name, fingerprint, order_kind, order_id, arrived_at, answer)
       VALUES (?, ?, 'payment/start', ?, ${kinds.payment}, ?, ?, ?)`,
    );
    const one = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? 0;
    const firstNumber = one('SELECT max(number) FROM payment_order') + 1;
    let position = meta.get('closedHeads') ?? 0;
    let commandNumber = meta.get('commandNumber') ?? 0;
    let tail: Uint8Array =
      db
        .prepare<[number], Buffer>('SELECT hash FROM closed_head WHERE position = ?')
        .pluck()
        .get(position) ?? GENESIS;

    const addSale = (index: number) => {
      const number = firstNumber + index;
      const orderId = `sale-${number}`;
      const at = newestAt - (sales - index) * SPACING_MS;
      const events = saleOf(orderId, at);
      let head: Uint8Array = GENESIS;
      for (const [place, event] of events.entries()) {
        const n = place + 1;
        const { body } = storedEventOf(event);
        head = eventHash(head, orderId, n, event.at, body);
        insertEvent.run(number * EVENTS_PER_ORDER + n, event.at, body, head);
      }
      position += 1;
      const end = at + SALE_MS;
      tail = headHash(tail, { position, name: orderId, events: events.length, at: end, head });
      insertHead.run(position, number, events.length, end, head, tail);
      insertOrder.run(number, orderId, end, end, position);
      const id = `command-of-${orderId}`;
      const answer = { id, ok: true, result: { orderId, outcome: 'unknown', revision: 1 } };
      commandNumber += 1;
      insertCommand.run(commandNumber, id, `{"id":"${id}"}`, orderId, at, JSON.stringify(answer));
    };
    const addSales = db.transaction((from: number, to: number) => {
      for (let index = from; index < to; index += 1) addSale(index);
      meta.set('closedHeads', position);
      meta.set('commandNumber', commandNumber);
      meta.set(
        'newestTrustedAt',
        Math.max(meta.get('newestTrustedAt') ?? 0, newestAt - SPACING_MS),
      );
    });
    for (let from = 0; from < sales; from += PER_TRANSACTION) {
      addSales(from, Math.min(sales, from + PER_TRANSACTION));
    }
    meta.keep();
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
