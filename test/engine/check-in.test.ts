import { describe, expect } from 'vitest';
import { type Till, wantedPos } from './till.ts';
import { test, type World } from './world.ts';

const anna = {
  loyaltyIds: ['club-4711'],
  customerToken: 'token-of-anna',
  customerReceiptToken: 'receipt-of-anna',
};
const nobody = { loyaltyIds: null, customerToken: null, customerReceiptToken: null };

const asked = (world: World): number => world.requests('getCheckin').length;

async function watch(till: Till, on = true): Promise<void> {
  const reply = await till.answer(till.send('checkin/watch', { on }));
  expect(reply).toMatchObject({ ok: true, result: {} });
}

const notification = { MerchantPosId: 'till-1', MerchantBrandId: 'POSDK12345', PosId: 'pos-1' };

describe('a customer is looked for', () => {
  test('while the register watches: told at each change, and welcomed', async ({ world }) => {
    const till = await world.boot();
    await watch(till);
    expect(till.views.at(-1)).toMatchObject({ invited: true, checkedIn: false, phase: 'idle' });
    await world.run(5_500);
    expect(till.events('checkin')).toEqual([]);
    world.mobilePay.arrive();
    await world.until(() => till.state().phase === 'checked-in', 2_000);
    expect(till.events('checkin')).toMatchObject([
      { checkedIn: true, ...nobody, via: 'poll', ble: null },
    ]);
    expect(till.views.at(-1)).toMatchObject({ phase: 'checked-in', checkedIn: true });
    world.mobilePay.arrive(anna);
    await world.until(() => till.events('checkin').length === 2, 2_000);
    expect(till.events('checkin')[1]).toMatchObject({ checkedIn: true, ...anna });
    await world.run(5_000);
    world.mobilePay.leave();
    await world.until(() => till.state().phase === 'idle', 2_000);
    expect(till.events('checkin').slice(2)).toMatchObject([{ checkedIn: false, ...nobody }]);
  });

  test('as soon as the poll delay allows, one request at a time, for two minutes', async ({
    world,
  }) => {
    const till = await world.boot();
    await watch(till);
    await world.run(120_000);
    const times = world.requests('getCheckin').map(({ atMs }) => atMs);
    expect(times.length).toBeGreaterThanOrEqual(118);
    expect(times.length).toBeLessThanOrEqual(120);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    await world.run(3_600_000);
    expect(asked(world)).toBe(times.length);
    expect(till.views.at(-1)?.invited).toBe(false);
  });

  test('again for two minutes by a new invitation, no sooner than the poll delay', async ({
    world,
  }) => {
    const till = await world.boot();
    await watch(till);
    await world.run(100_000);
    await watch(till);
    await watch(till, false);
    await watch(till);
    await world.run(119_000);
    expect(till.views.at(-1)?.invited).toBe(true);
    await world.run(2_000);
    expect(till.views.at(-1)?.invited).toBe(false);
  });

  test('until the register has had enough', async ({ world }) => {
    const till = await world.boot();
    await watch(till);
    world.mobilePay.arrive(anna);
    await world.until(() => till.state().phase === 'checked-in');
    await watch(till, false);
    expect(till.state().phase).toBe('idle');
    const before = asked(world);
    await world.run(60_000);
    expect(asked(world)).toBe(before);
    expect(till.events('checkin')).toHaveLength(1);
    await watch(till);
    await world.until(() => till.events('checkin').length === 2, 2_000);
    expect(till.state().phase).toBe('checked-in');
  });

  test('not at all by a terminal that nobody asked to, all day', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.arrive(anna);
    const requests = world.requests().length;
    await world.run(12 * 3_600_000);
    expect(world.requests()).toHaveLength(requests);
    expect(till.state().phase).toBe('idle');
  });

  test('by the pay button while idle, but not by a long press, nor by cancel', async ({
    world,
  }) => {
    const till = await world.boot();
    till.engine.press('pay', 'long-press');
    till.engine.press('cancel', 'press');
    await world.run(2_000);
    expect(asked(world)).toBe(0);
    till.engine.press('pay', 'press');
    world.mobilePay.arrive(anna);
    await world.until(() => till.state().phase === 'checked-in', 2_000);
    expect(till.events('checkin')).toMatchObject([{ via: 'poll', ...anna }]);
    expect(till.events('button')).toHaveLength(3);
    till.engine.press('cancel', 'press');
    expect(till.state().phase).toBe('idle');
    expect(till.views.at(-1)).toMatchObject({ invited: false, checkedIn: false });
  });

  test('ever less often where MobilePay does not answer, and found when it does', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('getCheckin', 'lost-request');
    await watch(till);
    await world.run(60_000);
    expect(asked(world)).toBeLessThan(25);
    expect(asked(world)).toBeGreaterThan(8);
    world.mobilePay.arrive(anna);
    world.network.always('getCheckin', 'fine');
    await world.until(() => till.state().phase === 'checked-in', 7_000);
  });

  test('and the phase is idle when the two minutes are over, though nobody left', async ({
    world,
  }) => {
    const till = await world.boot();
    await watch(till);
    world.mobilePay.arrive(anna);
    await world.until(() => till.state().phase === 'checked-in');
    await world.run(125_000);
    expect(till.state().phase).toBe('idle');
    expect(till.views.at(-1)).toMatchObject({ invited: false, checkedIn: false });
    expect(till.events('checkin'), 'nobody knows that they left').toHaveLength(1);
  });
});

describe('a notification of MobilePay', () => {
  test('is a hint: MobilePay is asked who it is', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.arrive(anna);
    const reply = await till.answer(till.send('checkin/notify', notification));
    expect(reply).toMatchObject({ ok: true, result: {} });
    await world.until(() => till.state().phase === 'checked-in', 2_000);
    expect(till.events('checkin')).toMatchObject([{ via: 'notification', ...anna }]);
  });

  test('that is false tells nothing', async ({ world }) => {
    const till = await world.boot();
    await till.answer(till.send('checkin/notify', notification));
    await world.run(130_000);
    expect(till.events('checkin')).toEqual([]);
    expect(till.state().phase).toBe('idle');
  });

  test('about another PoS is refused, and nothing is asked', async ({ world }) => {
    const till = await world.boot();
    const error = await till.error(
      till.send('checkin/notify', { ...notification, PosId: 'pos-9' }),
    );
    expect(error).toMatchObject({ code: 'invalid-request', field: 'PosId' });
    await world.run(5_000);
    expect(asked(world)).toBe(0);
  });

  test('while a payment is in hand adds no polling to the payment’s own', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.checkIn('A');
    expect((await till.answer(till.send('checkin/notify', notification))).ok).toBe(true);
    await world.run(5_000);
    expect(asked(world)).toBe(0);
    expect(till.last('A').platformStatus).toBe('IssuedToUser');
  });
});

describe('a payment', () => {
  test('ends the watch: its own polling takes over, and idle follows it', async ({ world }) => {
    const till = await world.boot();
    await watch(till);
    world.mobilePay.arrive(anna);
    await world.until(() => till.state().phase === 'checked-in');
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    const before = asked(world);
    expect(till.state().phase).toBe('paying');
    await world.run(10_000);
    expect(asked(world)).toBe(before);
    expect(till.views.at(-1)).toMatchObject({ invited: false, checkedIn: false });
    expect(till.last('A').platformStatus, 'the customer was there already').toBe('IssuedToUser');
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    await world.run(10_000);
    expect(asked(world)).toBe(before);
  });

  test('that begins while MobilePay is being asked makes the answer old news', async ({
    world,
  }) => {
    const till = await world.boot();
    world.mobilePay.arrive(anna);
    world.network.next('getCheckin', { answerAfterMs: 400 });
    await watch(till);
    await till.snapshot(till.start('A'));
    await world.run(1_000);
    expect(till.events('checkin')).toEqual([]);
    expect(till.state().phase).toBe('paying');
  });

  test('that is not decided refuses a watch, which the payment makes needless', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect(await till.error(till.send('checkin/watch', { on: true }))).toMatchObject({
      code: 'busy',
      payment: { orderId: 'A' },
    });
    till.engine.press('pay', 'press');
    await world.run(5_000);
    expect(asked(world)).toBe(0);
  });
});

describe('a terminal that cannot look', () => {
  test('because it is starting or out of order says so, and looks for nobody', async ({
    world,
  }) => {
    world.network.always('all', 'unsent');
    const till = await world.boot({ atOnce: true });
    const starting = await till.error(till.send('checkin/watch', { on: true }));
    expect(starting.code).toBe('unreachable');
    await world.run(10_000);
    expect(till.state().phase).toBe('out-of-order');
    for (const [name, payload] of [
      ['checkin/watch', { on: true }],
      ['checkin/notify', notification],
    ] as const) {
      expect((await till.error(till.send(name, payload))).code).toBe('unreachable');
    }
    await watch(till, false);
    world.network.always('all', 'fine');
    await world.until(() => till.state().phase === 'idle', 40_000);
    await world.run(5_000);
    expect(asked(world)).toBe(0);
  });

  test('because nobody may check in before a payment says so; so does its info', async ({
    world,
  }) => {
    const unattended = { ...wantedPos, requirePaymentBeforeCheckin: true };
    const till = await world.boot({ engine: { wantedPos: unattended } });
    const error = await till.error(till.send('checkin/watch', { on: true }));
    expect(error).toMatchObject({ code: 'not-supported' });
    expect(error.message).toContain('pos.requirePaymentBeforeCheckin');
    till.engine.press('pay', 'press');
    await world.run(5_000);
    expect(asked(world)).toBe(0);
    expect(till.link.info()?.capabilities).not.toContain('checkin');
    await till.stop();
    const other = await world.boot();
    expect(other.link.info()?.capabilities).toContain('checkin');
  });

  test('because its PoS is gone gets a new one, and looks no more at the old', async ({
    world,
  }) => {
    const till = await world.boot();
    world.mobilePay.deletePos('pos-1');
    await watch(till);
    await world.until(() => till.link.info()?.posId === 'pos-2', 10_000);
    await watch(till);
    world.mobilePay.arrive(anna, 'pos-2');
    await world.until(() => till.state().phase === 'checked-in', 5_000);
  });
});

describe('who the customer is', () => {
  test('stands in the event alone: not in state, info, log or a reply', async ({ world }) => {
    const lines: string[] = [];
    const till = await world.boot({ logTo: lines });
    await watch(till);
    world.mobilePay.arrive(anna);
    await world.until(() => till.events('checkin').length === 1);
    await till.answer(till.send('terminal/diagnose'));
    const told = world.trace.filter(({ kind }) => kind === 'state' || kind === 'reply');
    const spoken = JSON.stringify([told, till.link.info(), till.views, lines]);
    for (const secret of [anna.loyaltyIds[0], anna.customerToken, anna.customerReceiptToken]) {
      expect(spoken).not.toContain(secret);
    }
    expect(lines.length, 'the log was looked at').toBeGreaterThan(0);
  });

  test('is gone from the disk as soon as the register has it', async ({ world }) => {
    const till = await world.boot();
    await watch(till);
    world.mobilePay.arrive(anna);
    await world.until(() => till.events('checkin').length === 1);
    expect(till.journal.outboxLength()).toBe(0);
  });
});
