import { describe, expect } from 'vitest';
import type { HeldPayment } from './fake-mobilepay.ts';
import { dkk, sold } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const otherPayment = '11111111-1111-4111-8111-111111111111';

/** A captured payment that the journal does not know. */
function captured(world: World, orderId: string, more: Partial<HeldPayment> = {}): HeldPayment {
  const payment = world.mobilePay.hold({ orderId, status: 'Reserved', foreign: true, ...more });
  world.mobilePay.captureElsewhere(orderId);
  return payment;
}

/** The PoS of a neighbour; `store-1` is ours. */
function neighbour(world: World, posId: string, storeId = 'store-1'): void {
  world.mobilePay.poses.push({
    posId,
    storeId,
    merchantPosId: posId,
    name: posId,
    beaconId: `beacon of ${posId}`,
    callbackAlias: null,
    supportedBeaconTypes: ['QR'],
    requirePaymentBeforeCheckin: false,
  });
}

const refundOf = (till: Till, wish: Record<string, unknown>) =>
  till.send('refund/start', {
    refundOrderId: 'R',
    amount: dkk(500),
    expiresAt: soon(),
    ...wish,
  });

describe('rule 11: which payment is refunded', () => {
  test('one of the journal’s, without asking MobilePay', async ({ world }) => {
    const till = await sold(world);
    const before = world.requests().length;
    await till.refundSnapshot(till.refund('A', 'R'));
    const after = world.requests().slice(before);
    expect(after.map(({ operation }) => operation).slice(0, 1)).toEqual(['createRefund']);
  });

  test('after a restart, too', async ({ world }) => {
    const before = await sold(world);
    before.crash();
    const till = await world.boot();
    expect((await till.refundSnapshot(till.refund('A', 'R'))).paymentId).toBe('payment-1');
  });

  test('one of this PoS that the journal lacks: found by its order, and adopted (rule 6)', async ({
    world,
  }) => {
    const till = await world.boot();
    const { paymentId } = captured(world, 'other');
    expect(await till.refundSnapshot(till.refund('other', 'R'))).toMatchObject({
      orderId: 'other',
      paymentId,
      outcome: 'pending',
    });
    expect(till.last('other')).toMatchObject({ platformStatus: 'Captured', deadline: null });
    await world.until(() => till.last('other').refundedAmount?.value === 500);
    const looks = world.requests('find').length;
    await till.refundSnapshot(till.refund('other', 'R-2'));
    expect(world.requests('find')).toHaveLength(looks);
  });

  test('one of another till, by its paymentId; the order is then not named', async ({ world }) => {
    const till = await world.boot();
    captured(world, 'theirs', { paymentId: otherPayment, posId: 'pos-of-the-neighbour' });
    expect(await till.refundSnapshot(refundOf(till, { paymentId: otherPayment }))).toMatchObject({
      paymentId: otherPayment,
      orderId: null,
    });
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
    expect(world.requests('find')).toEqual([]);
    expect(world.requests('get')).toEqual([]);
  });

  test('a paymentId in capitals is the same one, also where the create’s answer is lost', async ({
    world,
  }) => {
    const till = await world.boot();
    const paymentId = 'abcdefab-1111-4111-8111-111111111111';
    const written = paymentId.toUpperCase();
    captured(world, 'theirs', { paymentId, posId: 'pos-of-the-neighbour' });
    const { create } = world.mobilePay.refunds;
    world.mobilePay.refunds.create = (key, body) => create(key, body.replace(written, paymentId));
    world.mobilePay.refunds.find = () => ({ done: ['refund-id-1'] });
    world.network.next('createRefund', 'lost-answer', 'lost-answer', 'lost-answer');
    await till.refundSnapshot(refundOf(till, { paymentId: written }));
    await world.until(() => till.toldRefund('R').at(-1)?.platformStatus === 'Captured');
  });

  test('one of another till of this store, if it is the only match of order and amount', async ({
    world,
  }) => {
    const till = await world.boot();
    neighbour(world, 'pos-8');
    neighbour(world, 'pos-9', 'store-2');
    const meant = captured(world, 'theirs', { posId: 'pos-8' });
    captured(world, 'theirs', { posId: 'pos-9' });
    expect(await till.refundSnapshot(till.refund('theirs', 'R'))).toMatchObject({
      orderId: 'theirs',
      paymentId: meant.paymentId,
    });
    expect(till.told('theirs'), 'it is no order of this terminal').toEqual([]);
    await world.run(2_000);
    expect((await till.error(till.get('theirs'))).code).toBe('unknown-order');
  });

  test('a payment that is smaller than the refund is no match', async ({ world }) => {
    const till = await world.boot();
    neighbour(world, 'pos-8');
    neighbour(world, 'pos-9');
    captured(world, 'theirs', { posId: 'pos-8', amount: dkk(499) });
    const meant = captured(world, 'theirs', { posId: 'pos-9' });
    const refund = await till.refundSnapshot(till.refund('theirs', 'R'));
    expect(refund.paymentId).toBe(meant.paymentId);
  });

  test('several matches are refused: paymentId says which', async ({ world }) => {
    const till = await world.boot();
    neighbour(world, 'pos-8');
    neighbour(world, 'pos-9');
    captured(world, 'theirs', { posId: 'pos-8' });
    const meant = captured(world, 'theirs', { posId: 'pos-9', paymentId: otherPayment });
    expect(await till.error(till.refund('theirs', 'R'))).toMatchObject({
      code: 'invalid-request',
      field: 'orderId',
      message: expect.stringContaining('paymentId'),
    });
    const wish = { orderId: 'theirs', paymentId: otherPayment };
    const refund = await till.refundSnapshot(refundOf(till, wish));
    expect(refund).toMatchObject({ orderId: 'theirs', paymentId: meant.paymentId });
  });

  for (const [what, more, storeId] of [
    ['in another store', {}, 'store-2'],
    ['too small', { amount: dkk(499) }, 'store-1'],
    ['in another currency', { amount: { currency: 'EUR', value: 1250 } }, 'store-1'],
  ] as const) {
    test(`one of another till ${what} is not found`, async ({ world }) => {
      const till = await world.boot();
      neighbour(world, 'pos-8', storeId);
      captured(world, 'theirs', { posId: 'pos-8', ...more });
      expect(await till.error(till.refund('theirs', 'R'))).toMatchObject({
        code: 'unknown-order',
        field: 'orderId',
        message: expect.stringContaining('paymentId'),
        payment: null,
      });
      expect(world.requests('createRefund')).toEqual([]);
    });
  }

  test('one whose PoS is gone may be the one that is meant: paymentId says which', async ({
    world,
  }) => {
    const till = await world.boot();
    neighbour(world, 'pos-8');
    captured(world, 'theirs', { posId: 'pos-8' });
    captured(world, 'theirs', { posId: 'pos-that-was-replaced' });
    expect(await till.error(till.refund('theirs', 'R'))).toMatchObject({
      code: 'invalid-request',
      field: 'orderId',
    });
    expect(world.requests('createRefund')).toEqual([]);
  });

  test('asked for twice in a row, another till’s payment is polled once', async ({ world }) => {
    const till = await world.boot();
    neighbour(world, 'pos-8');
    captured(world, 'theirs', { posId: 'pos-8' });
    await till.refundSnapshot(till.refund('theirs', 'R-1'));
    await till.refundSnapshot(till.refund('theirs', 'R-2'));
    expect(world.requests('get')).toHaveLength(1);
    expect(await till.error(till.refund('theirs', 'R-3'))).toMatchObject({
      code: 'amount-not-allowed',
      message: expect.stringContaining('250 is left'),
    });
  });

  test('two starts for an order that the journal lacks make one order of it', async ({ world }) => {
    const till = await world.boot();
    captured(world, 'other');
    world.network.next('get', { answerAfterMs: 300 });
    const ids = [till.refund('other', 'R-1'), till.refund('other', 'R-2')];
    for (const id of ids) expect((await till.refundSnapshot(id)).orderId).toBe('other');
    expect(
      till.told('other').filter(({ refundedAmount }) => refundedAmount?.value === 0),
    ).toHaveLength(1);
  });

  for (const operation of ['find', 'get', 'getPos'] as const) {
    test(`without an answer to a ${operation} it is unreachable, and nothing is begun later`, async ({
      world,
    }) => {
      const till = await world.boot();
      neighbour(world, 'pos-8');
      captured(world, 'theirs', { posId: 'pos-8' });
      world.network.always(operation, 'lost-request');
      expect((await till.error(till.refund('theirs', 'R'))).code).toBe('unreachable');
      world.network.always(operation, 'fine');
      await world.run(60_000);
      expect(world.requests('createRefund')).toEqual([]);
      await till.refundSnapshot(till.refund('theirs', 'R'));
    });
  }

  test('a look-up that takes too long is unreachable within 9 s, and nothing is begun later', async ({
    world,
  }) => {
    const till = await world.boot();
    world.allow('parallel-looks');
    for (let index = 0; index < 10; index += 1) {
      neighbour(world, `pos-${index + 10}`);
      captured(world, 'theirs', { posId: `pos-${index + 10}`, amount: dkk(600) });
    }
    world.network.always('getPos', { answerAfterMs: 1_400 });
    world.network.always('get', { answerAfterMs: 480 });
    expect((await till.error(till.refund('theirs', 'R'))).code).toBe('unreachable');
    await world.run(60_000);
    expect(world.requests('createRefund')).toEqual([]);
  });

  test('a look-up that ends after expiresAt begins nothing', async ({ world }) => {
    const till = await world.boot();
    captured(world, 'other');
    world.network.next('find', { answerAfterMs: 400 });
    const id = till.refund('other', 'R', { expiresAt: soon(300) });
    expect((await till.error(id)).code).toBe('expired');
    await world.run(60_000);
    expect(world.requests('createRefund')).toEqual([]);
  });
});

describe('what is not refunded', () => {
  test('an order that is not captured yet: wrong-state, with the payment', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    const early = await till.error(till.refund('A', 'R'));
    expect(early).toMatchObject({ code: 'wrong-state', field: 'orderId' });
    expect(early.message).toMatch(/not captured yet/);
    world.mobilePay.accept('A');
    await world.until(() => till.last('A').outcome === 'approved');
    expect(await till.error(till.refund('A', 'R'))).toMatchObject({
      code: 'wrong-state',
      payment: { orderId: 'A', platformStatus: 'Reserved' },
    });
    await till.snapshot(till.capture('A'));
    await till.refundSnapshot(till.refund('A', 'R'));
  });

  test('an order of which nothing was taken', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await till.snapshot(till.cancel('A'));
    const failed = await till.error(till.refund('A', 'R'));
    expect(failed).toMatchObject({ code: 'wrong-state', payment: { outcome: 'declined' } });
    expect(failed.message).toMatch(/No money was taken/);
  });

  test('more than was captured of a partial capture', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.last('A').outcome === 'approved');
    await till.snapshot(till.capture('A', { amount: dkk(700) }));
    expect(await till.error(till.refund('A', 'R', { amount: dkk(701) }))).toMatchObject({
      code: 'amount-not-allowed',
      message: expect.stringContaining('700 is left'),
    });
    await till.refundSnapshot(till.refund('A', 'R', { amount: dkk(700) }));
  });

  test('what may still be paid out counts, also while it is unknown or being cancelled', async ({
    world,
  }) => {
    const till = await sold(world);
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R-1', { amount: dkk(1_000) });
    await world.run(100);
    const tooMuch = () => till.error(till.refund('A', 'R-2', { amount: dkk(251) }));
    expect((await tooMuch()).message).toMatch(/250 is left/);
    till.cancelRefund('R-1');
    expect((await till.error(till.refund('A', 'R-3', { amount: dkk(251) }))).code).toBe(
      'amount-not-allowed',
    );
    world.network.always('createRefund', 'fine');
    await world.until(() => till.lastRefund('R-1').intent === null, 700_000);
    await till.refundSnapshot(till.refund('A', 'R-4', { amount: dkk(1_250) }));
  });

  test('a paymentId that is not the order’s', async ({ world }) => {
    const till = await sold(world);
    const wish = { orderId: 'A', paymentId: otherPayment };
    expect(await till.error(refundOf(till, wish))).toMatchObject({
      code: 'invalid-request',
      field: 'paymentId',
      payment: { orderId: 'A' },
    });
  });

  test('nothing at all: neither order nor payment is named', async ({ world }) => {
    const till = await sold(world);
    expect(await till.error(refundOf(till, {}))).toMatchObject({
      code: 'invalid-request',
      field: 'orderId',
    });
  });

  for (const [what, rules, wish, expected] of [
    [
      'anything where refunds are switched off',
      { enabled: false, maxAmount: 1_000_000 },
      {},
      { code: 'not-supported', field: null, message: expect.stringContaining('refund.enabled') },
    ],
    [
      'more than refund.maxAmount',
      { enabled: true, maxAmount: 499 },
      {},
      { code: 'amount-not-allowed', field: 'amount.value' },
    ],
    [
      'another currency',
      { enabled: true, maxAmount: 1_000_000 },
      { amount: { currency: 'EUR', value: 500 } },
      { code: 'invalid-request', field: 'amount.currency' },
    ],
  ] as const) {
    test(`${what}`, async ({ world }) => {
      const before = await sold(world);
      await before.stop();
      const till = await world.boot({ engine: { refundRules: rules } });
      expect(await till.error(till.refund('A', 'R', wish))).toMatchObject(expected);
      expect(world.requests('createRefund')).toEqual([]);
      expect(till.link.info()?.capabilities.includes('refund')).toBe(rules.enabled);
    });
  }

  test('exactly refund.maxAmount is allowed', async ({ world }) => {
    const before = await sold(world);
    await before.stop();
    const till = await world.boot({ engine: { refundRules: { enabled: true, maxAmount: 500 } } });
    await till.refundSnapshot(till.refund('A', 'R'));
  });

  test('refunds that are under way are carried on where refunds are switched off', async ({
    world,
  }) => {
    const before = await sold(world);
    before.refund('A', 'R', { autoCapture: false });
    await world.until(() => before.toldRefund('R').at(-1)?.platformStatus === 'Reserved');
    await before.stop();
    const rules = { enabled: false, maxAmount: 1 };
    const till = await world.boot({ engine: { refundRules: rules } });
    expect((await till.refundSnapshot(till.captureRefund('R'))).platformStatus).toBe('Captured');
  });
});
