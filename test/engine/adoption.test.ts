import { describe, expect } from 'vitest';
import type { HeldPayment } from './fake-mobilepay.ts';
import { price, soon } from './till.ts';
import { test, type World } from './world.ts';

/** What another till has sold under this number. */
function capturedElsewhere(world: World, orderId: string, more: Partial<HeldPayment>): void {
  world.mobilePay.hold({ orderId, status: 'Reserved', foreign: true, ...more });
  world.mobilePay.captureElsewhere(orderId);
}

describe('rule 6: an order that the journal lacks', () => {
  test('get looks it up by posId and orderId and adopts it; it waits for the register’s word', async ({
    world,
  }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other' });
    expect(await till.snapshot(till.get('other'))).toMatchObject({
      outcome: 'pending',
      platformStatus: 'Initiated',
      amount: { currency: 'DKK', value: 1250 },
      deadline: null,
      intent: null,
    });
    expect(till.outcomes('other')).toEqual(['pending']);
    await world.run(1_800_000);
    expect(till.last('other').outcome, 'no deadline, no time-out').toBe('pending');
    expect(world.requests('cancel')).toEqual([]);
    world.mobilePay.accept('other');
    await world.until(() => till.last('other').outcome === 'approved');
    await world.run(600_000);
    expect(world.requests('capture'), 'no intent, no capture').toEqual([]);
    expect((await till.snapshot(till.capture('other'))).platformStatus).toBe('Captured');
  });

  test('an adopted order survives the plug', async ({ world }) => {
    const before = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved' });
    await before.snapshot(before.get('other'));
    before.crash();
    const till = await world.boot();
    expect(till.state()).toMatchObject({ phase: 'approved', payment: { orderId: 'other' } });
    expect(world.requests('capture')).toEqual([]);
  });

  test('capture adopts and captures what is held', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved' });
    expect((await till.snapshot(till.capture('other'))).platformStatus).toBe('Captured');
    expect(world.mobilePay.of('other').capturedAmount?.value).toBe(1250);
  });

  test('cancel adopts and cancels', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other' });
    expect(await till.snapshot(till.cancel('other'))).toMatchObject({
      outcome: 'declined',
      reason: 'by-register',
    });
    await world.until(() => world.mobilePay.of('other').status === 'CancelledByClient');
  });

  test('a captured one is told approved', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved' });
    world.mobilePay.captureElsewhere('other');
    expect(await till.snapshot(till.get('other'))).toMatchObject({
      outcome: 'approved',
      platformStatus: 'Captured',
      capturedAmount: { value: 1250 },
    });
    expect((await till.error(till.cancel('other'))).code).toBe('wrong-state');
  });

  for (const [what, more] of [
    ['on another PoS', { posId: 'pos-of-the-neighbour' }],
    ['in another currency', { amount: { currency: 'EUR', value: 1250 } }],
  ] as const) {
    test(`one ${what} is not adopted`, async ({ world }) => {
      world.allow('early-poll');
      const till = await world.boot();
      world.mobilePay.hold({ orderId: 'other', foreign: true, ...more });
      expect((await till.error(till.get('other'))).code).toBe('unknown-order');
      expect((await till.error(till.capture('other'))).code).toBe('unknown-order');
      expect((await till.error(till.cancel('other'))).code).toBe('unknown-order');
      expect(world.mobilePay.of('other').status).toBe('Initiated');
      expect(till.told('other')).toEqual([]);
    });
  }

  test('one captured on another PoS is not adopted', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other', posId: 'pos-of-the-neighbour', status: 'Reserved' });
    world.mobilePay.captureElsewhere('other');
    expect((await till.error(till.get('other'))).code).toBe('unknown-order');
    expect(till.told('other')).toEqual([]);
  });

  test('one captured by another integrator under the same number hides nothing', async ({
    world,
  }) => {
    world.allow('capture-elsewhere');
    const till = await world.boot();
    capturedElsewhere(world, 'other', { posId: 'pos-of-a-stranger', closed: true });
    expect((await till.error(till.cancel('other'))).code).toBe('unknown-order');
  });

  test('when many tills have used its number, the answer comes within 9 s all the same', async ({
    world,
  }) => {
    world.allow('capture-elsewhere');
    const till = await world.boot();
    for (let other = 1; other <= 30; other += 1) {
      capturedElsewhere(world, 'other', { posId: `pos-of-neighbour-${other}` });
    }
    world.network.always('get', { answerAfterMs: 400 });
    expect((await till.error(till.capture('other'))).code).toBe('unreachable');
    await world.run(10_000);
    expect((await till.snapshot(till.cancel('other'))).intent).toBe('cancel');
    await world.run(60_000);
    expect(world.requests('capture')).toEqual([]);
  });

  for (const [name, status, amount] of [
    ['capture', 'Reserved', price],
    ['ready', 'Prepared', null],
  ] as const) {
    test(`a ${name} whose look-up ends after expiresAt begins nothing`, async ({ world }) => {
      const till = await world.boot();
      world.mobilePay.hold({ orderId: 'other', status, amount });
      world.network.next('find', { answerAfterMs: 400 });
      const id = till[name]('other', { expiresAt: soon(300) });
      expect((await till.error(id)).code).toBe('expired');
      await world.run(60_000);
      expect(world.requests(name)).toEqual([]);
    });
  }

  test('what nobody knows is unknown-order, and a get of it is no hindrance to a start', async ({
    world,
  }) => {
    const till = await world.boot();
    expect(await till.error(till.get('ghost'))).toMatchObject({
      code: 'unknown-order',
      field: 'orderId',
      payment: null,
    });
    expect((await till.error(till.capture('ghost'))).code).toBe('unknown-order');
    expect((await till.snapshot(till.start('ghost'))).outcome).toBe('pending');
  });

  test('when MobilePay cannot be asked, get and capture are unreachable, within 9 s', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('all', 'lost-request');
    expect((await till.error(till.get('other'))).code).toBe('unreachable');
    expect((await till.error(till.capture('other'))).code).toBe('unreachable');
    await world.run(600_000);
    expect(world.requests('capture')).toEqual([]);
  });

  test('two commands for it at once make one order of it', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved' });
    world.network.next('find', { answerAfterMs: 300 });
    const ids = [till.get('other'), till.capture('other'), till.get('other')];
    for (const id of ids) expect((await till.snapshot(id)).orderId).toBe('other');
    await world.until(() => till.last('other').platformStatus === 'Captured');
    expect(world.requests('capture')).toHaveLength(1);
  });
});

describe('rule 6: a capture never exceeds the held amount', () => {
  for (const [what, amount, code, field] of [
    ['more than is held', { currency: 'DKK', value: 1251 }, 'amount-not-allowed', 'amount.value'],
    ['another currency', { currency: 'EUR', value: 1 }, 'invalid-request', 'amount.currency'],
  ] as const) {
    test(`${what} is refused without asking MobilePay`, async ({ world }) => {
      const till = await world.boot();
      await till.snapshot(till.start('A', { autoCapture: false }));
      world.mobilePay.accept('A');
      await world.until(() => till.state().phase === 'approved');
      expect(await till.error(till.capture('A', { amount }))).toMatchObject({
        code,
        field,
      });
      await world.run(1_000);
      expect(world.requests('capture')).toEqual([]);
      expect(till.last('A')).toMatchObject({ outcome: 'approved', intent: null });
    });
  }

  test('less than is held is a partial capture', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    const amount = { currency: 'DKK', value: 1000 };
    expect(await till.snapshot(till.capture('A', { amount }))).toMatchObject({
      platformStatus: 'Captured',
      amount: { value: 1250 },
      capturedAmount: { value: 1000 },
    });
    expect(world.requests('capture')[0]?.amount).toBe(1000);
  });

  test('a card that forbids partial capture is told before the goods leave', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.of('A').partialCapturePossible = false;
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    expect(till.last('A').partialCapturePossible).toBe(false);
    const amount = { currency: 'DKK', value: 1000 };
    expect((await till.error(till.capture('A', { amount }))).code).toBe(
      'partial-capture-impossible',
    );
    expect(world.requests('capture')).toEqual([]);
    expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
  });
});
