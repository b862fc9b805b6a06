import type { Database } from 'better-sqlite3';
import type { EpochMs } from '../payment/events.ts';
import { openArchive } from './archive.ts';
import type { Meta } from './meta.ts';
import type { OrderKind } from './migrations.ts';
import type { OrderRows } from './order-rows.ts';
import { redacted } from './personal-copies.ts';

const DAY_MS = 86_400_000;
/** Personal data is erased this long after the order was settled. */
const PERSONAL_MS = 30 * DAY_MS;
/** Answers are kept as long as their order, at least this long. */
const ANSWERS_MS = 7 * DAY_MS;
/** One round stays short: the service waits while it runs. */
const ORDERS_PER_ROUND = 100;
const COMMANDS_PER_ROUND = 1_000;

interface SweptRow {
  number: number;
  orderKind: OrderKind | null;
  orderId: string | null;
  arrivedAt: number;
  answered: number;
}

/** Erases, archives and forgets, each a bounded bit at a time. */
export function openHousekeeping(
  db: Database,
  rows: OrderRows,
  meta: Meta,
  options: { keepDays: number; durably: (work: () => void) => void },
) {
  const archive = openArchive(db, rows);
  const toErase = db.prepare<[number, number], { number: number; orderId: string }>(
    `SELECT number, order_id AS orderId FROM payment_order
     WHERE standing > 0 AND newest_at <= ?
       AND number IN (SELECT order_number FROM personal) LIMIT ?`,
  );
  const copies = db
    .prepare<[number], number>(
      `SELECT ref FROM personal WHERE order_number = ? AND kind = 'answer'`,
    )
    .pluck();
  const answerOf = db
    .prepare<[number], string | null>('SELECT answer FROM command WHERE number = ?')
    .pluck();
  const setAnswer = db.prepare<[string, number]>('UPDATE command SET answer = ? WHERE number = ?');
  const deletePersonal = db.prepare<[number]>('DELETE FROM personal WHERE order_number = ?');
  const leftovers = db.prepare<[string], { position: number; payload: string }>(
    `SELECT position, payload FROM outbox WHERE payload ->> 'at' < ? ORDER BY position`,
  );
  const setPayload = db.prepare<[string, number]>(
    'UPDATE outbox SET payload = ? WHERE position = ?',
  );
  const sweep = db.prepare<[number, number], SweptRow>(
    `SELECT number, order_kind AS orderKind, order_id AS orderId, arrived_at AS arrivedAt,
       answer IS NOT NULL AS answered
     FROM command WHERE number > ? ORDER BY number LIMIT ?`,
  );
  const deleteCommand = db.prepare<[number]>('DELETE FROM command WHERE number = ?');

  function erase({ number, orderId }: { number: number; orderId: string }): void {
    for (const command of copies.all(number)) {
      const answer = answerOf.get(command);
      if (answer != null) setAnswer.run(redacted(answer, orderId), command);
    }
    deletePersonal.run(number);
  }

  function eraseRound(now: EpochMs): boolean {
    const due = toErase.all(now - PERSONAL_MS, ORDERS_PER_ROUND);
    if (due.length > 0) options.durably(() => due.forEach(erase));
    return due.length > 0;
  }

  /** What no broker took for so long goes out without the customer's data. */
  function redactOutbox(now: EpochMs): boolean {
    const due = leftovers
      .all(new Date(now - PERSONAL_MS).toISOString())
      .map(({ position, payload }) => ({ position, payload, without: redacted(payload) }))
      .filter(({ payload, without }) => payload !== without);
    if (due.length === 0) return false;
    options.durably(() => {
      for (const { position, without } of due) setPayload.run(without, position);
    });
    return true;
  }

  function archiveRound(now: EpochMs): void {
    const due = archive.due(now - options.keepDays * DAY_MS, ORDERS_PER_ROUND);
    if (due.length > 0) options.durably(() => due.forEach(archive.move));
  }

  /** Each command is looked at once, when it is old enough: does an order of ours keep it? */
  function forgetRound(now: EpochMs): void {
    const from = meta.get('sweptCommand') ?? 0;
    const due = sweep.all(from, COMMANDS_PER_ROUND);
    const young = due.findIndex(
      ({ arrivedAt, answered }) => arrivedAt > now - ANSWERS_MS || answered === 0,
    );
    const old = young === -1 ? due : due.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return;
    options.durably(() => {
      for (const { number, orderKind, orderId } of old) {
        const isKept =
          orderKind !== null && orderId !== null && rows.byId(orderKind, orderId) !== undefined;
        if (!isKept) deleteCommand.run(number);
      }
      meta.set('sweptCommand', last.number);
    });
  }

  return {
    /** @returns whether something was erased, of which the log still holds a copy */
    round(now: EpochMs): boolean {
      const erased = [redactOutbox(now), eraseRound(now)];
      archiveRound(now);
      forgetRound(now);
      return erased.includes(true);
    },
  };
}
