import { describe, expect } from 'vitest';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { Operation, Request } from './fake-platform.ts';
import { untilAtRest } from './rest.ts';
import type { Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

/** A customer has 20 s; the payment is known and being polled. */
async function asked(world: World): Promise<Till> {
  const till = await world.boot();
  await till.snapshot(till.start('A', { customerTimeoutSeconds: 20 }));
  world.mobilePay.checkIn('A');
  await world.until(() => till.last('A').platformStatus === 'IssuedToUser');
  return till;
}

async function reservedByHand(world: World): Promise<Till> {
  const till = await world.boot();
  await till.snapshot(till.start('A', { autoCapture: false }));
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'approved');
  return till;
}

/** Seconds between the first requests of the bursts. */
function pauses(requests: Request[]): number[] {
  const firsts = requests.filter(({ attempt }) => attempt === 1).map(({ atMs }) => atMs);
  return firsts.slice(1).map((atMs, index) => (atMs - (firsts[index] ?? 0)) / 1_000);
}

describe('rule 7: the wish to capture binds only if Reserved was journalled in time', () => {
  test('Reserved journalled before the plug was pulled is captured, however late', async ({
    world,
  }) => {
    const before = await asked(world);
    world.network.always('capture', 'lost-request');
    world.mobilePay.accept('A');
    await world.until(() => before.last('A').outcome === 'approved');
    before.crash();
    await world.run(3_600_000);
    world.network.always('capture', 'fine');
    const till = await world.boot();
    await world.until(() => till.last('A').platformStatus === 'Captured');
    expect(till.faults()).toEqual([]);
    expect(world.mobilePay.of('A').past.filter((status) => status === 'Captured')).toHaveLength(1);
  });

  test('Reserved first learnt at a boot after the deadline is cancelled: late-approval', async ({
    world,
  }) => {
    const before = await asked(world);
    before.crash();
    world.mobilePay.accept('A');
    await world.run(30_000);
    const till = await world.boot();
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
    expect(till.told('A')[0]).toMatchObject({
      outcome: 'declined',
      reason: 'late-approval',
      intent: 'cancel',
      platformStatus: 'Reserved',
    });
    expect(till.faults()).toEqual(['late-approval']);
    expect(world.requests('capture')).toEqual([]);
  });

  test('Reserved learnt at a boot before the deadline is captured', async ({ world }) => {
    const before = await asked(world);
    before.crash();
    world.mobilePay.accept('A');
    const till = await world.boot();
    await world.until(() => till.last('A').platformStatus === 'Captured');
    expect(till.faults()).toEqual([]);
  });

  test('after an outage across the deadline it is asked first: Reserved is a late approval', async ({
    world,
  }) => {
    const till = await asked(world);
    // Each look fails at once: none that is lost is under way at the deadline.
    world.network.always('get', { status: 500 });
    await world.run(12_000);
    world.mobilePay.accept('A');
    const deadline = Date.parse(till.last('A').deadline ?? '');
    // From here on an answer to any look comes after the deadline.
    await world.run(deadline - 100 - Date.now());
    world.network.always('get', { answerAfterMs: 400 });
    await world.run(2_500);
    expect(till.last('A').reason).toBe('late-approval');
    expect(till.outcomes('A')).toEqual(['pending', 'declined']);
    expect(till.faults()).toContain('late-approval');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
  });

  for (const [status, reason] of [
    ['IssuedToUser', 'customer-timeout'],
    ['CancelledByUser', 'customer-refused'],
  ] as const satisfies readonly (readonly [PlatformStatus, string])[]) {
    test(`after a plug pulled across the deadline, ${status} is ${reason}`, async ({ world }) => {
      const before = await asked(world);
      before.crash();
      if (status === 'CancelledByUser') world.mobilePay.refuse('A');
      await world.run(30_000);
      const till = await world.boot();
      await world.until(() => till.state().phase === 'idle');
      expect(till.last('A')).toMatchObject({ outcome: 'declined', reason });
    });
  }

  test('only if no answer comes is the plain time-out’s cancel journalled', async ({ world }) => {
    const till = await asked(world);
    world.network.always('all', 'lost-request');
    await world.run(22_000);
    expect(till.last('A')).toMatchObject({
      outcome: 'declined',
      reason: 'customer-timeout',
      intent: 'cancel',
    });
    const deadline = Date.parse(till.last('A').deadline ?? '');
    const looksAfter = world
      .requests('get')
      .filter(({ endedAtMs }) => endedAtMs !== undefined && endedAtMs >= deadline);
    expect(looksAfter.length).toBeGreaterThanOrEqual(1);
  });

  test('without a gap in polling there is nothing to ask: the time is over at the deadline', async ({
    world,
  }) => {
    const till = await asked(world);
    const deadline = Date.parse(till.last('A').deadline ?? '');
    await world.until(() => till.last('A').outcome === 'declined');
    expect(Date.now() - deadline).toBeLessThanOrEqual(100);
    expect(world.requests('get').filter(({ atMs }) => atMs >= deadline)).toEqual([]);
    expect(till.last('A')).toMatchObject({ reason: 'customer-timeout' });
    await world.until(() => till.state().phase === 'idle');
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
  });

  test('a customer who accepts in the last second before the poll that would tell is not charged', async ({
    world,
  }) => {
    const till = await asked(world);
    const deadline = Date.parse(till.last('A').deadline ?? '');
    await world.run(deadline - 6 - Date.now());
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    expect(world.mobilePay.of('A').past).not.toContain('Captured');
    expect(till.last('A').outcome).toBe('declined');
  });
});

describe('rule 9: one request at a time per payment', () => {
  test('a cancel waits for the look that is under way; what that look saw does not go back', async ({
    world,
  }) => {
    const till = await asked(world);
    world.network.next('get', { answerAfterMs: 450 });
    await world.until(() => world.requests('get').at(-1)?.endedAtMs === undefined);
    const id = till.cancel('A');
    await world.run(100);
    expect(world.requests('cancel')).toEqual([]);
    expect((await till.snapshot(id)).platformStatus).toBe('CancelledByClient');
    await world.run(5_000);
    expect(till.last('A').platformStatus).toBe('CancelledByClient');
  });

  test('the polls keep MobilePay’s delay', async ({ world }) => {
    world.network.pollDelayMs = 3_000;
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.run(30_000);
    expect(world.requests('get')).toHaveLength(10);
  });

  test('a poll delay of zero is no licence for a storm', async ({ world }) => {
    world.network.pollDelayMs = 0;
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    const gaps = world.requests('get').map(({ atMs }) => atMs);
    expect(gaps.every((atMs, index) => index === 0 || atMs - (gaps[index - 1] ?? 0) >= 5)).toBe(
      true,
    );
  });

  test('failed polls come later each time, at most every 5 s or so', async ({ world }) => {
    const till = await asked(world);
    world.network.always('get', 'lost-request');
    const before = world.requests('get').length;
    await world.run(15_000);
    const count = world.requests('get').length - before;
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThanOrEqual(8);
    expect(till.last('A').outcome).toBe('pending');
  });

  test('Retry-After is kept between polls', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.next('get', { status: 429, retryAfterMs: 30_000 });
    await world.run(1_100);
    const at = world.requests('get').length;
    await world.run(28_000);
    expect(world.requests('get')).toHaveLength(at);
    await world.run(3_000);
    expect(world.requests('get').length).toBeGreaterThan(at);
  });
});

describe('rule 10: unsettled intents', () => {
  for (const operation of ['capture', 'cancel'] as const satisfies Operation[]) {
    test(`${operation}: a burst of 3, then one at 5, 10, 20 … 300 s with jitter`, async ({
      world,
    }) => {
      const till = await reservedByHand(world);
      world.network.always(operation, { status: 500 });
      // No look may succeed either, or its success would be the reason to try at once.
      if (operation === 'capture') till.capture('A');
      else till.cancel('A');
      await world.run(1_400_000);
      expect(
        world
          .requests(operation)
          .slice(0, 3)
          .map(({ attempt }) => attempt),
      ).toEqual([1, 2, 3]);
      const waits = pauses(world.requests(operation));
      const plain = [5, 10, 20, 40, 80, 160, 300, 300];
      for (const [index, expected] of plain.entries()) {
        expect(waits[index], `pause ${index + 1}`).toBeGreaterThan(expected * 0.79);
        expect(waits[index], `pause ${index + 1}`).toBeLessThan(expected * 1.21 + 1);
      }
      world.network.always(operation, 'fine');
      await world.until(() => till.state().phase === 'idle', 400_000);
    });
  }

  test('at once after any call that succeeds', async ({ world }) => {
    const till = await reservedByHand(world);
    world.network.always('all', 'lost-request');
    till.capture('A');
    await world.run(400_000);
    await untilAtRest(world);
    const tries = world.requests('capture').length;
    world.network.always('all', 'fine');
    const id = till.start('B');
    await till.snapshot(id);
    await world.run(1_000);
    expect(world.requests('capture').length).toBe(tries + 1);
    expect(world.mobilePay.of('A').status).toBe('Captured');
  });

  test('other calls that succeed are no licence for a storm', async ({ world }) => {
    const till = await reservedByHand(world);
    world.network.always('capture', { status: 500 });
    till.capture('A');
    await world.run(9_000);
    await till.snapshot(till.start('B'));
    const before = world.requests('capture').length;
    await world.run(60_000);
    expect(world.requests('capture').length - before).toBeLessThanOrEqual(3 * 8);
    expect(till.last('B').outcome).toBe('pending');
  });

  test('429 gets no burst and honours Retry-After, whatever else succeeds or is asked', async ({
    world,
  }) => {
    const till = await reservedByHand(world);
    world.network.next('capture', { status: 429, retryAfterMs: 120_000 });
    const id = till.capture('A');
    await world.run(1_000);
    expect(world.requests('capture')).toHaveLength(1);
    await till.snapshot(till.start('B'));
    expect((await till.error(till.cancel('A'))).code).toBe('wrong-state');
    await till.snapshot(till.get('A'));
    await world.run(100_000);
    expect(world.requests('capture')).toHaveLength(1);
    expect(till.reply(id)).toMatchObject({ ok: true, result: { intent: 'capture' } });
    await world.until(() => till.last('A').platformStatus === 'Captured', 60_000);
  });

  test('429 on a create: looked up by its schedule, repeated only after Retry-After', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', { status: 429, retryAfterMs: 45_000 });
    till.start('A', { customerTimeoutSeconds: 3_600 });
    await world.run(44_000);
    expect(world.requests('create')).toHaveLength(1);
    await world.run(10_000);
    expect(world.requests('create')).toHaveLength(2);
    expect(till.last('A').outcome).toBe('pending');
  });

  test('after a failed capture the state is asked before it is sent again', async ({ world }) => {
    const till = await reservedByHand(world);
    world.network.next('capture', 'lost-answer', 'lost-request', 'lost-request');
    till.capture('A');
    await world.until(() => till.last('A').platformStatus === 'Captured');
    expect(world.requests('capture')).toHaveLength(3);
  });
});
