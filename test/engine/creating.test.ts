import { describe, expect } from 'vitest';
import type { Request, Trouble } from './fake-platform.ts';
import { soon } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

/** An hour for everything, so that only rule 3 decides when a create goes out again. */
const patient = () => ({ expiresAt: soon(3_600_000), customerTimeoutSeconds: 3_600 });

/** Creates vanish, look-ups work: the terminal cannot know. */
async function startInTheDark(
  world: World,
  more: Record<string, unknown> = patient(),
  trouble: Trouble = 'lost-request',
) {
  const till = await world.boot();
  world.network.always('create', trouble);
  const id = till.start('A', more);
  await world.until(() => world.requests('find').length > 0);
  const lostAt = world.requests('find')[0]?.atMs ?? 0;
  return { till, id, lostAt };
}

const secondsAfter = (from: number, requests: Request[]) =>
  requests.map(({ atMs }) => Math.round((atMs - from) / 1_000) + 0);

/** The first request of each burst. */
const bursts = (world: World) => world.requests('create').filter(({ attempt }) => attempt === 1);

describe('rule 1: in the journal before the first byte leaves', () => {
  test('the order, its deadline, its key and the exact bytes', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { label: 'Kvittering 7', plannedCaptureDelay: 'None' }));
    const began = world.trace.findIndex(
      (entry) => entry.kind === 'request' && entry.request.operation === 'create',
    );
    const started = world.trace
      .slice(0, began)
      .flatMap((entry) => (entry.kind === 'commit' ? (entry.batch.events ?? []) : []))
      .find(({ event }) => event.type === 'started')?.event;
    const create = world.requests('create')[0];
    expect(started).toMatchObject({
      orderId: 'A',
      deadline: (create?.atMs ?? 0) + 180_000,
      idempotencyKey: create?.idempotencyKey,
      body: create?.body,
    });
    expect(create?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('the bytes are what MobilePay asks for, with every option of the start', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(
      till.start('A', {
        plannedCaptureDelay: 'LessThan24Hours',
        restrictions: { debitCardDisallowed: true },
        label: 'Kasse 1, bord 7',
      }),
    );
    expect(world.requests('create')[0]?.body).toBe(
      '{"posId":"pos-1","orderId":"A","amount":12.5,"currencyCode":"DKK",' +
        '"plannedCaptureDelay":"LessThan24Hours","restrictions":{"debitCardDisallowed":true},' +
        '"merchantPaymentLabel":"Kasse 1, bord 7"}',
    );
    expect(till.last('A').plannedCaptureDelay).toBe('LessThan24Hours');
  });

  test('a retry repeats key and bytes verbatim, also after a restart', async ({ world }) => {
    const { till } = await startInTheDark(world);
    await world.until(() => bursts(world).length >= 2);
    till.crash();
    await world.boot();
    await world.until(() => bursts(world).length >= 3);
    const said = world
      .requests('create')
      .map(({ idempotencyKey, body }) => idempotencyKey + String(body));
    expect(new Set(said).size).toBe(1);
    expect(new Set(world.requests('create').map(({ bootId }) => bootId)).size).toBe(2);
  });

  test('orders have keys of their own', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    till.cancel('A');
    await world.until(() => till.state().phase === 'idle');
    await till.snapshot(till.start('B'));
    const [first, second] = world.requests('create');
    expect(first?.idempotencyKey).not.toBe(second?.idempotencyKey);
  });
});

describe('rule 2: no create leaves any more', () => {
  test('after expiresAt: from then on only look-ups', async ({ world }) => {
    const expiresAt = soon(30_000);
    const { till } = await startInTheDark(world, { expiresAt, customerTimeoutSeconds: 3_600 });
    await world.run(700_000);
    const late = world.requests('create').filter(({ atMs }) => atMs >= Date.parse(expiresAt));
    expect(late).toEqual([]);
    expect(secondsAfter(Date.parse(expiresAt), world.requests('find')).at(-1)).toBeGreaterThan(500);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
  });

  test('after the customer’s deadline: from then on only look-ups', async ({ world }) => {
    // In the middle of the second burst.
    const deadline = Date.now() + 60 + 7_000;
    const { till } = await startInTheDark(world, {
      expiresAt: soon(3_600_000),
      customerTimeoutSeconds: 7,
    });
    await world.run(700_000);
    expect(world.requests('create').filter(({ atMs }) => atMs >= deadline)).toEqual([]);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });
  });

  test('after the intent to cancel, not even the rest of a burst', async ({ world }) => {
    const till = await world.boot();
    world.network.always('create', 'lost-request');
    till.start('A', patient());
    await world.run(500);
    till.cancel('A');
    await world.run(700_000);
    expect(world.requests('create')).toHaveLength(1);
  });

  test('after expiresAt, not even after a restart', async ({ world }) => {
    const expiresAt = soon(10_000);
    const { till } = await startInTheDark(world, { expiresAt });
    till.crash();
    await world.run(20_000);
    await world.boot();
    await world.run(700_000);
    expect(world.requests('create').filter(({ atMs }) => atMs >= Date.parse(expiresAt))).toEqual(
      [],
    );
  });
});

describe('rule 3: when “it does not exist” is concluded', () => {
  for (const [what, trouble, looks, creates] of [
    ['fast', { status: 500 }, [0, 5, 30, 120, 600], [0, 0, 5, 30, 120]],
    ['slow', 'lost-request', [0, 6, 30, 120, 600], [-6, 0, 6, 30, 120]],
  ] as const satisfies readonly (readonly [string, Trouble, number[], number[]])[]) {
    test(`looked up at once and after 5, 30, 120, 600 s, the same create between (${what} failures)`, async ({
      world,
    }) => {
      const { till, id, lostAt } = await startInTheDark(world, patient(), trouble);
      expect((await till.snapshot(id)).outcome).toBe('unknown');
      await world.run(580_000);
      expect(till.state().payment).toMatchObject({ orderId: 'A', outcome: 'unknown' });
      await world.run(60_000);
      expect(secondsAfter(lostAt, world.requests('find'))).toEqual(looks);
      expect(secondsAfter(lostAt, bursts(world))).toEqual(creates);
      expect(till.last('A')).toMatchObject({
        outcome: 'declined',
        reason: 'not-created',
        platformStatus: null,
      });
      expect(till.state().phase).toBe('idle');
      const requests = world.requests().length;
      await world.run(3_600_000);
      expect(world.requests()).toHaveLength(requests);
    });
  }

  for (const [what, trouble] of [
    ['a captive portal', { status: 200 }],
    ['a 403 without a code', { status: 403 }],
    ['a 404 without a code', { status: 404 }],
    ['a 401', { status: 401 }],
    ['a 429', { status: 429, retryAfterMs: 1_000 }],
    ['a 500', { status: 500 }],
    ['a coded no after a lost attempt', { refuse: '1000' }],
    ['a key that was used before', { refuse: '1306' }],
  ] as const satisfies readonly (readonly [string, Trouble])[]) {
    test(`${what} proves nothing: unknown, looked up to the end, no storm`, async ({ world }) => {
      const till = await world.boot();
      if (what.includes('lost')) world.network.next('create', 'lost-request');
      world.network.always('create', trouble);
      till.start('A', patient());
      await world.run(500_000);
      expect(till.told('A').at(-1)?.outcome ?? 'unknown').toBe('unknown');
      expect(till.state().payment?.outcome).toBe('unknown');
      expect(world.requests('find').length).toBeLessThanOrEqual(5);
      expect(bursts(world).length).toBeLessThanOrEqual(6);
      await world.run(150_000);
      expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
    });
  }

  test('an unanswered look-up is no proof: it is repeated until it has an answer', async ({
    world,
  }) => {
    world.network.always('find', 'lost-request');
    const { till } = await startInTheDark(world);
    await world.run(1_200_000);
    expect(till.state().payment).toMatchObject({ orderId: 'A', outcome: 'unknown' });
    expect(world.requests('find').length).toBeLessThan(120);
    world.network.always('find', 'fine');
    await world.until(() => till.told('A').length > 0, 120_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'not-created' });
  });

  test('a lost answer is found at once, and adopted under its own key', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-answer', 'lost-answer', 'lost-answer');
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    expect(world.mobilePay.held('A')).toHaveLength(1);
    world.mobilePay.accept('A');
    await world.until(() => till.last('A').platformStatus === 'Captured');
  });

  test('a create that arrives late is found by a later look-up', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { arrivesAfterMs: 25_000 });
    world.network.always('create', 'lost-request');
    till.start('A', patient());
    await world.run(20_000);
    expect(till.told('A')).toEqual([]);
    await world.until(() => till.outcomes('A').at(-1) === 'pending', 30_000);
  });

  test('a create that is still under way when the last look-up finds nothing is not given up', async ({
    world,
  }) => {
    const { till, lostAt } = await startInTheDark(world);
    await world.run(lostAt + 590_000 - Date.now());
    world.network.next('create', { arrivesAfterMs: 20_000 }, { status: 400 });
    // Another call's success makes the terminal look, and look-ups let the same create go out.
    till.get('ghost');
    await world.run(17_000);
    const looks = world.requests('find').filter(({ orderId }) => orderId === 'A');
    expect(secondsAfter(lostAt, looks).slice(-2)).toEqual([590, 600]);
    expect(till.told('A')).toEqual([]);
    await world.until(() => till.outcomes('A').at(-1) === 'pending', 120_000);
    const last = secondsAfter(lostAt, bursts(world)).at(-1);
    expect(last, 'after the last look-up nothing is created any more').toBe(590);
  });

  for (const [what, troubles] of [
    ['died before a byte left', ['unsent', 'unsent', 'unsent']],
    ['is refused with a code', [{ refuse: '1000' }]],
  ] as const satisfies readonly (readonly [string, readonly Trouble[]])[]) {
    test(`a repeated create that ${what} says nothing of the first one`, async ({ world }) => {
      const till = await world.boot();
      world.network.next('create', { arrivesAfterMs: 25_000 }, 'lost-request', 'lost-request');
      world.network.next('create', ...troubles);
      world.network.always('create', 'lost-request');
      till.start('A', patient());
      await world.run(20_000);
      expect(till.told('A')).toEqual([]);
      await world.until(() => till.outcomes('A').at(-1) === 'pending', 30_000);
    });

    test(`nor does it after a restart: ${what}`, async ({ world }) => {
      const before = await world.boot();
      world.network.next('create', { arrivesAfterMs: 25_000 });
      before.start('A', patient());
      await world.run(100);
      before.crash();
      world.network.next('create', ...troubles);
      world.network.always('create', 'lost-request');
      const till = await world.boot();
      await world.run(20_000);
      expect(till.told('A')).toEqual([]);
      await world.until(() => till.outcomes('A').at(-1) === 'pending', 30_000);
    });
  }

  test('until then it is unknown, or once cancelled: declined, and new starts are accepted', async ({
    world,
  }) => {
    const { till } = await startInTheDark(world);
    const id = till.cancel('A');
    expect(await till.snapshot(id)).toMatchObject({
      outcome: 'declined',
      intent: 'cancel',
      platformStatus: null,
    });
    expect(till.state().phase).toBe('cancelled');
    world.network.always('create', 'fine');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
  });

  test('found after it was cancelled, it is cancelled at MobilePay, once', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { arrivesAfterMs: 20_000 });
    world.network.always('create', 'lost-request');
    till.start('A', patient());
    await world.run(3_000);
    till.cancel('A');
    await world.until(() => till.last('A').platformStatus === 'CancelledByClient', 60_000);
    expect(world.requests('cancel')).toHaveLength(1);
    expect(till.outcomes('A')).toEqual(['declined']);
    expect(till.state().phase).toBe('idle');
  });

  test('a customer who accepts what was cancelled in the dark keeps the money', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-answer');
    world.network.always('create', 'lost-request');
    world.network.always('find', 'lost-request');
    till.start('A', patient());
    await world.run(3_000);
    till.cancel('A');
    world.mobilePay.accept('A');
    world.network.always('find', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient', 60_000);
    expect(world.requests('capture')).toEqual([]);
  });

  test('a look-up that names another amount for our order is not adopted', async ({ world }) => {
    world.allow('log-errors', 'two-payments');
    const { till } = await startInTheDark(world);
    world.mobilePay.hold({ orderId: 'A', amount: { currency: 'DKK', value: 1 }, foreign: true });
    await world.run(650_000);
    expect(till.told('A')).toEqual([]);
    expect(till.state().payment?.outcome).toBe('unknown');
    expect(world.requests('cancel')).toEqual([]);
  });
});

describe('rule 4: what is certain is told at once', () => {
  test('on the create’s answer Initiated is told and answered; the ask comes at once after it', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('get', { answerAfterMs: 400 });
    const id = till.start('A');
    await world.run(10);
    expect(till.last('A').platformStatus).toBe('Initiated');
    expect(till.reply(id)).toMatchObject({ ok: true, result: { platformStatus: 'Initiated' } });
    expect(world.requests('get')).toHaveLength(1);
    expect(world.requests('get')[0]?.endedAtMs).toBeUndefined();
  });
});
