import { describe, expect } from 'vitest';
import type { Request, Trouble } from './fake-platform.ts';
import { dkk, sold } from './sold.ts';
import { soon } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const HOUR_MS = 3_600_000;

/** Refund creates vanish, look-ups work: the terminal cannot know. */
async function refundInTheDark(world: World, trouble: Trouble = 'lost-request') {
  const till = await sold(world);
  world.network.always('createRefund', trouble);
  const id = till.refund('A', 'R');
  await world.until(() => world.requests('findRefunds').length > 0);
  const lostAt = world.requests('findRefunds')[0]?.atMs ?? 0;
  return { till, id, lostAt };
}

const secondsAfter = (from: number, requests: Request[]) =>
  requests.map(({ atMs }) => Math.round((atMs - from) / 1_000) + 0);
const bursts = (world: World) =>
  world.requests('createRefund').filter(({ attempt }) => attempt === 1);

describe('rule 1: a retry repeats key and bytes', () => {
  test('verbatim, also after a restart', async ({ world }) => {
    const { till } = await refundInTheDark(world);
    await world.until(() => bursts(world).length >= 2);
    till.crash();
    await world.boot();
    await world.until(() => bursts(world).length >= 3);
    const said = world
      .requests('createRefund')
      .map(({ idempotencyKey, body }) => `${idempotencyKey} ${body}`);
    expect(new Set(said).size).toBe(1);
    expect(new Set(world.requests('createRefund').map(({ bootId }) => bootId)).size).toBe(2);
  });

  test('refunds have keys of their own', async ({ world }) => {
    const till = await sold(world);
    await till.refundSnapshot(till.refund('A', 'R-1'));
    await till.refundSnapshot(till.refund('A', 'R-2'));
    const [first, second] = world.requests('createRefund');
    expect(first?.idempotencyKey).not.toBe(second?.idempotencyKey);
  });
});

describe('rule 2: an unanswered create', () => {
  test('is repeated though its expiresAt has passed: it began in time', async ({ world }) => {
    const till = await sold(world);
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R', { expiresAt: soon(2_000) });
    await world.run(20_000);
    world.network.always('createRefund', 'fine');
    await world.until(() => till.toldRefund('R').at(-1)?.platformStatus === 'Captured', 60_000);
    expect(world.mobilePay.refunds.held('R')).toHaveLength(1);
  });

  for (const [hours, leaves] of [
    [11.9, true],
    [12.1, false],
  ] as const) {
    test(`leaves again ${hours} h after the start: ${leaves}`, async ({ world }) => {
      const till = await sold(world);
      world.network.next('createRefund', 'lost-request');
      till.refund('A', 'R');
      await world.run(50);
      till.crash();
      await world.run(hours * HOUR_MS);
      const again = await world.boot();
      await world.run(700_000);
      expect(bursts(world).length > 1).toBe(leaves);
      expect(again.lastRefund('R').outcome).toBe(leaves ? 'approved' : 'declined');
    });
  }

  test('leaves no more after the intent to cancel, not even the rest of a burst', async ({
    world,
  }) => {
    const till = await sold(world);
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R');
    await world.run(500);
    till.cancelRefund('R');
    await world.run(700_000);
    expect(world.requests('createRefund')).toHaveLength(1);
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'by-register' });
  });
});

describe('rule 3: whether it exists', () => {
  test('is looked up at once and after 5, 30, 120 and 600 s, the create repeated between', async ({
    world,
  }) => {
    const { till, lostAt } = await refundInTheDark(world, { status: 400 });
    await world.run(1_200_000);
    expect(secondsAfter(lostAt, world.requests('findRefunds'))).toEqual([0, 5, 30, 120, 600]);
    expect(secondsAfter(lostAt, bursts(world)).slice(1)).toEqual([0, 5, 30, 120]);
    expect(till.refundOutcomes('R')).toEqual(['declined']);
    expect(till.lastRefund('R')).toMatchObject({ reason: 'not-created', platformStatus: null });
  });

  test('until then it is unknown: ok:true within 9 s, and neither paid out nor refused', async ({
    world,
  }) => {
    const { till, id } = await refundInTheDark(world);
    expect(await till.refundSnapshot(id)).toMatchObject({
      outcome: 'unknown',
      platformStatus: null,
      paymentId: 'payment-1',
    });
    expect(till.state().refund).toMatchObject({ refundOrderId: 'R', outcome: 'unknown' });
    expect(till.state().phase).toBe('idle');
    await world.run(500_000);
    expect(till.toldRefund('R')).toEqual([]);
  });

  test('a lost answer is found among the payment’s refunds, and adopted under its own key', async ({
    world,
  }) => {
    const till = await sold(world);
    world.network.next('createRefund', 'lost-answer', 'lost-answer', 'lost-answer');
    expect(await till.refundSnapshot(till.refund('A', 'R'))).toMatchObject({
      refundId: 'refund-id-1',
    });
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
    expect(world.mobilePay.refunds.held('R')).toHaveLength(1);
    expect(bursts(world)).toHaveLength(1);
  });

  test('found reserved for a day, it was paid out: told as it is', async ({ world }) => {
    world.allow('many-requests');
    const till = await sold(world);
    world.network.next('createRefund', 'lost-answer');
    world.network.always('createRefund', 'lost-request');
    world.network.always('findRefunds', 'lost-request');
    till.refund('A', 'R');
    await world.run(25 * HOUR_MS);
    world.network.always('findRefunds', 'fine');
    await world.until(() => till.toldRefund('R').length > 0, 120_000);
    expect(till.refundOutcomes('R')).toEqual(['approved']);
    expect(till.lastRefund('R').platformStatus).toBe('ExpiredAndCaptured');
  });

  test('an unanswered look-up is no proof: it is repeated until it has an answer', async ({
    world,
  }) => {
    world.network.always('findRefunds', 'lost-request');
    const { till } = await refundInTheDark(world);
    await world.run(1_200_000);
    expect(till.toldRefund('R')).toEqual([]);
    expect(world.requests('findRefunds').length).toBeLessThan(150);
    world.network.always('findRefunds', 'fine');
    await world.until(() => till.toldRefund('R').length > 0, 120_000);
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
  });

  test('a create that arrives late is found by a later look-up', async ({ world }) => {
    const till = await sold(world);
    world.network.next('createRefund', { arrivesAfterMs: 25_000 });
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R');
    await world.run(20_000);
    expect(till.toldRefund('R')).toEqual([]);
    await world.until(() => till.toldRefund('R').length > 0, 30_000);
    await world.until(() => till.lastRefund('R').platformStatus === 'Captured');
  });

  for (const [what, troubles] of [
    ['died before a byte left', ['unsent', 'unsent', 'unsent']],
    ['is refused with a code', [{ refuse: '1367' }]],
    ['is refused as a used key', [{ refuse: '1306' }]],
  ] as const satisfies readonly (readonly [string, readonly Trouble[]])[]) {
    test(`a repeated create that ${what} says nothing of the first one`, async ({ world }) => {
      const till = await sold(world);
      world.network.next('createRefund', { arrivesAfterMs: 25_000 });
      world.network.next('createRefund', 'lost-request', 'lost-request', ...troubles);
      world.network.always('createRefund', 'lost-request');
      till.refund('A', 'R');
      await world.run(20_000);
      expect(till.refundOutcomes('R')).not.toContain('declined');
      await world.until(() => till.refundOutcomes('R').at(-1) === 'approved', 30_000);
    });
  }

  test('1306 on the very first create proves nothing', async ({ world }) => {
    const till = await sold(world);
    world.network.always('createRefund', { refuse: '1306' });
    expect((await till.refundSnapshot(till.refund('A', 'R'))).outcome).toBe('unknown');
    await world.run(700_000);
    expect(till.lastRefund('R')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
  });

  test('the list’s other refunds are looked at once each, and never touched', async ({ world }) => {
    const till = await sold(world);
    const { refunds } = world.mobilePay;
    const { paymentId } = world.mobilePay.of('A');
    refunds.hold({ paymentId, refundOrderId: 'R', amount: dkk(1) });
    refunds.hold({ paymentId, refundOrderId: 'theirs', amount: dkk(500) });
    world.allow('two-refunds');
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R');
    await world.run(700_000);
    expect(world.requests('getRefund')).toHaveLength(2);
    expect(world.requests('captureRefund')).toEqual([]);
    expect(world.requests('cancelRefund')).toEqual([]);
    expect(till.lastRefund('R').outcome).toBe('declined');
  });

  test('among refunds of another integrator, ours is found all the same', async ({ world }) => {
    const till = await sold(world);
    const { refunds } = world.mobilePay;
    const { paymentId } = world.mobilePay.of('A');
    refunds.hold({ paymentId, refundOrderId: 'theirs', amount: dkk(100), closed: true });
    world.network.next('createRefund', 'lost-answer', 'lost-answer', 'lost-answer');
    await till.refundSnapshot(till.refund('A', 'R', { autoCapture: false }));
    await till.refundSnapshot(till.cancelRefund('R'));
    expect(refunds.of('R').status).toBe('CancelledByClient');
  });

  test('a refund of ours that is under way is not asked for twice', async ({ world }) => {
    const till = await sold(world);
    till.refund('A', 'R-1', { autoCapture: false });
    await world.until(() => till.toldRefund('R-1').at(-1)?.platformStatus === 'Reserved');
    const asked = world.requests('getRefund').length;
    world.network.next('createRefund', 'lost-answer', 'lost-answer', 'lost-answer');
    await till.refundSnapshot(till.refund('A', 'R-2'));
    const looks = world.requests('getRefund').slice(asked);
    expect(looks.map(({ refundId }) => refundId)).not.toContain('refund-id-1');
  });

  test('one that was given up and turns up in another’s look-up is cancelled', async ({
    world,
  }) => {
    const till = await sold(world);
    const { refunds } = world.mobilePay;
    world.network.always('createRefund', 'lost-request');
    till.refund('A', 'R');
    await world.until(() => till.toldRefund('R').length > 0, 700_000);
    expect(till.lastRefund('R').reason).toBe('not-created');
    const { paymentId } = world.mobilePay.of('A');
    refunds.hold({ paymentId, refundOrderId: 'R' });
    till.refund('A', 'R-2');
    await world.until(() => till.lastRefund('R').platformStatus === 'CancelledByClient');
    expect(refunds.of('R').past).not.toContain('Captured');
    expect(till.refundOutcomes('R')).toEqual(['declined']);
  });

  test('of several at once, each is found as itself', async ({ world }) => {
    const till = await sold(world);
    for (let lost = 0; lost < 9; lost += 1) world.network.next('createRefund', 'lost-answer');
    for (const refundOrderId of ['R-1', 'R-2', 'R-3']) {
      till.refund('A', refundOrderId, { amount: dkk(400) });
    }
    await world.until(() => till.last('A').refundedAmount?.value === 1_200, 60_000);
    for (const refundOrderId of ['R-1', 'R-2', 'R-3']) {
      expect(till.lastRefund(refundOrderId).platformStatus).toBe('Captured');
      expect(world.mobilePay.refunds.held(refundOrderId)).toHaveLength(1);
    }
  });
});

describe('rule 4: what is certain is told at once', () => {
  test('on the create’s answer Initiated is told and answered; the ask comes at once after it', async ({
    world,
  }) => {
    const till = await sold(world);
    world.network.next('getRefund', { answerAfterMs: 400 });
    const id = till.refund('A', 'R');
    await world.run(10);
    expect(till.lastRefund('R').platformStatus).toBe('Initiated');
    expect(till.reply(id)).toMatchObject({ ok: true, result: { platformStatus: 'Initiated' } });
    expect(world.requests('getRefund')).toHaveLength(1);
  });
});
