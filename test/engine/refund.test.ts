import { describe, expect } from 'vitest';
import { dkk, sell, sold } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

describe('a refund', () => {
  test('is asked for, reserved, captured by itself, and told step by step', async ({ world }) => {
    const till = await sold(world);
    expect(await till.refundSnapshot(till.refund('A', 'R'))).toMatchObject({
      refundOrderId: 'R',
      orderId: 'A',
      paymentId: 'payment-1',
      outcome: 'pending',
      platformStatus: 'Initiated',
      amount: dkk(500),
      intent: null,
    });
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
    expect(till.toldRefund('R').map(({ platformStatus }) => platformStatus)).toEqual([
      'Initiated',
      'Reserved',
      'Captured',
    ]);
    expect(till.refundOutcomes('R')).toEqual(['pending', 'approved']);
    const [, reserved] = till.toldRefund('R');
    expect(reserved).toMatchObject({ intent: 'capture', outcome: 'approved' });
    expect(world.requests('captureRefund')).toHaveLength(1);
    expect(world.mobilePay.refunds.of('R').status).toBe('Captured');
    const revisions = till.toldRefund('R').map(({ revision }) => revision);
    expect(revisions).toEqual([2, 3, 4]);
  });

  test('leaves the terminal idle, and free for the next sale', async ({ world }) => {
    const till = await sold(world);
    till.refund('A', 'R', { autoCapture: false });
    await world.until(() => till.toldRefund('R').some(({ outcome }) => outcome === 'approved'));
    expect(till.state()).toMatchObject({
      phase: 'idle',
      refund: { refundOrderId: 'R', orderId: 'A', outcome: 'approved', amount: dkk(500) },
    });
    await sell(world, till, 'B');
    expect(till.last('B').outcome).toBe('approved');
    expect(till.state().refund).toMatchObject({ refundOrderId: 'R', platformStatus: 'Reserved' });
    await till.refundSnapshot(till.captureRefund('R'));
    expect(till.state().refund).toMatchObject({ refundOrderId: 'R', platformStatus: 'Captured' });
  });

  test('may start while a customer is paying', async ({ world }) => {
    const till = await sold(world);
    await till.snapshot(till.start('B'));
    await till.refundSnapshot(till.refund('A', 'R'));
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
    expect(till.state().phase).toBe('paying');
  });

  test('tells the payment anew: its refunded amount, under a higher revision', async ({
    world,
  }) => {
    const till = await sold(world);
    const captured = till.last('A');
    expect(captured.refundedAmount).toEqual(dkk(0));
    till.refund('A', 'R-1');
    till.refund('A', 'R-2', { amount: dkk(250) });
    await world.until(() => till.last('A').refundedAmount?.value === 750);
    const told = till.told('A').filter(({ platformStatus }) => platformStatus === 'Captured');
    expect(told.map(({ refundedAmount }) => refundedAmount?.value)).toEqual([0, 500, 750]);
    expect(told.map(({ revision }) => revision - captured.revision)).toEqual([0, 1, 2]);
    const asked = await till.snapshot(till.get('A'));
    expect(asked).toMatchObject({ refundedAmount: dkk(750), revision: captured.revision + 2 });
    expect(till.state().payment?.revision).toBe(captured.revision + 2);
  });

  test('can be several of one payment, up to what was captured', async ({ world }) => {
    const till = await sold(world);
    for (const [refundOrderId, value] of [
      ['R-1', 500],
      ['R-2', 500],
      ['R-3', 250],
    ] as const) {
      till.refund('A', refundOrderId, { amount: dkk(value) });
    }
    await world.until(() => till.last('A').refundedAmount?.value === 1250);
    expect(await till.error(till.refund('A', 'R-4', { amount: dkk(1) }))).toMatchObject({
      code: 'amount-not-allowed',
      field: 'amount.value',
      message: expect.stringContaining('0 is left'),
      payment: { orderId: 'A', refundedAmount: dkk(1250) },
    });
    expect(world.requests('createRefund')).toHaveLength(3);
  });

  test('has a body of its own, journalled with its key before it leaves (rule 1)', async ({
    world,
  }) => {
    const till = await sold(world);
    await till.refundSnapshot(till.refund('A', 'R'));
    const began = world.trace.findIndex(
      (entry) => entry.kind === 'request' && entry.request.operation === 'createRefund',
    );
    const started = world.trace
      .slice(0, began)
      .flatMap((entry) => (entry.kind === 'commit' ? (entry.batch.refundEvents ?? []) : []))
      .find(({ event }) => event.type === 'started')?.event;
    const [create] = world.requests('createRefund');
    expect(started).toMatchObject({
      orderId: 'A',
      paymentId: 'payment-1',
      idempotencyKey: create?.idempotencyKey,
      body: create?.body,
    });
    expect(JSON.parse(create?.body ?? '')).toEqual({
      paymentId: 'payment-1',
      refundOrderId: 'R',
      amount: 5,
      currencyCode: 'DKK',
    });
    expect(create?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a refund by hand', () => {
  async function reserved(world: World): Promise<Till> {
    const till = await sold(world);
    till.refund('A', 'R', { autoCapture: false });
    await world.until(() => till.toldRefund('R').some(({ outcome }) => outcome === 'approved'));
    return till;
  }

  test('waits for the register, which captures it', async ({ world }) => {
    const till = await reserved(world);
    await world.run(3_600_000);
    expect(till.lastRefund('R')).toMatchObject({ platformStatus: 'Reserved', intent: null });
    expect(world.requests('captureRefund')).toEqual([]);
    expect(await till.refundSnapshot(till.captureRefund('R'))).toMatchObject({
      platformStatus: 'Captured',
      outcome: 'approved',
    });
    expect(world.requests('captureRefund')).toHaveLength(1);
  });

  test('or cancels it: declined at once, and nothing is paid out', async ({ world }) => {
    const till = await reserved(world);
    expect(await till.refundSnapshot(till.cancelRefund('R'))).toMatchObject({
      outcome: 'declined',
      reason: 'by-register',
      platformStatus: 'CancelledByClient',
    });
    expect(till.refundOutcomes('R')).toEqual(['pending', 'approved', 'declined']);
    expect((await till.snapshot(till.get('A'))).refundedAmount).toEqual(dkk(0));
    await till.refundSnapshot(till.refund('A', 'R-2', { amount: dkk(1250) }));
  });

  test('says when MobilePay pays it out by itself', async ({ world }) => {
    const till = await reserved(world);
    const { reservedAt, paysOutAt } = till.lastRefund('R');
    const hours = (Date.parse(paysOutAt ?? '') - Date.parse(reservedAt ?? '')) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
  });

  test('the first intent wins (rule 8): the other is wrong-state, the same again is ok', async ({
    world,
  }) => {
    const till = await reserved(world);
    world.network.next('captureRefund', { answerAfterMs: 1_000 });
    const capture = till.captureRefund('R');
    const [again, cancel] = [till.captureRefund('R'), till.cancelRefund('R')];
    expect(await till.error(cancel)).toMatchObject({
      code: 'wrong-state',
      payment: { orderId: 'A' },
    });
    expect((await till.refundSnapshot(capture)).platformStatus).toBe('Captured');
    expect((await till.refundSnapshot(again)).platformStatus).toBe('Captured');
    expect((await till.error(till.cancelRefund('R'))).message).toMatch(/paid out/);
    expect((await till.refundSnapshot(till.captureRefund('R'))).outcome).toBe('approved');
    expect(world.requests('captureRefund')).toHaveLength(1);
    expect(world.requests('cancelRefund')).toEqual([]);
  });

  test('cancelled, it is not captured, and can be cancelled again', async ({ world }) => {
    const till = await reserved(world);
    world.network.next('cancelRefund', { answerAfterMs: 1_000 });
    const cancel = till.cancelRefund('R');
    expect((await till.error(till.captureRefund('R'))).message).toMatch(/being cancelled/);
    expect((await till.refundSnapshot(cancel)).outcome).toBe('declined');
    expect((await till.refundSnapshot(till.cancelRefund('R'))).outcome).toBe('declined');
    expect((await till.error(till.captureRefund('R'))).message).toMatch(/without a payout/);
    expect(world.requests('captureRefund')).toEqual([]);
  });

  test('cannot be captured before it is reserved: MobilePay would say 1351', async ({ world }) => {
    const till = await sold(world);
    world.mobilePay.refunds.reservedAfterMs = 5_000;
    await till.refundSnapshot(till.refund('A', 'R', { autoCapture: false }));
    expect(await till.error(till.captureRefund('R'))).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('not reserved yet'),
    });
    expect(world.requests('captureRefund')).toEqual([]);
    await world.until(() => till.lastRefund('R').outcome === 'approved');
    await till.refundSnapshot(till.captureRefund('R'));
  });

  test('can be cancelled before it is reserved, too', async ({ world }) => {
    const till = await sold(world);
    world.mobilePay.refunds.reservedAfterMs = 60_000;
    await till.refundSnapshot(till.refund('A', 'R'));
    expect((await till.refundSnapshot(till.cancelRefund('R'))).outcome).toBe('declined');
    expect(world.mobilePay.refunds.of('R').past).toEqual(['Initiated', 'CancelledByClient']);
  });
});

describe('refund/get', () => {
  test('asks MobilePay while the refund is unsettled, and answers from the journal after', async ({
    world,
  }) => {
    const till = await sold(world);
    world.mobilePay.refunds.reservedAfterMs = 30_000;
    await till.refundSnapshot(till.refund('A', 'R', { autoCapture: false }));
    await world.until(() => till.lastRefund('R').platformStatus === 'Reserved');
    await world.run(20_000);
    world.mobilePay.refunds.end('R', 'Captured');
    expect(await till.refundSnapshot(till.getRefund('R'))).toMatchObject({
      platformStatus: 'Captured',
      outcome: 'approved',
    });
    const asked = world.requests('getRefund').length;
    await till.refundSnapshot(till.getRefund('R'));
    expect(world.requests('getRefund')).toHaveLength(asked);
  });

  test('falls back to the journal when MobilePay does not answer', async ({ world }) => {
    const till = await sold(world);
    till.refund('A', 'R', { autoCapture: false });
    await world.until(() => till.toldRefund('R').some(({ outcome }) => outcome === 'approved'));
    world.network.always('getRefund', 'lost-request');
    await world.run(2_000);
    const askedAt = Date.now();
    expect((await till.refundSnapshot(till.getRefund('R'))).platformStatus).toBe('Reserved');
    expect(Date.now() - askedAt).toBeLessThan(1_000);
  });

  test('of what this terminal never began is unknown-order', async ({ world }) => {
    const till = await sold(world);
    for (const id of [till.getRefund('ghost'), till.captureRefund('ghost')]) {
      expect(await till.error(id)).toMatchObject({
        code: 'unknown-order',
        field: 'refundOrderId',
        retryable: false,
      });
    }
  });
});

describe('what MobilePay refuses', () => {
  for (const [code, error, field, why, prepare] of [
    ['1365', 'rejected', 'amount.currency', /another currency/, undefined],
    ['1366', 'rejected', 'orderId', /too old/, 'tooOld'],
    ['1367', 'amount-not-allowed', 'amount.value', /more than is left/, 'others'],
    ['1368', 'rejected', null, /balance/, 'balance'],
  ] as const) {
    test(`${code} is a clear answer: ${error}`, async ({ world }) => {
      const till = await sold(world);
      const { refunds } = world.mobilePay;
      if (prepare === 'tooOld') refunds.tooOld = true;
      if (prepare === 'balance') refunds.balance = 499;
      if (prepare === 'others') {
        const paymentId = world.mobilePay.of('A').paymentId;
        refunds.hold({ paymentId, refundOrderId: 'theirs', amount: dkk(800), status: 'Captured' });
      }
      if (prepare === undefined) world.network.next('createRefund', { refuse: code });
      const failed = await till.error(till.refund('A', 'R'));
      expect(failed).toMatchObject({
        code: error,
        field,
        message: expect.stringMatching(why),
        retryable: false,
        payment: { orderId: 'A', outcome: 'approved' },
        mobilePay: { code, correlationId: `correlation-${code}` },
      });
      expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
      expect(refunds.held('R')).toEqual([]);
      await world.run(700_000);
      expect(world.requests('createRefund')).toHaveLength(1);
      expect(await till.error(till.refund('A', 'R'))).toMatchObject({
        code: 'duplicate-order',
        field: 'refundOrderId',
      });
    });
  }

  test('1354: the payment named by paymentId is not captured', async ({ world }) => {
    const till = await world.boot();
    const paymentId = '11111111-1111-4111-8111-111111111111';
    world.mobilePay.hold({ orderId: 'B', paymentId, status: 'Reserved', foreign: true });
    const id = till.send('refund/start', {
      paymentId,
      refundOrderId: 'R',
      amount: dkk(500),
      expiresAt: soon(),
    });
    expect(await till.error(id)).toMatchObject({
      code: 'rejected',
      mobilePay: { code: '1354' },
      message: expect.stringContaining('not captured'),
      payment: null,
    });
  });

  test('a create that cannot leave is unreachable, and nothing exists', async ({ world }) => {
    const till = await sold(world);
    world.network.always('createRefund', 'unsent');
    expect(await till.error(till.refund('A', 'R'))).toMatchObject({
      code: 'unreachable',
      retryable: false,
      message: expect.stringContaining('new refundOrderId'),
    });
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
    expect(world.requests('createRefund')).toEqual([]);
  });

  test('MobilePay cancels a reserved one: told as it is', async ({ world }) => {
    const till = await sold(world);
    till.refund('A', 'R', { autoCapture: false });
    await world.until(() => till.toldRefund('R').some(({ outcome }) => outcome === 'approved'));
    world.mobilePay.refunds.end('R', 'CancelledByMobilePay');
    expect(await till.refundSnapshot(till.getRefund('R'))).toMatchObject({ outcome: 'approved' });
    await world.until(() => till.lastRefund('R').outcome === 'declined', 120_000);
    expect(till.lastRefund('R').reason).toBe('by-platform');
  });
});
