import { describe, expect } from 'vitest';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import type { Operation } from './fake-platform.ts';
import { sold } from './sold.ts';
import type { Entry } from './trace.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

type Mark = (entry: Entry) => boolean;

const command =
  (name: string): Mark =>
  (entry) =>
    entry.kind === 'command' && entry.name === name;
const request =
  (operation: Operation): Mark =>
  (entry) =>
    entry.kind === 'request' && entry.request.operation === operation;
const answer = (operation: Operation, nth = 1): Mark => {
  let seen = 0;
  return (entry) => {
    if (entry.kind !== 'answer' || entry.request.operation !== operation) return false;
    seen += 1;
    return seen === nth;
  };
};
const told =
  (platformStatus: string): Mark =>
  (entry) =>
    entry.kind === 'event' &&
    entry.name === 'payment' &&
    (entry.payload as { platformStatus: string | null }).platformStatus === platformStatus;

function commitsBetween(world: World, from: Mark, to: Mark): number {
  const begin = world.trace.findIndex(from);
  expect(begin, 'the beginning is there').toBeGreaterThanOrEqual(0);
  const rest = world.trace.slice(begin + 1);
  const length = rest.findIndex(to);
  expect(length, 'the end is there').toBeGreaterThanOrEqual(0);
  return rest.slice(0, length).filter(({ kind }) => kind === 'commit').length;
}

describe('rule 14: one durable commit', () => {
  test('between a start and its create', async ({ world }) => {
    const till = await world.boot();
    till.start('A');
    await world.run(100);
    expect(commitsBetween(world, command('payment/start'), request('create'))).toBe(1);
  });

  test('between the create’s answer and its event, and its reply', async ({ world }) => {
    const till = await world.boot();
    till.start('A');
    await world.run(100);
    expect(commitsBetween(world, answer('create'), told('Initiated'))).toBe(1);
    expect(commitsBetween(world, answer('create'), (entry) => entry.kind === 'reply')).toBe(1);
  });

  test('between the poll that saw Reserved and its event, and the capture', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.run(100);
    const polls = world.requests('get').length;
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    const saw = answer('get', polls + 1);
    expect(commitsBetween(world, saw, told('Reserved'))).toBe(1);
    expect(commitsBetween(world, answer('get', polls + 1), request('capture'))).toBe(1);
    expect(commitsBetween(world, answer('capture'), told('Captured'))).toBe(1);
  });

  test('between a cancel and its request, its answer and its event', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.run(100);
    await till.snapshot(till.cancel('A'));
    expect(commitsBetween(world, command('payment/cancel'), request('cancel'))).toBe(1);
    expect(commitsBetween(world, answer('cancel'), told('CancelledByClient'))).toBe(1);
  });

  test('between a capture and its request', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    await till.snapshot(till.capture('A'));
    expect(commitsBetween(world, command('payment/capture'), request('capture'))).toBe(1);
    expect(commitsBetween(world, answer('capture'), told('Captured'))).toBe(1);
  });

  test('between a prepare and its create, and the create’s answer and its event', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.prepare('A'));
    expect(commitsBetween(world, command('payment/prepare'), request('prepare'))).toBe(1);
    expect(commitsBetween(world, answer('prepare'), told('Prepared'))).toBe(1);
  });

  test('between a ready and its request, its answer and its event', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.prepare('A'));
    await world.run(100);
    await till.snapshot(till.ready('A'));
    expect(commitsBetween(world, command('payment/ready'), request('ready'))).toBe(1);
    expect(commitsBetween(world, answer('ready'), told('Initiated'))).toBe(1);
    expect(commitsBetween(world, answer('ready'), (entry) => entry.kind === 'reply')).toBe(1);
  });

  test('polls that change nothing are not journalled (rule 13)', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.run(3_000);
    const commits = till.commits().length;
    await world.run(60_000);
    expect(world.requests('get').length).toBeGreaterThan(50);
    expect(till.commits()).toHaveLength(commits);
  });

  test('a whole sale takes four commits: begun, created, reserved, captured', async ({ world }) => {
    const till = await world.boot();
    const before = till.commits().length;
    await till.snapshot(till.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.commits().length - before).toBe(4);
  });
});

describe('rule 14: refunds take no more', () => {
  const toldRefund =
    (platformStatus: string): Mark =>
    (entry) =>
      entry.kind === 'event' &&
      entry.name === 'refund' &&
      (entry.payload as RefundSnapshot).platformStatus === platformStatus;

  test('one commit between a start and its create, and between each answer and its event', async ({
    world,
  }) => {
    const till = await sold(world);
    const before = till.commits().length;
    till.refund('A', 'R');
    await world.until(() => till.toldRefund('R').at(-1)?.platformStatus === 'Captured');
    const polls = world.requests('getRefund').length;
    expect(commitsBetween(world, command('refund/start'), request('createRefund'))).toBe(1);
    expect(commitsBetween(world, answer('createRefund'), toldRefund('Initiated'))).toBe(1);
    const saw = () => answer('getRefund', polls);
    expect(commitsBetween(world, saw(), toldRefund('Reserved'))).toBe(1);
    expect(commitsBetween(world, saw(), request('captureRefund'))).toBe(1);
    expect(commitsBetween(world, answer('captureRefund'), toldRefund('Captured'))).toBe(1);
    expect(till.commits().length - before, 'begun, created, reserved, captured').toBe(4);
  });

  test('one between a capture or cancel and its request', async ({ world }) => {
    const till = await sold(world);
    for (const refundOrderId of ['R-1', 'R-2']) {
      till.refund('A', refundOrderId, { autoCapture: false });
      await world.until(() => till.toldRefund(refundOrderId).at(-1)?.outcome === 'approved');
    }
    await till.refundSnapshot(till.captureRefund('R-1'));
    await till.refundSnapshot(till.cancelRefund('R-2'));
    expect(commitsBetween(world, command('refund/capture'), request('captureRefund'))).toBe(1);
    expect(commitsBetween(world, command('refund/cancel'), request('cancelRefund'))).toBe(1);
  });

  test('the payout, its event, the payment’s and the answer are one commit', async ({ world }) => {
    const till = await sold(world);
    till.refund('A', 'R', { autoCapture: false });
    await world.until(() => till.toldRefund('R').at(-1)?.outcome === 'approved');
    const id = till.captureRefund('R');
    await till.answer(id);
    const payout = till
      .commits()
      .find(({ batch }) =>
        batch.refundEvents?.some(({ event }) => event.type === 'captureAnswered'),
      );
    expect(payout?.batch.outbox).toMatchObject([
      { name: 'payment', payload: { orderId: 'A', refundedAmount: { value: 500 } } },
      { name: 'refund', payload: { refundOrderId: 'R', platformStatus: 'Captured' } },
    ]);
    expect(payout?.batch.answers).toMatchObject([{ id, answer: { ok: true } }]);
  });
});

test('a whole prepared sale takes seven: the check-in, the amount and its answer besides', async ({
  world,
}) => {
  const till = await world.boot();
  const before = till.commits().length;
  await till.snapshot(till.prepare('A'));
  world.mobilePay.checkIn('A');
  await world.until(() => till.last('A').platformStatus === 'Paired');
  await till.snapshot(till.ready('A'));
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'idle');
  expect(till.commits().length - before).toBe(7);
});

describe('journal first, then act', () => {
  test('an intent is on disk before its request leaves, and before it is told', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    const reservedAt = world.trace.findIndex(
      (entry) =>
        entry.kind === 'commit' &&
        entry.batch.events?.some(
          ({ event }) => event.type === 'observed' && event.seen.status === 'Reserved',
        ),
    );
    const eventAt = world.trace.findIndex(told('Reserved'));
    const requestAt = world.trace.findIndex(request('capture'));
    expect(reservedAt).toBeGreaterThan(0);
    expect(eventAt).toBeGreaterThan(reservedAt);
    expect(requestAt).toBeGreaterThan(reservedAt);
  });

  test('the register’s event is in the outbox with what it tells: one commit for both', async ({
    world,
  }) => {
    const till = await world.boot({ connected: false });
    await world.run(10);
    till.sendRaw('payment/start', {
      id: 'c-1',
      orderId: 'A',
      amount: { currency: 'DKK', value: 1 },
      expiresAt: new Date(Date.now() + 1_000).toISOString(),
    });
    await world.run(100);
    const created = till
      .commits()
      .find(({ batch }) => batch.events?.some(({ event }) => event.type === 'createAnswered'));
    expect(created?.batch.outbox).toMatchObject([{ name: 'payment', payload: { orderId: 'A' } }]);
    expect(created?.batch.answers).toMatchObject([{ id: 'c-1', answer: { ok: true } }]);
  });
});
