import { describe, expect } from 'vitest';
import { asked, dkk, HOUR_MS, paired, prepared } from './prepared-sale.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

describe('cancelled at every step', () => {
  const steps = {
    'before the create is answered': async (world: World) => {
      const till = await world.boot();
      world.network.next('prepare', { answerAfterMs: 1_000 });
      till.prepare('A');
      await world.run(50);
      return till;
    },
    Prepared: prepared,
    Paired: paired,
    'ready, unanswered': async (world: World) => {
      const till = await paired(world);
      world.network.always('ready', 'lost-request');
      till.ready('A');
      await world.run(100);
      return till;
    },
    Initiated: async (world: World) => {
      const till = await prepared(world);
      await till.snapshot(till.ready('A'));
      return till;
    },
    IssuedToUser: async (world: World) => await asked(world),
  };
  for (const [step, arrive] of Object.entries(steps)) {
    test(`by the register: ${step}`, async ({ world }) => {
      const till = await arrive(world);
      expect(await till.snapshot(till.cancel('A'))).toMatchObject({
        outcome: 'declined',
        reason: 'by-register',
      });
      await world.until(() => till.state().phase === 'idle', 20_000);
      expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
      expect((await till.error(till.ready('A', { amount: dkk(1) }))).code).toBe('wrong-state');
    });

    test(`by the button on the terminal: ${step}`, async ({ world }) => {
      const till = await arrive(world);
      till.engine.press('cancel', 'press');
      await world.until(() => till.state().phase === 'idle', 20_000);
      expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'by-terminal' });
      expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
    });
  }

  test('by the customer, who has checked in and is not asked yet', async ({ world }) => {
    const till = await paired(world);
    world.mobilePay.refuse('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-refused' });
    expect((await till.error(till.ready('A'))).code).toBe('wrong-state');
  });

  for (const [step, arrive] of [
    ['Prepared', prepared],
    ['Paired', paired],
  ] as const) {
    test(`by MobilePay: ${step}`, async ({ world }) => {
      const till = await arrive(world);
      world.mobilePay.giveUp('A');
      await world.until(() => till.state().phase === 'idle');
      expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'by-platform' });
    });
  }

  test('a cancel waits for the ready under way, and no other attempt of it follows', async ({
    world,
  }) => {
    const till = await paired(world);
    world.network.next('ready', 'lost-request');
    const ready = till.ready('A');
    await world.run(500);
    const cancel = till.cancel('A');
    expect((await till.snapshot(cancel)).outcome).toBe('declined');
    expect((await till.snapshot(ready)).outcome).toBe('declined');
    expect(world.requests('ready')).toHaveLength(1);
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
  });

  test('a ready that arrives after the cancel changes nothing', async ({ world }) => {
    const till = await paired(world);
    world.network.next('ready', { arrivesAfterMs: 30_000 });
    till.ready('A');
    await world.run(500);
    await till.snapshot(till.cancel('A'));
    await world.run(60_000);
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
    expect(till.last('A').outcome).toBe('declined');
  });
});

describe('a prepared payment that nobody makes ready', () => {
  test('is given up after an hour, and the PoS is free again', async ({ world }) => {
    world.allow('many-requests');
    world.network.pollDelayMs = 60_000;
    const till = await prepared(world);
    await world.run(HOUR_MS - 1_000);
    expect(till.last('A').outcome).toBe('pending');
    expect((await till.error(till.start('B'))).code).toBe('busy');
    await world.run(2_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'expired' });
    await world.until(() => till.state().phase === 'idle');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
  });

  test('is given up at a boot after the hour, once MobilePay has been asked', async ({ world }) => {
    (await paired(world)).crash();
    await world.run(2 * HOUR_MS);
    const till = await world.boot();
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'expired' });
    expect(till.requests()[0]?.operation).toBe('authorize');
    expect(till.requests('get').length).toBeGreaterThan(0);
  });

  test('blocks a second preparation as any undecided order does', async ({ world }) => {
    const till = await prepared(world);
    expect(await till.error(till.prepare('B'))).toMatchObject({
      code: 'busy',
      payment: { orderId: 'A' },
    });
    expect((await till.error(till.prepare('A'))).code).toBe('duplicate-order');
  });
});
