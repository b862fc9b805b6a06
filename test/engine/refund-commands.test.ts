import { describe, expect } from 'vitest';
import { dkk, sold } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const start = (more: Record<string, unknown> = {}) => ({
  id: 'c-refund',
  orderId: 'A',
  refundOrderId: 'R',
  amount: dkk(500),
  expiresAt: soon(),
  ...more,
});

describe('the contract’s rules, for refunds', () => {
  test('the same id with the same payload gets the same answer, and refunds once', async ({
    world,
  }) => {
    const till = await sold(world);
    const command = start();
    till.send('refund/start', command);
    await till.answer('c-refund');
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
    till.send('refund/start', command);
    await world.run(50);
    expect(till.replies('c-refund')).toHaveLength(2);
    expect(till.replies('c-refund')[1]).toEqual(till.replies('c-refund')[0]);
    expect(world.requests('createRefund')).toHaveLength(1);
  });

  test('a refundOrderId is used once, ever: also over restarts, and by its number alone', async ({
    world,
  }) => {
    const before = await sold(world);
    await before.refundSnapshot(before.refund('A', 'R'));
    await world.until(() => before.lastRefund('R').platformStatus === 'Captured');
    before.crash();
    const till = await world.boot();
    expect(await till.error(till.refund('A', 'R'))).toMatchObject({
      code: 'duplicate-order',
      field: 'refundOrderId',
      message: expect.stringContaining('approved'),
      payment: { orderId: 'A', refundedAmount: dkk(500) },
    });
    expect(world.requests('createRefund')).toHaveLength(1);
  });

  test('a refund may have the id of an order', async ({ world }) => {
    const till = await sold(world);
    await till.refundSnapshot(till.refund('A', 'A'));
    await world.until(() => till.lastRefund('A').platformStatus === 'Captured');
    expect((await till.snapshot(till.get('A'))).refundedAmount).toEqual(dkk(500));
  });

  for (const [what, more, [code, field]] of [
    ['that comes too late', () => ({ expiresAt: soon(-1) }), ['expired', 'expiresAt']],
    [
      'that may begin too far ahead',
      () => ({ expiresAt: soon(3_700_000) }),
      ['invalid-request', 'expiresAt'],
    ],
    ['with an unknown member', () => ({ autocapture: false }), ['invalid-request', 'autocapture']],
    ['without a whole amount', () => ({ amount: dkk(0.5) }), ['invalid-request', 'amount.value']],
  ] as const) {
    test(`a start ${what} is refused, and leaves the refundOrderId free`, async ({ world }) => {
      const till = await sold(world);
      till.send('refund/start', start(more()));
      expect(await till.error('c-refund')).toMatchObject({ code, field });
      await till.refundSnapshot(till.refund('A', 'R'));
    });
  }

  test('a capture that comes too late is refused; the refund still waits for the register', async ({
    world,
  }) => {
    const till = await reservedByHand(world);
    const late = { refundOrderId: 'R', expiresAt: soon(-1) };
    expect((await till.error(till.send('refund/capture', late))).code).toBe('expired');
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'approved', intent: null });
    expect((await till.refundSnapshot(till.captureRefund('R'))).platformStatus).toBe('Captured');
  });

  test('a cancel is never too late to be heard', async ({ world }) => {
    const till = await reservedByHand(world);
    const late = { refundOrderId: 'R', expiresAt: soon(-60_000) };
    const cancelled = await till.refundSnapshot(till.send('refund/cancel', late));
    expect(cancelled.outcome).toBe('declined');
  });

  test('a cancel that comes before its start kills the start, also over a restart', async ({
    world,
  }) => {
    const before = await sold(world);
    expect(await before.error(before.cancelRefund('R'))).toMatchObject({
      code: 'unknown-order',
      field: 'refundOrderId',
    });
    expect(await before.error(before.refund('A', 'R'))).toMatchObject({
      code: 'wrong-state',
      payment: null,
    });
    before.crash();
    const till = await world.boot();
    expect((await till.error(till.refund('A', 'R'))).code).toBe('wrong-state');
    expect((await till.error(till.getRefund('R'))).code).toBe('unknown-order');
    expect((await till.error(till.captureRefund('R'))).code).toBe('unknown-order');
    expect((await till.error(till.cancelRefund('R'))).code).toBe('unknown-order');
    expect(till.toldRefund('R')).toEqual([]);
    expect(till.state().refund).toBeNull();
    expect(world.requests('createRefund')).toEqual([]);
  });

  test('the answer comes within 9 s: capture and cancel are ok:true with the intent set', async ({
    world,
  }) => {
    for (const what of ['captureRefund', 'cancelRefund'] as const) {
      const refundOrderId = `R-${what}`;
      const till = await (what === 'captureRefund' ? sold(world) : world.boot());
      till.refund('A', refundOrderId, { autoCapture: false });
      await world.until(() => till.toldRefund(refundOrderId).at(-1)?.outcome === 'approved');
      world.network.always(what, 'lost-request');
      const sentAt = Date.now();
      const reply = await till.refundSnapshot(till[what](refundOrderId));
      expect(Date.now() - sentAt).toBeGreaterThan(8_000);
      const isCapture = what === 'captureRefund';
      expect(reply).toMatchObject({
        intent: isCapture ? 'capture' : 'cancel',
        outcome: isCapture ? 'approved' : 'declined',
        platformStatus: 'Reserved',
      });
      world.network.always(what, 'fine');
      await world.until(() => till.lastRefund(refundOrderId).intent === null, 60_000);
      await till.stop();
    }
  });

  test('a capture that meets an end without a payout is wrong-state', async ({ world }) => {
    const till = await reservedByHand(world);
    world.mobilePay.refunds.end('R', 'CancelledByClient');
    expect(await till.error(till.captureRefund('R'))).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('ended before it was paid out'),
    });
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'by-platform' });
  });

  test('payment/list is about payments only', async ({ world }) => {
    const till = await reservedByHand(world);
    const reply = await till.answer(till.send('payment/list', { open: true }));
    expect(reply).toMatchObject({ ok: true, result: [] });
  });
});

describe('while the terminal is starting', () => {
  const asleep = { atOnce: true } as const;

  test('get answers at once from the journal, cancel is journalled as intent at once', async ({
    world,
  }) => {
    const before = await reservedByHand(world);
    before.crash();
    world.network.always('all', 'lost-request');
    const till = await world.boot(asleep);
    expect((await till.refundSnapshot(till.getRefund('R'))).platformStatus).toBe('Reserved');
    expect((await till.error(till.getRefund('ghost'))).code).toBe('unknown-order');
    const cancel = till.cancelRefund('R');
    await world.run(10);
    const intents = till
      .commits()
      .flatMap(({ batch }) => batch.refundEvents ?? [])
      .map(({ event }) => event.type);
    expect(intents).toContain('cancelIntended');
    expect(await till.refundSnapshot(cancel)).toMatchObject({
      outcome: 'declined',
      intent: 'cancel',
    });
    world.network.always('all', 'fine');
    await world.until(() => till.lastRefund('R').platformStatus === 'CancelledByClient', 120_000);
  });

  test('start and capture wait for recovery, and begin once it is done', async ({ world }) => {
    const before = await reservedByHand(world);
    before.crash();
    world.network.next('authorize', { answerAfterMs: 1_500 });
    const till = await world.boot(asleep);
    const [refund, capture] = [till.refund('A', 'R-2'), till.captureRefund('R')];
    await world.run(1_000);
    expect(till.replies(refund)).toEqual([]);
    expect((await till.refundSnapshot(refund)).outcome).toBe('pending');
    expect((await till.refundSnapshot(capture)).platformStatus).toBe('Captured');
  });

  test('when recovery takes too long they are unreachable, and nothing is begun later', async ({
    world,
  }) => {
    const before = await reservedByHand(world);
    before.crash();
    world.network.always('authorize', 'lost-request');
    const till = await world.boot(asleep);
    const ids = [till.refund('A', 'R-2'), till.captureRefund('R')];
    for (const id of ids) expect((await till.error(id)).code).toBe('unreachable');
    world.network.always('authorize', 'fine');
    await world.run(60_000);
    expect(world.requests('createRefund').map(({ refundOrderId }) => refundOrderId)).toEqual(['R']);
    expect(world.requests('captureRefund')).toEqual([]);
  });

  test('rule 15: a PoS is not replaced while something is being refunded', async ({ world }) => {
    const before = await reservedByHand(world);
    await before.stop();
    const till = await world.boot({ engine: { wantedPos: renamed } });
    await world.run(120_000);
    expect(world.requests('deletePos')).toEqual([]);
    expect(till.faults()).toContain('pos-outdated');
    await till.refundSnapshot(till.captureRefund('R'));
    await world.until(() => world.requests('deletePos').length === 1, 120_000);
  });
});

describe('commands that an earlier boot left unanswered', () => {
  test('a start that was begun is answered by what became of it', async ({ world }) => {
    const before = await sold(world);
    world.network.always('createRefund', 'lost-request');
    const id = before.refund('A', 'R');
    await world.run(100);
    before.crash();
    world.network.always('createRefund', 'fine');
    const till = await world.boot();
    expect(await till.refundSnapshot(id)).toMatchObject({ refundOrderId: 'R' });
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured', 60_000);
    expect(world.mobilePay.refunds.held('R')).toHaveLength(1);
  });

  test('a start that was still looking for its payment is unreachable: nothing begins', async ({
    world,
  }) => {
    // The dead process would still answer in time.
    world.allow('log-errors');
    const before = await world.boot();
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved', foreign: true });
    world.mobilePay.captureElsewhere('other');
    world.network.next('find', { answerAfterMs: 400 });
    const id = before.refund('other', 'R');
    await world.run(100);
    before.crash();
    const till = await world.boot();
    expect((await till.error(id)).code).toBe('unreachable');
    await world.run(60_000);
    expect(world.requests('createRefund')).toEqual([]);
  });

  test('a capture and a cancel are answered by what was intended for them', async ({ world }) => {
    const before = await reservedByHand(world);
    world.network.always('captureRefund', 'lost-request');
    const id = before.captureRefund('R');
    await world.run(100);
    before.crash();
    world.network.always('captureRefund', 'fine');
    const till = await world.boot();
    expect((await till.refundSnapshot(id)).platformStatus).toBe('Captured');
    till.refund('A', 'R-2', { autoCapture: false });
    await world.until(() => till.toldRefund('R-2').at(-1)?.outcome === 'approved');
    world.network.always('cancelRefund', 'lost-request');
    const cancel = till.cancelRefund('R-2');
    await world.run(100);
    till.crash();
    world.network.always('cancelRefund', 'fine');
    const last = await world.boot();
    expect((await last.refundSnapshot(cancel)).outcome).toBe('declined');
  });
});

const renamed = {
  merchantPosId: 'till-1',
  name: 'Kasse 2',
  store: { storeId: 'store-1' },
  beaconId: null,
  supportedBeaconTypes: ['QR', 'Bluetooth'],
  callbackAlias: null,
  requirePaymentBeforeCheckin: false,
};

async function reservedByHand(world: World): Promise<Till> {
  const till = await sold(world);
  till.refund('A', 'R', { autoCapture: false });
  await world.until(() => till.toldRefund('R').at(-1)?.outcome === 'approved');
  return till;
}
