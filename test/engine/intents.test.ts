import { describe, expect } from 'vitest';
import type { Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

/** A reserved payment that waits for the register's word. */
async function reservedOrder(world: World, options?: Parameters<World['boot']>[0]): Promise<Till> {
  const till = await world.boot(options);
  await till.snapshot(till.start('A', { autoCapture: false }));
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'approved');
  return till;
}

describe('the first intent wins (contract rule 6, safety rule 8)', () => {
  test('cancel after the intent to capture is wrong-state, with the snapshot', async ({
    world,
  }) => {
    const till = await reservedOrder(world);
    world.network.always('capture', 'lost-request');
    const capture = till.capture('A');
    await world.run(10);
    expect(await till.error(till.cancel('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { intent: 'capture', outcome: 'approved' },
    });
    world.network.always('capture', 'fine');
    expect((await till.snapshot(capture)).outcome).toBe('approved');
    await world.until(() => world.mobilePay.of('A').status === 'Captured');
    expect(world.requests('cancel')).toEqual([]);
  });

  test('capture after the intent to cancel is wrong-state, with the snapshot', async ({
    world,
  }) => {
    const till = await reservedOrder(world);
    world.network.always('cancel', 'lost-request');
    till.cancel('A');
    await world.run(10);
    expect(await till.error(till.capture('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { intent: 'cancel', outcome: 'declined' },
    });
    world.network.always('cancel', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
    expect(world.requests('capture')).toEqual([]);
  });

  test('it wins over a restart too', async ({ world }) => {
    const before = await reservedOrder(world);
    world.network.always('capture', 'lost-request');
    before.capture('A');
    await world.run(10);
    before.crash();
    const till = await world.boot();
    expect((await till.error(till.cancel('A'))).code).toBe('wrong-state');
    world.network.always('capture', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'Captured');
  });

  test('the customer’s time-out is a cancel like any other', async ({ world }) => {
    const till = await world.boot();
    world.network.always('cancel', 'lost-request');
    await till.snapshot(till.start('A', { customerTimeoutSeconds: 5 }));
    await world.run(6_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });
    expect((await till.error(till.capture('A'))).code).toBe('wrong-state');
  });

  test('a cancel button is a cancel like any other', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    till.engine.press('cancel', 'press');
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'by-terminal' });
    expect(till.events('button')).toMatchObject([{ button: 'cancel', action: 'press' }]);
  });

  test('a button never undoes what is approved, and pay decides nothing', async ({ world }) => {
    const till = await reservedOrder(world);
    till.engine.press('cancel', 'long-press');
    till.engine.press('pay', 'press');
    await world.run(1_000);
    expect(till.last('A')).toMatchObject({ outcome: 'approved', intent: null });
    expect(till.events('button')).toHaveLength(2);
    expect(till.state().seq).toBe(till.events('button').at(-1)?.seq);
  });

  test('capturing again what is captured is ok:true; another amount is wrong-state', async ({
    world,
  }) => {
    const till = await reservedOrder(world);
    await till.snapshot(till.capture('A'));
    expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
    const less = { amount: { currency: 'DKK', value: 1000 } };
    expect((await till.error(till.capture('A', less))).code).toBe('wrong-state');
    expect(world.requests('capture')).toHaveLength(1);
  });

  test('capturing what the customer has not accepted is wrong-state', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect(await till.error(till.capture('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { outcome: 'pending' },
    });
  });

  test('cancelling what is already unpaid is ok:true', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await till.snapshot(till.cancel('A'));
    expect(await till.snapshot(till.cancel('A'))).toMatchObject({
      outcome: 'declined',
      platformStatus: 'CancelledByClient',
    });
    expect(world.requests('cancel')).toHaveLength(1);
  });

  test('cancelling what is paid is wrong-state', async ({ world }) => {
    const till = await reservedOrder(world);
    await till.snapshot(till.capture('A'));
    expect(await till.error(till.cancel('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { outcome: 'approved' },
    });
  });
});

describe('safety rule 8: only MobilePay’s word ends an intent', () => {
  test('cancel met by 1300 reads the state: the customer had refused', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.checkIn('A');
    world.mobilePay.refuse('A');
    expect(await till.snapshot(till.cancel('A'))).toMatchObject({
      outcome: 'declined',
      platformStatus: 'CancelledByUser',
      intent: null,
    });
    expect(world.requests('cancel')).toHaveLength(1);
  });

  test('cancel met by 1300 reads the state: it was captured elsewhere, and that is told', async ({
    world,
  }) => {
    world.allow('capture-elsewhere');
    const till = await reservedOrder(world);
    world.mobilePay.captureElsewhere('A');
    expect(await till.error(till.cancel('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { outcome: 'approved', platformStatus: 'Captured' },
    });
    expect(till.last('A')).toMatchObject({ outcome: 'approved', reason: null });
  });

  test('cancel met by 1300 on a payment that is active is tried again, later', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.always('cancel', { refuse: '1300' });
    await till.snapshot(till.cancel('A'));
    await world.run(300_000);
    const tries = world.requests('cancel').length;
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
    world.network.always('cancel', 'fine');
    await world.until(() => till.last('A').platformStatus === 'CancelledByClient', 370_000);
  });

  test('capture meeting ExpiredAndCancelled is money-lost, and declined; the log names the order', async ({
    world,
  }) => {
    const lines: string[] = [];
    const till = await reservedOrder(world, { logTo: lines });
    world.mobilePay.expire('A');
    expect(await till.error(till.capture('A'))).toMatchObject({
      code: 'wrong-state',
      payment: { outcome: 'declined', platformStatus: 'ExpiredAndCancelled', reason: 'expired' },
    });
    expect(till.faults()).toEqual(['money-lost']);
    expect(till.state().phase).toBe('idle');
    await world.run(10);
    const warnings = lines.map((line) => JSON.parse(line)).filter(({ fault }) => fault);
    expect(warnings).toMatchObject([{ level: 40, orderId: 'A', fault: 'money-lost' }]);
  });

  test('a reservation that expires without a word of the register is declined, no money lost', async ({
    world,
  }) => {
    const till = await reservedOrder(world);
    world.mobilePay.expire('A');
    await world.until(() => till.state().phase === 'idle', 120_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'expired' });
    expect(till.faults()).toEqual([]);
  });

  for (const trouble of [
    'lost-request',
    'lost-answer',
    { status: 500 },
    { status: 404 },
  ] as const) {
    test(`a capture is never given up for ${JSON.stringify(trouble)}`, async ({ world }) => {
      const till = await reservedOrder(world);
      world.network.always('capture', trouble);
      till.capture('A');
      await world.run(3_600_000);
      expect(till.last('A').outcome).toBe('approved');
      world.network.always('capture', 'fine');
      await world.until(() => till.last('A').platformStatus === 'Captured', 400_000);
      expect(world.mobilePay.of('A').past.filter((status) => status === 'Captured')).toHaveLength(
        1,
      );
    });
  }
});

describe('the customer’s and MobilePay’s own ends', () => {
  test('a refusal is declined, customer-refused', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.checkIn('A');
    world.mobilePay.refuse('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({
      outcome: 'declined',
      reason: 'customer-refused',
      platformStatus: 'CancelledByUser',
    });
    expect(world.requests('cancel')).toEqual([]);
  });

  test('a cancellation by MobilePay is declined, by-platform', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.giveUp('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'by-platform' });
  });

  test('what belongs to the customer is told in events, never in the retained state', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.of('A').personal = {
      loyaltyIds: ['loyal-7'],
      customerToken: 'token-of-a-customer',
      customerReceiptToken: 'receipt-of-a-customer',
    };
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({
      loyaltyIds: ['loyal-7'],
      customerToken: 'token-of-a-customer',
    });
    const states = world.trace.filter(({ kind }) => kind === 'state');
    expect(JSON.stringify(states)).not.toMatch(/loyal-7|of-a-customer/);
  });
});
