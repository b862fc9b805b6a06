import { describe, expect } from 'vitest';
import type { Operation, Request } from './fake-platform.ts';
import { untilAtRest } from './rest.ts';
import { dkk, sold } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const HOUR_MS = 3_600_000;

/** A refund that is reserved and waits for the register. */
async function reservedByHand(world: World): Promise<Till> {
  const till = await sold(world);
  till.refund('A', 'R', { autoCapture: false });
  await world.until(() => till.toldRefund('R').at(-1)?.outcome === 'approved');
  await world.run(2_000);
  return till;
}

const bursts = (requests: Request[]) => requests.filter(({ attempt }) => attempt === 1);
const gaps = (requests: Request[]) =>
  requests
    .slice(1)
    .map(({ atMs }, index) => Math.round((atMs - (requests[index]?.atMs ?? 0)) / 1000));

describe('rule 10: unsettled intents', () => {
  for (const [act, operation] of [
    ['captureRefund', 'captureRefund'],
    ['cancelRefund', 'cancelRefund'],
  ] as const satisfies readonly (readonly ['captureRefund' | 'cancelRefund', Operation])[]) {
    test(`${act}: a burst of 3, then ever later, at most every 300 s, asking first`, async ({
      world,
    }) => {
      const till = await reservedByHand(world);
      world.network.always(operation, { status: 500 });
      till[act]('R');
      await world.run(2 * HOUR_MS);
      const tries = world.requests(operation);
      expect(tries.slice(0, 3).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const waits = gaps(bursts(tries));
      expect(waits[0]).toBeGreaterThanOrEqual(4);
      expect(waits[0]).toBeLessThanOrEqual(7);
      expect(Math.max(...waits)).toBeGreaterThan(230);
      expect(Math.max(...waits)).toBeLessThanOrEqual(365);
      world.network.always(operation, 'fine');
      await world.until(() => till.lastRefund('R').intent === null, 400_000);
      expect(till.lastRefund('R').platformStatus).toBe(
        act === 'captureRefund' ? 'Captured' : 'CancelledByClient',
      );
    });

    test(`${act}: at once after any call that succeeds`, async ({ world }) => {
      const till = await reservedByHand(world);
      world.network.always(operation, 'lost-request');
      till[act]('R');
      await world.run(600_000);
      await untilAtRest(world);
      const before = world.requests(operation).length;
      world.network.always(operation, 'fine');
      await till.snapshot(till.start('B'));
      await world.run(100);
      expect(world.requests(operation).length).toBeGreaterThan(before);
      expect(till.lastRefund('R').intent).toBeNull();
    });

    test(`${act}: an answer that was lost is found by asking, and not repeated`, async ({
      world,
    }) => {
      const till = await reservedByHand(world);
      world.network.next(operation, 'lost-answer', 'lost-request', 'lost-request');
      till[act]('R');
      await world.until(() => till.lastRefund('R').intent === null, 30_000);
      expect(bursts(world.requests(operation))).toHaveLength(1);
    });
  }

  test('429 gets no burst and honours Retry-After', async ({ world }) => {
    const till = await reservedByHand(world);
    world.network.next('cancelRefund', { status: 429, retryAfterMs: 60_000 });
    till.cancelRefund('R');
    await world.run(50_000);
    expect(world.requests('cancelRefund')).toHaveLength(1);
    await world.until(() => till.lastRefund('R').platformStatus === 'CancelledByClient', 20_000);
  });
});

describe('rule 8: a refused intent stands until the state tells the truth', () => {
  test('1351 on a capture: asked again, and captured once MobilePay lets it', async ({ world }) => {
    const till = await reservedByHand(world);
    world.network.next('captureRefund', { refuse: '1351' }, { refuse: '1351' });
    const reply = await till.refundSnapshot(till.captureRefund('R'));
    expect(reply).toMatchObject({ outcome: 'approved' });
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured', 60_000);
    expect(till.refundOutcomes('R')).not.toContain('declined');
    const order = world
      .requests()
      .filter(({ operation }) => operation === 'captureRefund' || operation === 'getRefund')
      .map(({ operation }) => operation)
      .slice(-5);
    const [capture, look] = ['captureRefund', 'getRefund'];
    expect(order).toEqual([capture, look, capture, look, capture]);
  });

  test('1352 on a cancel that met a capture elsewhere: approved is the truth, and a fault', async ({
    world,
  }) => {
    world.allow('paid-out-all-the-same');
    const till = await reservedByHand(world);
    world.mobilePay.refunds.end('R', 'Captured');
    expect(await till.error(till.cancelRefund('R'))).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('paid out'),
    });
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'approved', platformStatus: 'Captured' });
    expect(till.faults()).toContain('money-lost');
    expect(till.last('A').refundedAmount).toEqual(dkk(500));
  });
});

describe('rule 11: doing nothing pays out', () => {
  test('the automatic capture after 24 h is noticed and told', async ({ world }) => {
    world.allow('many-requests');
    const till = await reservedByHand(world);
    await world.run(25 * HOUR_MS);
    expect(till.lastRefund('R').platformStatus).toBe('ExpiredAndCaptured');
    expect(till.refundOutcomes('R')).toEqual(['pending', 'approved']);
    expect(till.last('A').refundedAmount).toEqual(dkk(500));
    expect(till.faults()).not.toContain('money-lost');
  });

  test('still reserved and undecided at 20 h: a fault, until it is decided', async ({ world }) => {
    world.allow('many-requests');
    const till = await reservedByHand(world);
    await world.run(20 * HOUR_MS - 120_000);
    expect(till.state().faults).toEqual([]);
    await world.run(240_000);
    expect(till.state().faults).toEqual(['refund-overdue']);
    const fault = till.events('fault').find(({ code }) => code === 'refund-overdue');
    expect(fault?.message).toMatch(/24 hours/);
    await till.refundSnapshot(till.captureRefund('R'));
    await world.until(() => till.state().faults.length === 0, 120_000);
  });

  test('an intent to cancel that is unsettled at 20 h: a fault too', async ({ world }) => {
    world.allow('many-requests', 'paid-out-all-the-same');
    const till = await reservedByHand(world);
    world.network.always('cancelRefund', { status: 503 });
    till.cancelRefund('R');
    await world.run(20 * HOUR_MS + 120_000);
    expect(till.state().faults).toContain('refund-overdue');
    await world.run(5 * HOUR_MS);
    expect(till.refundOutcomes('R')).toEqual(['pending', 'approved', 'declined', 'approved']);
    expect(till.lastRefund('R')).toMatchObject({
      platformStatus: 'ExpiredAndCaptured',
      intent: null,
    });
    expect(till.faults()).toContain('money-lost');
    expect(till.state().faults).toEqual([]);
  });

  test('a wish to capture that hangs is no fault: it is paid out as wanted', async ({ world }) => {
    world.allow('many-requests');
    const till = await reservedByHand(world);
    world.network.always('captureRefund', { status: 503 });
    till.captureRefund('R');
    await world.run(22 * HOUR_MS);
    expect(till.state().faults).toEqual([]);
    await world.run(3 * HOUR_MS);
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'approved', intent: null });
  });

  test('a terminal that slept for 21 h says so within two minutes of its boot', async ({
    world,
  }) => {
    const before = await reservedByHand(world);
    before.crash();
    await world.run(21 * HOUR_MS);
    const till = await world.boot();
    await world.until(() => till.state().faults.includes('refund-overdue'), 120_000);
    expect((await till.refundSnapshot(till.cancelRefund('R'))).outcome).toBe('declined');
  });

  test('what is to be undone is asked about before everything else at boot', async ({ world }) => {
    const before = await sold(world);
    for (const refundOrderId of ['R-1', 'R-2', 'R-3']) {
      before.refund('A', refundOrderId, { autoCapture: false, amount: dkk(100) });
    }
    await world.until(() => before.toldRefund('R-3').at(-1)?.outcome === 'approved');
    world.network.always('cancelRefund', 'lost-request');
    before.cancelRefund('R-3');
    await world.run(100);
    before.crash();
    world.network.always('cancelRefund', 'fine');
    const till = await world.boot();
    const id = world.mobilePay.refunds.of('R-3').refundId;
    expect(till.requests('getRefund')[0]?.refundId).toBe(id);
    await world.until(() => till.lastRefund('R-3').platformStatus === 'CancelledByClient');
  });
});

describe('rule 9: one request at a time per refund', () => {
  test('a cancel waits for the look that is under way', async ({ world }) => {
    const till = await sold(world);
    world.mobilePay.refunds.reservedAfterMs = 60_000;
    await till.refundSnapshot(till.refund('A', 'R', { autoCapture: false }));
    await world.run(100);
    const looks = world.requests('getRefund').length;
    world.network.next('getRefund', { answerAfterMs: 450 });
    await world.until(() => world.requests('getRefund').length > looks);
    till.cancelRefund('R');
    await world.run(50);
    expect(world.requests('cancelRefund')).toEqual([]);
    await world.until(() => till.lastRefund('R').platformStatus === 'CancelledByClient');
  });

  test('polls keep to the poll delay, and those that change nothing are not journalled', async ({
    world,
  }) => {
    const till = await sold(world);
    world.network.pollDelayMs = 2_000;
    world.mobilePay.refunds.reservedAfterMs = 60_000;
    await till.refundSnapshot(till.refund('A', 'R'));
    await world.run(5_000);
    const commits = till.commits().length;
    await world.run(40_000);
    expect(world.requests('getRefund').length).toBeGreaterThan(15);
    expect(till.commits()).toHaveLength(commits);
  });

  test('a reserved one that waits for the register is looked at every minute', async ({
    world,
  }) => {
    await reservedByHand(world);
    const before = world.requests('getRefund').length;
    await world.run(600_000);
    expect(world.requests('getRefund').length - before).toBe(10);
  });
});

describe('faults of the journal', () => {
  test('a full disk stops refunds, too; they go on where they were', async ({ world }) => {
    world.allow('log-errors');
    const before = await sold(world);
    before.refund('A', 'R', { autoCapture: false });
    await world.until(() => before.toldRefund('R').at(-1)?.outcome === 'approved');
    before.journal.failWith('disk-full');
    const command = { id: 'c-untaken', refundOrderId: 'R', expiresAt: soon() };
    expect(() => before.sendRaw('refund/capture', command)).toThrow();
    expect(before.state().phase).toBe('out-of-order');
    await world.run(60_000);
    expect(world.requests('captureRefund')).toEqual([]);
    before.crash();
    const till = await world.boot();
    const capture = { refundOrderId: 'R', expiresAt: soon() };
    const id = till.send('refund/capture', capture);
    expect((await till.refundSnapshot(id)).platformStatus).toBe('Captured');
  });
});
