import { describe, expect } from 'vitest';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Sold, and the register has yet to say what becomes of the money. */
async function sell(world: World, till: Till, orderId: string, more = {}): Promise<void> {
  await till.snapshot(till.start(orderId, { autoCapture: false, ...more }));
  world.mobilePay.accept(orderId);
  await world.until(() => till.told(orderId).at(-1)?.platformStatus === 'Reserved');
  // The days go by faster with fewer looks; one has been allowed sooner already.
  world.allow('early-poll');
  world.network.pollDelayMs = HOUR_MS;
}

const told = (till: Till) =>
  till
    .events('fault')
    .filter(({ code }) => code === 'capture-overdue')
    .map(({ cleared }) => cleared);

describe('a reservation that waits for the register', () => {
  test('is in the list of open payments, with since when and until when', async ({ world }) => {
    const till = await world.boot();
    await sell(world, till, 'A');
    const reservedAt = till.last('A').reservedAt;
    await world.run(10 * HOUR_MS);
    const reply = await till.answer(till.send('payment/list', { open: true }));
    const [payment] = reply.ok ? (reply.result as PaymentSnapshot[]) : [];
    expect(payment).toMatchObject({ orderId: 'A', outcome: 'approved', intent: null, reservedAt });
    const lives = Date.parse(payment?.reservationExpiresAt ?? '') - Date.parse(reservedAt ?? '');
    expect(lives).toBe(7 * DAY_MS);
  });

  test('after a day is a fault, until the register has said what becomes of it', async ({
    world,
  }) => {
    const till = await world.boot();
    await sell(world, till, 'A');
    await world.run(DAY_MS - 120_000);
    expect(told(till)).toEqual([]);
    await world.run(180_000);
    expect(told(till)).toEqual([false]);
    expect(till.state().faults).toEqual(['capture-overdue']);
    await world.run(5 * HOUR_MS);
    expect(told(till), 'told once').toEqual([false]);
    await till.snapshot(till.capture('A'));
    await world.run(100);
    expect(told(till)).toEqual([false, true]);
    expect(till.state().faults).toEqual([]);
  });

  test('is never captured or cancelled because of it', async ({ world }) => {
    const till = await world.boot();
    await sell(world, till, 'A');
    await world.run(DAY_MS + 2 * HOUR_MS);
    expect(till.state().faults).toEqual(['capture-overdue']);
    expect(world.requests('capture')).toEqual([]);
    expect(world.requests('cancel')).toEqual([]);
    expect(world.mobilePay.of('A').status).toBe('Reserved');
    expect((await till.snapshot(till.start('B'))).outcome, 'and hinders nobody').toBe('pending');
  });

  test('as planned for two weeks is a fault a day before it ends', async ({ world }) => {
    const till = await world.boot();
    await sell(world, till, 'A', { plannedCaptureDelay: 'LessThan14Days' });
    const [create] = world.requests('create');
    expect(create?.body).toContain('"plannedCaptureDelay":"LessThan14Days"');
    await till.stop();
    await world.run(6 * DAY_MS - HOUR_MS);
    const next = await world.boot();
    expect(next.state().faults).toEqual([]);
    await world.run(2 * HOUR_MS);
    expect(next.state().faults).toEqual(['capture-overdue']);
  });

  test('of several is cleared with the last of them', async ({ world }) => {
    const till = await world.boot();
    await sell(world, till, 'A');
    world.network.pollDelayMs = 1_000;
    await sell(world, till, 'B');
    await world.run(DAY_MS + HOUR_MS);
    await till.snapshot(till.cancel('A'));
    await world.run(120_000);
    expect(told(till)).toEqual([false]);
    await till.snapshot(till.capture('B'));
    await world.run(100);
    expect(told(till)).toEqual([false, true]);
  });

  test('that ends elsewhere is cleared, too', async ({ world }) => {
    const till = await world.boot();
    await sell(world, till, 'A');
    await world.run(DAY_MS + HOUR_MS);
    world.mobilePay.expire('A');
    await world.run(HOUR_MS + 60_000);
    expect(told(till)).toEqual([false, true]);
  });
});

describe('a capture that cannot be settled', () => {
  test('is replayed all the time, and after a day is a fault until it is settled', async ({
    world,
  }) => {
    world.allow('many-requests');
    const till = await world.boot();
    await sell(world, till, 'A');
    world.network.always('capture', { status: 500 });
    const id = till.capture('A');
    await till.snapshot(id);
    await world.run(DAY_MS - 120_000);
    expect(told(till)).toEqual([]);
    const tries = world.requests('capture').length;
    await world.run(HOUR_MS);
    expect(told(till)).toEqual([false]);
    expect(world.requests('capture').length - tries).toBeGreaterThan(10);
    world.network.always('capture', 'fine');
    await world.until(() => till.last('A').platformStatus === 'Captured', 600_000);
    await world.run(100);
    expect(told(till)).toEqual([false, true]);
  });
});

describe('the time it goes by', () => {
  test('over a restart: it is told at the boot, by MobilePay’s time', async ({ world }) => {
    const before = await world.boot();
    await sell(world, before, 'A');
    before.crash();
    await world.run(DAY_MS + HOUR_MS);
    world.setWallAhead(-DAY_MS - 2 * HOUR_MS);
    const till = await world.boot();
    await world.run(100);
    expect(till.state().faults).toContain('capture-overdue');
  });

  test('a wall clock that runs a month ahead reminds of nothing', async ({ world }) => {
    const before = await world.boot();
    await sell(world, before, 'A');
    before.crash();
    world.setWallAhead(30 * DAY_MS);
    const till = await world.boot();
    await world.run(10 * 60_000);
    expect(told(till)).toEqual([]);
  });

  test('a time that nobody has confirmed reminds of nothing', async ({ world }) => {
    const before = await world.boot();
    await sell(world, before, 'A');
    before.crash();
    world.setWallAhead(30 * DAY_MS);
    world.network.always('all', 'lost-request');
    const till = await world.boot();
    await world.run(10 * 60_000);
    expect(told(till)).toEqual([]);
  });
});
