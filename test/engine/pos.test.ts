import { describe, expect } from 'vitest';
import type { WantedPos } from '../../src/engine/wanted-pos.ts';
import type { Pos } from '../../src/ports.ts';
import type { Operation } from './fake-platform.ts';
import { type Till, wantedPos as wanted } from './till.ts';
import { test, type World } from './world.ts';

const MADE = '123456789012345';
const OTHER = '543210987654321';

const boot = (world: World, changes: Partial<WantedPos> = {}, atOnce = false): Promise<Till> =>
  world.boot({ engine: { wantedPos: { ...wanted, ...changes } }, atOnce });

/** The PoS stands at MobilePay as an earlier configuration wanted it. */
async function earlier(world: World, changes: Partial<WantedPos> = {}): Promise<Pos> {
  await (await boot(world, changes)).stop();
  return onlyPos(world);
}

function onlyPos(world: World): Pos {
  const [pos, ...others] = world.mobilePay.poses;
  expect(others).toEqual([]);
  if (pos === undefined) throw new Error('MobilePay has no PoS');
  return pos;
}

async function diagnosis(till: Till) {
  const reply = await till.answer(till.send('terminal/diagnose'));
  if (!reply.ok) throw new Error('no diagnosis');
  return reply.result as { setupProblem: string | null; pos: { differs: string[] } };
}

const operations = (world: World, ...of: Operation[]): Operation[] =>
  world
    .requests()
    .map(({ operation }) => operation)
    .filter((operation) => of.includes(operation));

/** Does something when the n-th request of this kind leaves, before MobilePay answers it. */
function whenSent(world: World, operation: Operation, nth: number, act: () => void): void {
  const { take } = world.network;
  let seen = 0;
  world.network.take = (one) => {
    if (one === operation) {
      seen += 1;
      if (seen === nth) act();
    }
    return take(one);
  };
}

describe('the PoS', () => {
  test('is looked for by merchantPosId, and created where there is none', async ({ world }) => {
    const till = await boot(world);
    expect(world.mobilePay.poses).toMatchObject([{ merchantPosId: 'till-1', name: 'Kasse 1' }]);
    expect(till.link.info()).toMatchObject({ posId: 'pos-1', store: 'store-1', currency: 'DKK' });
    expect(till.poses).toMatchObject([{ posId: 'pos-1' }]);
    expect(operations(world, 'findPos', 'createPos')).toEqual(['findPos', 'createPos']);
  });

  test('is not created twice, though the answer to its creation was lost', async ({ world }) => {
    world.network.next('createPos', 'lost-answer', 'lost-request', 'lost-request');
    const till = await boot(world);
    await world.until(() => till.state().phase === 'idle', 20_000);
    onlyPos(world);
    const keys = world.requests('createPos').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size, 'one key within the burst').toBe(1);
    expect(operations(world, 'findPos', 'createPos').at(-1), 'it was looked for').toBe('findPos');
    await till.stop();
    await boot(world);
    onlyPos(world);
    expect(world.requests('createPos')).toHaveLength(3);
  });

  test('is looked for again before each further create', async ({ world }) => {
    world.network.next('createPos', ...Array(6).fill('lost-request'));
    const till = await boot(world);
    await world.until(() => till.state().phase === 'idle', 40_000);
    const created = operations(world, 'findPos', 'createPos').join(' ');
    expect(created).toBe(
      'findPos createPos createPos createPos findPos createPos createPos createPos findPos createPos',
    );
    onlyPos(world);
  });

  test.for<[string, Partial<WantedPos>]>([
    ['beaconId in another case', { beaconId: 'ABCDEF01-2345-4678-89AB-CDEF01234567' }],
    ['beacon types in another order', { supportedBeaconTypes: ['Bluetooth', 'QR'] }],
    ['store id in another case', { store: { storeId: 'STORE-1' } }],
    ['nothing', {}],
  ])('that differs in %s stays', async ([, changes], { world }) => {
    await earlier(world, { beaconId: changes.beaconId?.toLowerCase() ?? null });
    const till = await boot(world, changes);
    expect(till.state()).toMatchObject({ phase: 'idle', faults: [] });
    expect(operations(world, 'deletePos', 'createPos')).toEqual(['createPos']);
  });

  test.for<[string, Partial<WantedPos>, Partial<Pos>]>([
    ['name', { name: 'Kasse 2' }, { name: 'Kasse 2' }],
    ['store', { store: { storeId: 'store-2' } }, { storeId: 'store-2' }],
    [
      'store, by brand and location',
      { store: { brandId: 'POSDK12345', locationId: '10002' } },
      { storeId: 'store-2' },
    ],
    ['beaconId', { beaconId: OTHER }, { beaconId: OTHER }],
    ['callbackAlias', { callbackAlias: 'shop' }, { callbackAlias: 'shop' }],
    ['beacon types', { supportedBeaconTypes: ['QR'] }, { supportedBeaconTypes: ['QR'] }],
    [
      'requirePaymentBeforeCheckin',
      { requirePaymentBeforeCheckin: true },
      { requirePaymentBeforeCheckin: true },
    ],
  ])(
    'that differs in %s is replaced at boot, and the terminal sells on the new one',
    async ([, changes, expected], { world }) => {
      const second = { storeId: 'store-2', name: 'Shop 2', brandId: 'POSDK12345' };
      world.mobilePay.stores.push({ ...second, locationId: '10002' });
      const old = await earlier(world);
      const till = await boot(world, changes);
      await world.run(100);
      expect(till.state()).toMatchObject({ phase: 'idle', faults: [] });
      expect(till.faults()).toEqual([]);
      const pos = onlyPos(world);
      expect(pos).toMatchObject({ ...expected, merchantPosId: 'till-1' });
      expect(pos.posId).not.toBe(old.posId);
      expect(till.link.info()).toMatchObject({ posId: pos.posId, beaconId: pos.beaconId });
      expect(till.poses.at(-1)).toEqual(pos);
      expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
      expect(world.mobilePay.of('A').posId).toBe(pos.posId);
    },
  );

  test('that is gone while the terminal runs is made anew, with its beacon id', async ({
    world,
  }) => {
    const till = await boot(world);
    world.mobilePay.deletePos('pos-1');
    expect((await till.error(till.start('A'))).mobilePay).toMatchObject({ code: '1000' });
    await world.until(() => world.mobilePay.poses.length === 1 && till.state().phase === 'idle');
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-2', beaconId: MADE });
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
  });
});

describe('a PoS that differs waits (safety rule 15)', () => {
  test('for an order of ours that is reserved; it sells on meanwhile, and is replaced after it', async ({
    world,
  }) => {
    const before = await boot(world);
    await before.snapshot(before.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => before.state().phase === 'approved');
    await before.stop();
    const till = await boot(world, { name: 'Kasse 2' });
    await world.until(() => till.state().phase === 'approved');
    expect(till.state().faults).toEqual(['pos-outdated']);
    expect((await diagnosis(till)).pos.differs).toEqual(['name']);
    await till.snapshot(till.start('B'));
    expect(world.mobilePay.of('B').posId).toBe('pos-1');
    till.cancel('B');
    await world.until(() => till.outcomes('B').at(-1) === 'declined');
    const asked = world.requests('find').length;
    await world.run(3_600_000);
    expect(world.requests('deletePos')).toEqual([]);
    expect(world.requests('find'), 'the journal knows').toHaveLength(asked);
    till.capture('A');
    await world.until(() => till.state().faults.length === 0, 5_000);
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-2', name: 'Kasse 2' });
    expect(till.state().phase).toBe('idle');
    expect(till.faults()).toEqual(['pos-outdated']);
    expect((await diagnosis(till)).pos.differs).toEqual([]);
  });

  test("for somebody else's payment, reserved or active, of which only MobilePay knows", async ({
    world,
  }) => {
    await earlier(world);
    world.mobilePay.hold({ orderId: 'theirs', status: 'Reserved', foreign: true });
    const till = await boot(world, { name: 'Kasse 2' });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    await world.run(900_000);
    expect(world.requests('deletePos')).toEqual([]);
    expect(world.requests('find').length, 'asked ever less often').toBeLessThan(12);
    world.mobilePay.captureElsewhere('theirs');
    await world.until(() => till.state().faults.length === 0, 400_000);
    expect(onlyPos(world).name).toBe('Kasse 2');
  });

  test("for somebody else's payment that begins at the last moment", async ({ world }) => {
    await earlier(world);
    whenSent(world, 'find', 2, () => {
      world.mobilePay.hold({ orderId: 'theirs', status: 'Reserved', foreign: true });
    });
    const till = await boot(world, { name: 'Kasse 2' });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    expect(world.requests('deletePos')).toEqual([]);
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    till.cancel('A');
    await world.until(() => till.state().phase === 'idle');
  });

  test('for MobilePay to answer', async ({ world }) => {
    await earlier(world);
    world.network.always('find', 'lost-request');
    const till = await boot(world, { name: 'Kasse 2' });
    await world.until(() => till.state().phase === 'idle', 10_000);
    expect(till.state().faults).toContain('pos-outdated');
    expect(world.requests('deletePos')).toEqual([]);
    world.network.always('find', 'fine');
    await world.until(() => till.state().faults.length === 0, 60_000);
    expect(onlyPos(world).name).toBe('Kasse 2');
  });

  test('to be compared, when MobilePay did not say which store it should be in', async ({
    world,
  }) => {
    await earlier(world);
    world.network.always('findStores', 'lost-request');
    const store = { brandId: 'POSDK12345', locationId: '10001' };
    const till = await boot(world, { name: 'Kasse 2', store });
    await world.until(() => till.state().phase === 'idle', 10_000);
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    till.cancel('A');
    world.network.always('findStores', 'fine');
    await world.until(() => world.mobilePay.poses[0]?.name === 'Kasse 2', 60_000);
    await world.until(() => till.state().phase === 'idle' && till.state().faults.length === 0);
  });
});

describe('while the PoS is replaced', () => {
  /** A terminal that is about to delete its PoS because the last order has ended. */
  async function aboutToReplace(world: World): Promise<Till> {
    const before = await boot(world);
    await before.snapshot(before.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => before.state().phase === 'approved');
    await before.stop();
    const till = await boot(world, { name: 'Kasse 2' });
    await world.until(() => till.state().phase === 'approved');
    return till;
  }

  test('a start waits and begins on the new one', async ({ world }) => {
    const till = await aboutToReplace(world);
    world.network.next('deletePos', { answerAfterMs: 1_900 });
    till.capture('A');
    await world.until(() => world.requests('deletePos').length === 1);
    const id = till.start('B');
    expect(till.state().phase).toBe('starting');
    await world.run(1_000);
    expect(till.replies(id)).toEqual([]);
    expect((await till.snapshot(id)).outcome).toBe('pending');
    expect(world.mobilePay.of('B').posId).toBe('pos-2');
    expect(till.idles(), 'ready was said once').toBe(1);
  });

  test('a start that comes with the last answer before the delete holds it up', async ({
    world,
  }) => {
    const till = await aboutToReplace(world);
    // MobilePay does not know of it yet: only the journal does.
    world.network.next('create', 'lost-request');
    whenSent(world, 'find', 1, () => {
      till.start('B');
    });
    till.capture('A');
    await world.until(() => world.mobilePay.has('B'));
    await world.run(2_000);
    expect(world.requests('deletePos')).toEqual([]);
    expect(world.mobilePay.of('B').posId).toBe('pos-1');
    till.cancel('B');
    await world.until(() => till.state().faults.length === 0);
    expect(onlyPos(world).name).toBe('Kasse 2');
  });

  test('a start that would wait too long is unreachable, and nothing of it is begun', async ({
    world,
  }) => {
    const till = await aboutToReplace(world);
    world.network.always('deletePos', 'lost-answer');
    till.capture('A');
    await world.until(() => world.requests('deletePos').length === 1);
    const id = till.start('B');
    expect((await till.error(id)).code).toBe('unreachable');
    world.network.always('deletePos', 'fine');
    await world.until(() => till.state().phase === 'idle', 40_000);
    expect(world.mobilePay.has('B')).toBe(false);
    expect((await till.snapshot(till.start('C'))).outcome).toBe('pending');
    expect(world.mobilePay.of('C').posId).toBe('pos-2');
  });

  test('a delete without an answer is brought to its end before anything is sold', async ({
    world,
  }) => {
    await earlier(world);
    world.network.next('deletePos', ...Array(3).fill('lost-request'), { arrivesAfterMs: 3_000 });
    const till = await boot(world, { name: 'Kasse 2' });
    await world.until(() => till.state().phase === 'idle', 60_000);
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-2', name: 'Kasse 2' });
    await world.run(10_000);
    expect(onlyPos(world).posId).toBe('pos-2');
    expect(till.state().faults).toEqual([]);
  });

  test('a delete of which no byte left leaves the old one selling', async ({ world }) => {
    await earlier(world);
    world.network.next('deletePos', 'unsent', 'unsent', 'unsent');
    const till = await boot(world, { name: 'Kasse 2' });
    await world.run(500);
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    await world.until(() => till.state().faults.length === 0);
    expect(onlyPos(world).name).toBe('Kasse 2');
  });

  test('a delete that is refused leaves the old one selling, and says why', async ({ world }) => {
    await earlier(world);
    world.network.always('deletePos', { refuse: '1409' });
    const till = await boot(world, { name: 'Kasse 2' });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    expect((await diagnosis(till)).setupProblem).toMatch(
      /another merchant.*mobilepay\.merchantVat/,
    );
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
  });

  test('a new one that MobilePay will not have puts the terminal out of order until it will', async ({
    world,
  }) => {
    await earlier(world);
    world.network.always('createPos', { refuse: '1204' });
    const till = await boot(world, { name: 'Kasse 2' });
    await world.run(60_000);
    expect(till.state().phase).toBe('out-of-order');
    expect(till.views.at(-1)).toMatchObject({ setupProblem: 'store-not-activated' });
    world.network.always('createPos', 'fine');
    await world.until(() => till.state().phase === 'idle', 40_000);
    expect(onlyPos(world)).toMatchObject({ name: 'Kasse 2', beaconId: MADE });
  });

  for (const when of ['before', 'after'] as const) {
    // Of findPos, getPos, find, find, deletePos, findPos, createPos, getPos.
    for (let nth = 1; nth <= 8; nth += 1) {
      test(`a plug pulled ${when} request ${nth} leaves one PoS, as wanted, with its beacon id`, async ({
        world,
      }) => {
        await earlier(world);
        const crashed = await boot(world, { name: 'Kasse 2' }, true);
        world.network.killAt(nth, when, () => crashed.crash());
        await world.run(500);
        expect(crashed.gone()).toBe(true);
        const till = await boot(world, { name: 'Kasse 2' });
        await world.until(() => till.state().phase === 'idle' && till.state().faults.length === 0);
        expect(onlyPos(world)).toMatchObject({ name: 'Kasse 2', beaconId: MADE });
        expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
      });
    }
  }
});

describe('the beacon id', () => {
  test('that MobilePay made is asked for again when the PoS is made anew at a later boot', async ({
    world,
  }) => {
    await earlier(world);
    world.mobilePay.deletePos('pos-1');
    const till = await boot(world);
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-2', beaconId: MADE });
    expect(till.link.info()?.beaconId).toBe(MADE);
  });

  test('that was configured stays when it is taken out of the configuration', async ({ world }) => {
    await earlier(world, { beaconId: OTHER });
    await (await boot(world)).stop();
    expect(world.requests('deletePos')).toEqual([]);
    world.mobilePay.deletePos('pos-1');
    await boot(world);
    expect(onlyPos(world).beaconId).toBe(OTHER);
  });

  test('that the journal cannot tell any more is made anew by MobilePay', async ({ world }) => {
    const before = await boot(world);
    before.journal.commit({
      notes: [{ name: 'pos', text: '{"merchantPosId":' }],
      at: Date.now(),
      clockTrusted: true,
    });
    await before.stop();
    world.mobilePay.deletePos('pos-1');
    const till = await boot(world);
    expect(till.state().phase).toBe('idle');
    expect(onlyPos(world).beaconId).not.toBe(MADE);
  });

  test('of a PoS with another name is not asked for', async ({ world }) => {
    await earlier(world);
    await boot(world, { merchantPosId: 'till-2' });
    expect(world.mobilePay.poses.map(({ beaconId }) => beaconId === MADE)).toEqual([true, false]);
  });

  test('of a replaced device makes the PoS anew at the next boot', async ({ world }) => {
    const read = (beaconId: string | null) => ({
      engine: { wantedPos: wanted, readBeaconId: async () => beaconId },
    });
    await (await world.boot(read(MADE))).stop();
    await (await world.boot(read(MADE))).stop();
    expect(world.requests('deletePos')).toEqual([]);
    const till = await world.boot(read(OTHER));
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-2', beaconId: OTHER });
    expect(till.poses.at(-1)?.beaconId).toBe(OTHER);
    await till.stop();
    await world.boot(read(null));
    expect(onlyPos(world).posId, 'no id is no difference').toBe('pos-2');
  });

  test('of the device goes before the configured one', async ({ world }) => {
    const wantedPos = { ...wanted, beaconId: MADE };
    await world.boot({ engine: { wantedPos, readBeaconId: async () => OTHER } });
    expect(onlyPos(world).beaconId).toBe(OTHER);
  });

  test.for<[string, () => Promise<string>]>([
    ['cannot be read', () => Promise.reject(new Error('no answer on the serial port'))],
    ['is none', async () => 'AT ERROR'],
  ])('of a device that %s changes nothing', async ([what, readBeaconId], { world }) => {
    const device = async () => OTHER;
    await (await world.boot({ engine: { wantedPos: wanted, readBeaconId: device } })).stop();
    const wantedPos = { ...wanted, beaconId: what === 'is none' ? null : MADE };
    const till = await world.boot({ engine: { wantedPos, readBeaconId } });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: [] });
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-1', beaconId: OTHER });
  });

  test('that another PoS has is seen before the old PoS is deleted', async ({ world }) => {
    world.mobilePay.createPos({ ...newPos, merchantPosId: 'till-9', beaconId: OTHER }, 'key-9');
    await (await boot(world)).stop();
    const till = await boot(world, { beaconId: OTHER.toUpperCase() });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    expect(world.requests('deletePos')).toEqual([]);
    expect((await diagnosis(till)).setupProblem).toMatch(
      /beacon id 543210987654321\. Set pos\.beaconId/,
    );
    world.network.always('find', 'lost-request');
    await world.run(60_000);
    expect((await diagnosis(till)).setupProblem, 'silence solves nothing').toMatch(/beacon id/);
    world.network.always('find', 'fine');
    world.mobilePay.deletePos('pos-1');
    await world.until(() => till.state().faults.length === 0, 100_000);
    expect(onlyPos(world)).toMatchObject({ merchantPosId: 'till-1', beaconId: OTHER });
    expect((await diagnosis(till)).setupProblem).toBeNull();
  });
});

const newPos = { storeId: 'store-1', name: 'Kasse 9', supportedBeaconTypes: ['QR'] };

describe('a PoS that MobilePay refuses', () => {
  test.for([
    ['1200', 'pos-id-taken', /called till-1\. Set pos\.merchantPosId/],
    ['1202', 'beacon-id-taken', /beacon id .*Set pos\.beaconId/],
    ['1204', 'store-not-activated', /not activated.*Correct pos\.storeId/],
    ['1002', 'store-not-found', /no such store.*Correct pos\.storeId/],
    ['1403', 'store-of-another-merchant', /another merchant\. Correct pos\.storeId/],
    ['1400', 'pos-of-another-integrator', /another integrator\. Set pos\.merchantPosId/],
    ['1116', 'refused', /code 1116.*correct pos\.callbackAlias\./],
    ['1161', 'refused', /code 1161/],
  ] as const)(
    'with %s: out of order with the reason and its remedy, and by itself in order again',
    async ([code, kind, message], { world }) => {
      const beaconId = code === '1202' ? OTHER : null;
      world.network.always('createPos', { refuse: code });
      const till = await boot(world, { beaconId });
      await world.run(5_000);
      expect(till.state().phase).toBe('out-of-order');
      expect(till.views.at(-1)).toMatchObject({ phase: 'out-of-order', setupProblem: kind });
      expect((await diagnosis(till)).setupProblem).toMatch(message);
      const note = till.journal.note('setup-problem');
      expect(note).toMatch(message);
      expect(await till.error(till.start('A'))).toMatchObject({
        code: 'unreachable',
        message: expect.stringMatching(message),
        payment: null,
      });
      await world.run(600_000);
      expect(till.journal.note('setup-problem'), 'the same as long as it lasts').toBe(note);
      expect(world.requests('createPos').length).toBeGreaterThan(600 / 40);
      world.network.always('createPos', 'fine');
      await world.until(() => till.state().phase === 'idle', 40_000);
      expect(till.views.at(-1)?.setupProblem).toBeNull();
      expect(till.journal.note('setup-problem')).toBeNull();
      expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    },
  );

  test('when it is read, because it is another integrator’s', async ({ world }) => {
    await earlier(world);
    world.network.always('getPos', { refuse: '1400' });
    const till = await boot(world);
    expect(till.state().phase).toBe('out-of-order');
    expect((await diagnosis(till)).setupProblem).toMatch(/another integrator/);
  });

  test('is told by the next boot, too, and forgotten by the one that it lets in', async ({
    world,
  }) => {
    world.network.always('createPos', { refuse: '1204' });
    const before = await boot(world);
    const note = before.journal.note('setup-problem');
    await before.stop();
    await world.run(60_000);
    const till = await boot(world);
    expect(till.state().phase).toBe('out-of-order');
    expect(till.views.at(-1)?.setupProblem).toBe('store-not-activated');
    expect(till.journal.note('setup-problem'), 'with the time it began').toBe(note);
    await till.stop();
    world.network.always('createPos', 'fine');
    expect((await boot(world)).journal.note('setup-problem')).toBeNull();
  });
});

describe('the store', () => {
  const second = { storeId: 'store-2', name: 'Kiosk', brandId: 'POSDK99999', locationId: '20002' };

  test('that nobody named is the only one there is', async ({ world }) => {
    await boot(world, { store: 'the-only-one' });
    expect(onlyPos(world).storeId).toBe('store-1');
  });

  test('that nobody named, of several: which there are, and the key to set', async ({ world }) => {
    world.mobilePay.stores.push(second);
    const till = await boot(world, { store: 'the-only-one' });
    expect(till.views.at(-1)).toMatchObject({
      phase: 'out-of-order',
      setupProblem: 'store-not-chosen',
    });
    expect((await diagnosis(till)).setupProblem).toBe(
      'MobilePay lists 2 stores for mobilepay.merchantVat: Shop (store-1), Kiosk (store-2). Set pos.storeId to the id of one of them.',
    );
    world.mobilePay.stores.shift();
    await world.until(() => till.state().phase === 'idle', 40_000);
    expect(onlyPos(world).storeId).toBe('store-2');
  });

  test('that nobody named stays when the merchant opens a second', async ({ world }) => {
    await earlier(world, { store: 'the-only-one' });
    world.mobilePay.stores.unshift(second);
    const till = await boot(world, { store: 'the-only-one' });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: [] });
    expect(onlyPos(world)).toMatchObject({ posId: 'pos-1', storeId: 'store-1' });
  });

  test('is missing where MobilePay lists none', async ({ world }) => {
    world.mobilePay.stores.length = 0;
    const till = await boot(world, { store: 'the-only-one' });
    expect((await diagnosis(till)).setupProblem).toMatch(
      /lists no store for mobilepay\.merchantVat/,
    );
    expect(till.views.at(-1)?.setupProblem).toBe('store-not-found');
  });

  test('of a brand and location that match none keeps the terminal out of order', async ({
    world,
  }) => {
    const till = await boot(world, { store: { brandId: 'POSDK12345', locationId: '77777' } });
    await world.run(5_000);
    expect(till.state().phase).toBe('out-of-order');
    expect((await diagnosis(till)).setupProblem).toMatch(
      /No store .*pos\.merchantBrandId POSDK12345 and pos\.merchantLocationId 77777/,
    );
    expect(world.mobilePay.poses).toEqual([]);
  });

  test('of a brand and location that match none lets the PoS there is sell on', async ({
    world,
  }) => {
    await earlier(world);
    const till = await boot(world, { store: { brandId: 'POSDK12345', locationId: '77777' } });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
  });

  test('to move to is looked for before the old PoS is deleted', async ({ world }) => {
    await earlier(world);
    const till = await boot(world, { store: { storeId: 'store-2' } });
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['pos-outdated'] });
    expect((await diagnosis(till)).setupProblem).toBe(
      'MobilePay lists no store store-2 for mobilepay.merchantVat, but: Shop (store-1). Correct pos.storeId or mobilepay.merchantVat.',
    );
    expect(world.requests('deletePos')).toEqual([]);
    world.mobilePay.stores.push(second);
    await world.until(() => till.state().faults.length === 0, 60_000);
    expect(onlyPos(world).storeId).toBe('store-2');
  });
});
