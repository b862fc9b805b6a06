import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { openJournal } from '../../src/journal/sqlite-journal.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import type { Journal, JournalBatch, JournalledCommand, OutboxEntry } from '../../src/ports.ts';
import type { DatedRefundEvent } from '../../src/refund/events.ts';
import { refundOf } from './refund-samples.ts';
import {
  command,
  DAY_MS,
  journalPath,
  morning,
  nobody,
  saleOf,
  seen,
  silent,
  snapshot,
} from './samples.ts';

const KEEP_DAYS = 40;

/** The journal as it should be, in memory. Personal data is left out: it has tests of its own. */
class Model {
  now = morning;
  orders = new Map<string, { events: DatedEvent[]; settled: boolean }>();
  refunds = new Map<string, { events: DatedRefundEvent[]; settled: boolean }>();
  commands = new Map<string, JournalledCommand>();
  outbox: OutboxEntry[] = [];
  position = 0;
}

type Action = (model: Model, journal: Journal) => void;
const orderIds = ['a', 'b', 'c', 'd'];
/** Some of them are order ids as well. */
const refundIds = ['c', 'd', 'e'];

/** The order's next event: what it is does not matter to the journal. */
function eventAt(orderId: string, place: number, at: number): DatedEvent {
  const sale = saleOf(orderId, at);
  return {
    ...(sale[place] ?? { type: 'observed', seen: seen(orderId, 'Captured') }),
    at,
  } as DatedEvent;
}

/** The refund's next event; only the first may begin it. */
function refundEventAt(refundOrderId: string, place: number, at: number): DatedRefundEvent {
  const refund = refundOf(refundOrderId, at);
  return { ...(refund[place] ?? refund[2]), at } as DatedRefundEvent;
}

/** Adds so many events to one of the model's, and returns them. */
function grow<Event>(
  all: Map<string, { events: Event[]; settled: boolean }>,
  id: string,
  count: number,
  settled: boolean,
  eventOf: (place: number) => Event,
): Event[] {
  const before = all.get(id)?.events ?? [];
  const added = Array.from({ length: count }, (_, index) => eventOf(before.length + index));
  all.set(id, { events: [...before, ...added], settled });
  return added;
}

const commit = fc
  .record({
    refundIds: fc.uniqueArray(fc.constantFrom(...refundIds), { maxLength: 2 }),
    orderIds: fc.uniqueArray(fc.constantFrom(...orderIds), { maxLength: 2 }),
    count: fc.integer({ min: 1, max: 3 }),
    settled: fc.boolean(),
    command: fc.boolean(),
    answer: fc.boolean(),
    outbox: fc.integer({ min: 0, max: 2 }),
    trusted: fc.boolean(),
  })
  .map(
    (plan): Action =>
      (model, journal) => {
        model.now += 1_000;
        const at = model.now;
        const { count, settled } = plan;
        const events = plan.orderIds.flatMap((orderId) =>
          grow(model.orders, orderId, count, settled, (place) => eventAt(orderId, place, at)).map(
            (event) => ({ orderId, event, settled }),
          ),
        );
        const refundEvents = plan.refundIds.flatMap((refundOrderId) =>
          grow(model.refunds, refundOrderId, count, settled, (place) =>
            refundEventAt(refundOrderId, place, at),
          ).map((event) => ({ refundOrderId, event, settled })),
        );
        const outbox = orderIds
          .slice(0, plan.outbox)
          .map((orderId) => ({ name: 'payment' as const, payload: snapshot(orderId, nobody, at) }));
        for (const entry of outbox) {
          model.position += 1;
          model.outbox.push({ position: model.position, ...entry });
        }
        const commands: JournalledCommand[] = [];
        const answers: NonNullable<JournalBatch['answers']> = [];
        if (plan.answer) {
          for (const [id, waiting] of model.commands) {
            if (waiting.answer !== null) continue;
            const answer = { id, ok: true, result: at } as const;
            answers.push({ id, answer });
            model.commands.set(id, { ...waiting, answer });
          }
        }
        if (plan.command) {
          const orderId = plan.orderIds[0] ?? null;
          const refundOrderId = orderId === null ? (plan.refundIds[0] ?? null) : null;
          const arrived = command(`c${at}`, { orderId, refundOrderId, arrivedAt: at });
          commands.push(arrived);
          model.commands.set(arrived.id, arrived);
        }
        const batch = { at, clockTrusted: plan.trusted, events, refundEvents, outbox };
        journal.commit({ ...batch, commands, answers });
      },
  );

const acknowledge = fc.integer({ min: 0, max: 3 }).map(
  (count): Action =>
    (model, journal) => {
      const last = model.outbox[count - 1]?.position;
      if (last === undefined) return;
      journal.outboxAcknowledged(last);
      model.outbox = model.outbox.slice(count);
    },
);

/** Forgets answers without an order after 7 days; archives what nobody sees from outside. */
const tidy = fc.constantFrom(1, 8, 45).map(
  (days): Action =>
    (model, journal) => {
      model.now += days * DAY_MS;
      for (let round = 0; round < 3; round += 1) journal.housekeep(model.now);
      let waiting = false;
      for (const [id, { orderId, refundOrderId, arrivedAt, answer }] of model.commands) {
        waiting ||= answer === null || arrivedAt > model.now - 7 * DAY_MS;
        const isKept = model.orders.has(orderId ?? '') || model.refunds.has(refundOrderId ?? '');
        if (!waiting && !isKept) model.commands.delete(id);
      }
    },
);

const reopen = fc.constant('reopen' as const);
const check = fc.constant('check' as const);

function agrees(model: Model, journal: Journal): void {
  for (const orderId of orderIds) {
    const order = model.orders.get(orderId);
    expect(journal.order(orderId)).toEqual(order === undefined ? undefined : { orderId, ...order });
  }
  const open = [...model.orders].filter(([, { settled }]) => !settled).map(([id]) => id);
  expect(
    journal
      .openOrders()
      .map(({ orderId }) => orderId)
      .sort(),
  ).toEqual(open.sort());
  for (const refundOrderId of refundIds) {
    const refund = model.refunds.get(refundOrderId);
    expect(journal.refund(refundOrderId)).toEqual(
      refund === undefined ? undefined : { refundOrderId, ...refund },
    );
  }
  const openRefunds = [...model.refunds].filter(([, { settled }]) => !settled).map(([id]) => id);
  const ids = journal.openRefunds().map(({ refundOrderId }) => refundOrderId);
  expect(ids.sort()).toEqual(openRefunds.sort());
  for (const [id, known] of model.commands) expect(journal.command(id)).toEqual(known);
  const unanswered = [...model.commands.values()].filter(({ answer }) => answer === null);
  expect(journal.unansweredCommands()).toEqual(unanswered);
  expect(journal.outboxAfter(0, 1_000)).toEqual(model.outbox);
  expect(journal.outboxLength()).toBe(model.outbox.length);
}

test('whatever is committed, tidied, acknowledged and reopened, the journal says what a model in memory says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 6, arbitrary: commit }, acknowledge, tidy, reopen, check), {
        minLength: 5,
        maxLength: 40,
      }),
      (actions) => {
        const path = journalPath();
        const open = () => openJournal({ path, keepDays: KEEP_DAYS, logger: silent });
        const model = new Model();
        let journal = open();
        try {
          for (const action of actions) {
            if (action === 'check') agrees(model, journal);
            else if (action === 'reopen') {
              journal.close();
              journal = open();
            } else action(model, journal);
          }
          agrees(model, journal);
          const reader = openJournalReader(path);
          expect(reader.verifyAll()).toEqual([]);
          reader.close();
        } finally {
          journal.close();
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
