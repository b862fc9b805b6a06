import { describe, expect } from 'vitest';
import { soon } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const foreign = (world: World, more: { orderId?: string; status?: 'Reserved' } = {}) =>
  world.mobilePay.hold({ orderId: 'theirs', foreign: true, ...more });

/** Listings of the whole PoS: only ever made after 1301. */
const wholeLists = (world: World) =>
  world.requests('find').filter(({ orderId }) => orderId === undefined);

const cancelIntents = (world: World) =>
  world.trace.flatMap((entry) =>
    entry.kind === 'commit'
      ? (entry.batch.events ?? []).filter(({ event }) => event.type === 'foreignCancelIntended')
      : [],
  );

describe('rule 5: a PoS that is already busy', () => {
  test('never at boot: what lies on the PoS is left alone until a start of ours meets it', async ({
    world,
  }) => {
    foreign(world);
    const till = await world.boot();
    await world.run(120_000);
    expect(wholeLists(world)).toEqual([]);
    expect(world.requests('get')).toEqual([]);
    expect(world.requests('cancel')).toEqual([]);
    expect(till.state().phase).toBe('idle');
  });

  test('our own payment is adopted', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-answer', { refuse: '1301' });
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(world.mobilePay.held('A')).toHaveLength(1);
    expect(world.requests('cancel')).toEqual([]);
    expect(till.faults()).toEqual([]);
    world.mobilePay.accept('A');
    await world.until(() => till.last('A').platformStatus === 'Captured');
  });

  test('our orderId with another amount is not ours', async ({ world }) => {
    world.allow('two-payments');
    const till = await world.boot();
    const theirs = world.mobilePay.hold({
      orderId: 'A',
      amount: { currency: 'DKK', value: 1 },
      foreign: true,
    });
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(theirs.status).toBe('CancelledByClient');
    expect(till.faults()).toEqual(['foreign-payment-cancelled']);
    expect(world.mobilePay.of('A').amount?.value).toBe(1250);
  });

  test('a foreign active payment is cancelled, journalled before, told by a fault', async ({
    world,
  }) => {
    const theirs = foreign(world);
    const till = await world.boot();
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(theirs.status).toBe('CancelledByClient');
    expect(till.faults()).toEqual(['foreign-payment-cancelled']);
    expect(till.state().faults, 'it is over when it is told').toEqual([]);
    const places = world.trace.flatMap((entry, index) => {
      if (entry.kind === 'request' && entry.request.operation === 'cancel') return [index];
      const begun =
        entry.kind === 'commit' &&
        entry.batch.events?.some(({ event }) => event.type === 'foreignCancelIntended');
      return begun ? [index] : [];
    });
    expect(places).toHaveLength(2);
    expect(world.trace[places[0] ?? -1]?.kind).toBe('commit');
  });

  test('the new start gets a new key when the old one is proven unused', async ({ world }) => {
    foreign(world);
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    const [first, second, ...more] = world.requests('create');
    expect(more).toEqual([]);
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
    expect(second?.body).toBe(first?.body);
  });

  test('the old key is kept when an attempt under it went unanswered', async ({ world }) => {
    foreign(world);
    const till = await world.boot();
    world.network.next('create', 'lost-request');
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    const keys = world.requests('create').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test('one per start at most: a second foreign payment makes it busy, and the PoS shared', async ({
    world,
  }) => {
    const first = foreign(world);
    const second = foreign(world, { orderId: 'theirs-too' });
    const till = await world.boot();
    expect(await till.error(till.start('A'))).toMatchObject({
      code: 'busy',
      retryable: false,
      mobilePay: { status: 409, code: '1301' },
      payment: { outcome: 'declined', reason: 'not-created' },
    });
    expect([first.status, second.status]).toEqual(['CancelledByClient', 'Initiated']);
    expect(till.faults()).toEqual(['foreign-payment-cancelled', 'pos-shared']);
    expect(world.requests('cancel')).toHaveLength(1);
    expect(till.state().phase).toBe('idle');
  });

  test('a second within 10 minutes is pos-shared and busy, also over a restart', async ({
    world,
  }) => {
    foreign(world);
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    before.cancel('A');
    await world.until(() => before.state().phase === 'idle');
    before.crash();
    const second = foreign(world, { orderId: 'theirs-again' });
    const till = await world.boot();
    await world.run(500_000);
    expect((await till.error(till.start('B'))).code).toBe('busy');
    expect(till.faults()).toEqual(['pos-shared']);
    expect(second.status).toBe('Initiated');
    await world.run(110_000);
    expect((await till.snapshot(till.start('C'))).outcome).toBe('pending');
    expect(second.status).toBe('CancelledByClient');
  });

  test('a foreign reservation is never touched, and told once', async ({ world }) => {
    const reserved = foreign(world, { orderId: 'their-money', status: 'Reserved' });
    foreign(world);
    const till = await world.boot();
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(reserved.past).toEqual(['Reserved']);
    expect(till.faults().toSorted()).toEqual(['foreign-payment-cancelled', 'unknown-reservation']);
  });

  test('a foreign reservation alone does not make a start busy when it can go through', async ({
    world,
  }) => {
    const reserved = foreign(world, { orderId: 'their-money', status: 'Reserved' });
    const till = await world.boot();
    world.network.next('create', { refuse: '1301' });
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(reserved.status).toBe('Reserved');
    expect(world.requests('cancel')).toEqual([]);
  });

  test('a foreign payment that is accepted while its cancel goes astray is not cancelled after all', async ({
    world,
  }) => {
    const theirs = foreign(world);
    const till = await world.boot();
    world.network.next('cancel', 'lost-request');
    const id = till.start('A');
    await world.run(1_000);
    world.mobilePay.accept('theirs');
    expect((await till.error(id)).code).toBe('busy');
    await world.run(10_000);
    expect(theirs.past).toEqual(['Initiated', 'Reserved']);
  });

  test('1301 without end is busy after a few tries, and no storm', async ({ world }) => {
    const till = await world.boot();
    world.network.always('create', { refuse: '1301' });
    expect((await till.error(till.start('A'))).code).toBe('busy');
    expect(world.requests('create').length).toBeLessThanOrEqual(4);
    const requests = world.requests().length;
    await world.run(700_000);
    expect(world.requests()).toHaveLength(requests);
  });

  test('1301 without end after a lost attempt is unknown to the end, and no storm', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-request');
    world.network.always('create', { refuse: '1301' });
    const id = till.start('A', { expiresAt: soon(3_600_000), customerTimeoutSeconds: 3_600 });
    expect((await till.snapshot(id)).outcome).toBe('unknown');
    await world.run(500_000);
    expect(world.requests('create').length).toBeLessThanOrEqual(12);
    await world.run(200_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
  });

  for (const [what, spoil] of [
    ['the PoS cannot be listed', (world: World) => world.network.always('find', 'lost-request')],
    ['what blocks cannot be read', (world: World) => world.network.always('get', 'lost-request')],
    [
      'what blocks cannot be cancelled',
      (world: World) => world.network.always('cancel', { refuse: '1300' }),
    ],
    [
      'the cancel goes unanswered',
      (world: World) => world.network.always('cancel', 'lost-request'),
    ],
  ] as const) {
    test(`busy when ${what}: nothing of ours exists, and that is proven`, async ({ world }) => {
      foreign(world);
      const till = await world.boot();
      spoil(world);
      expect(await till.error(till.start('A'))).toMatchObject({
        code: 'busy',
        payment: { outcome: 'declined', reason: 'not-created' },
      });
      expect(world.mobilePay.held('A')).toEqual([]);
      await world.run(700_000);
      expect(world.requests('create')).toHaveLength(1);
      expect(cancelIntents(world).length).toBeLessThanOrEqual(1);
    });
  }

  test('nothing foreign is cancelled for an order that was itself cancelled meanwhile', async ({
    world,
  }) => {
    const theirs = foreign(world);
    const till = await world.boot();
    world.network.next('get', { answerAfterMs: 450 });
    const start = till.start('A');
    await world.run(200);
    const cancel = till.cancel('A');
    expect((await till.snapshot(start)).outcome).toBe('declined');
    expect((await till.snapshot(cancel)).outcome).toBe('declined');
    await world.run(1_000);
    expect(theirs.status).toBe('Initiated');
    expect(till.state().phase, 'the proof that nothing exists is enough').toBe('idle');
    expect(world.requests('create')).toHaveLength(1);
  });

  test('a start that expires while the PoS is cleared is refused, not left unknown', async ({
    world,
  }) => {
    foreign(world);
    const till = await world.boot();
    world.network.next('cancel', { answerAfterMs: 1_500 });
    const id = till.start('A', { expiresAt: soon(1_000) });
    expect((await till.error(id)).code).toBe('busy');
    expect(till.state().phase).toBe('idle');
    await world.run(700_000);
    expect(world.requests('create')).toHaveLength(1);
  });
});

describe('rule 5: another order of our journal follows its own rules', () => {
  test('one that was cancelled in the dark is found and cancelled, then the start goes out', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-answer', 'lost-request', 'lost-request');
    world.network.next('find', 'lost-request', 'lost-request', 'lost-request');
    till.start('A');
    await world.run(1_000);
    expect((await till.snapshot(till.cancel('A'))).outcome).toBe('declined');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
    expect(till.faults().filter((code) => code !== 'api-unreachable')).toEqual([]);
    expect(cancelIntents(world)).toEqual([]);
  });

  test('one whose cancel hangs is hurried', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.always('cancel', 'lost-request');
    await till.snapshot(till.cancel('A'));
    await world.run(40_000);
    world.network.always('cancel', 'fine');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
  });

  test('one that cannot be cancelled now makes the start busy', async ({ world }) => {
    world.allow('early-poll');
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.always('cancel', 'lost-request');
    await till.snapshot(till.cancel('A'));
    expect((await till.error(till.start('B'))).code).toBe('busy');
    expect(world.mobilePay.of('A').status).toBe('Initiated');
    expect(cancelIntents(world)).toEqual([]);
  });

  test('one that was given up and exists after all is cancelled', async ({ world }) => {
    const till = await world.boot();
    world.network.always('create', 'lost-request');
    till.start('A', { expiresAt: soon(3_600_000), customerTimeoutSeconds: 3_600 });
    await world.run(700_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
    world.network.always('create', 'fine');
    world.mobilePay.hold({ orderId: 'A' });
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
    expect(till.last('A')).toMatchObject({
      outcome: 'declined',
      platformStatus: 'CancelledByClient',
    });
    expect(till.faults()).toEqual([]);
  });

  test('one that is reserved is left to its own rules', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    await world.run(2_000);
    world.network.next('create', { refuse: '1301' });
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    expect(world.mobilePay.of('A').status).toBe('Reserved');
    expect(till.faults()).toEqual([]);
  });
});
