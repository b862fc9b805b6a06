import { describe, expect } from 'vitest';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

/** An earlier boot left a payment that waits for its customer. */
async function unfinishedSale(world: World): Promise<void> {
  const before = await world.boot();
  await before.snapshot(before.start('A'));
  before.crash();
}

/** A boot that hangs in recovery: the token call is slow, or the first look is. */
async function starting(world: World, answerAfterMs: number): Promise<Till> {
  world.network.next('authorize', { answerAfterMs });
  const till = await world.boot({ atOnce: true });
  expect(till.state().phase).toBe('starting');
  return till;
}

describe('while starting (rule 8)', () => {
  test('get of a held order, list, identify and diagnose answer at once', async ({ world }) => {
    await unfinishedSale(world);
    const till = await starting(world, 1_900);
    const get = till.get('A');
    const list = till.send('payment/list', { open: true });
    const identify = till.send('terminal/identify', { seconds: 2 });
    const diagnose = till.send('terminal/diagnose');
    expect(till.reply(get)).toMatchObject({ ok: true, result: { outcome: 'pending' } });
    expect(till.reply(list)).toMatchObject({ ok: true, result: [{ orderId: 'A' }] });
    expect(till.reply(identify).ok).toBe(true);
    expect(till.views.at(-1)?.identifying).toBe(true);
    expect(till.reply(diagnose)).toMatchObject({ ok: true, result: { phase: 'starting' } });
    expect(till.requests()).toMatchObject([{ operation: 'authorize' }]);
    await world.run(2_100);
    expect(till.views.at(-1)?.identifying).toBe(false);
  });

  test('cancel is journalled as intent at once, and carried out after recovery', async ({
    world,
  }) => {
    await unfinishedSale(world);
    const till = await starting(world, 1_900);
    const id = till.cancel('A');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', intent: 'cancel' });
    expect(till.commits().flatMap(({ batch }) => batch.events ?? [])).toMatchObject([
      { event: { type: 'cancelIntended', reason: 'by-register' } },
    ]);
    await world.run(1_000);
    expect(till.requests(), 'before the token nothing is sent').toMatchObject([
      { operation: 'authorize' },
    ]);
    expect((await till.snapshot(id)).outcome).toBe('declined');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
  });

  test('a cancel of an order the journal lacks is ok:true, unknown, and looked up later', async ({
    world,
  }) => {
    world.mobilePay.hold({ orderId: 'other' });
    const till = await starting(world, 1_900);
    expect(await till.snapshot(till.cancel('other'))).toMatchObject({
      outcome: 'unknown',
      intent: 'cancel',
    });
    await world.until(() => world.mobilePay.of('other').status === 'CancelledByClient', 10_000);
    expect(till.last('other').outcome).toBe('declined');
    await world.until(() => till.state().phase === 'idle');
  });

  test('a start waits for recovery, then begins', async ({ world }) => {
    const till = await starting(world, 1_900);
    const id = till.start('A');
    await world.run(1_000);
    expect(till.replies(id)).toEqual([]);
    expect((await till.snapshot(id)).outcome).toBe('pending');
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('commands that wait begin in their order', async ({ world }) => {
    const till = await starting(world, 1_900);
    const ids = [till.start('A'), till.start('B')];
    expect((await till.snapshot(ids[0] ?? '')).orderId).toBe('A');
    expect((await till.error(ids[1] ?? '')).code).toBe('busy');
  });

  test('a start waits for recovery at most 8 s, then is unreachable and never begun', async ({
    world,
  }) => {
    await unfinishedSale(world);
    world.network.next('get', { answerAfterMs: 12_000 });
    const till = await world.boot();
    expect(till.state().phase).toBe('starting');
    const id = till.start('B');
    await world.run(7_900);
    expect(till.replies(id)).toEqual([]);
    await world.run(200);
    expect(till.reply(id)).toMatchObject({
      ok: false,
      error: { code: 'unreachable', payment: null },
    });
    await world.run(60_000);
    expect(world.mobilePay.held('B')).toEqual([]);
    expect((await till.error(till.start('B'))).code, 'A is still undecided').toBe('busy');
  });

  test('it waits never past expiresAt', async ({ world }) => {
    await unfinishedSale(world);
    world.network.next('get', { answerAfterMs: 12_000 });
    const till = await world.boot();
    const id = till.start('B', { expiresAt: soon(3_000) });
    await world.run(2_900);
    expect(till.replies(id)).toEqual([]);
    await world.run(200);
    expect(till.reply(id)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });

  test('what waited is judged anew when it begins: expired by then is expired', async ({
    world,
  }) => {
    const till = await starting(world, 1_900);
    const id = till.start('B', { expiresAt: soon(1_000) });
    expect(['expired', 'unreachable']).toContain((await till.error(id)).code);
    await world.run(10_000);
    expect(world.requests('create')).toEqual([]);
  });

  test('a capture waits too, and is not begun after it was refused', async ({ world }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => before.state().phase === 'approved');
    before.crash();
    world.network.next('get', { answerAfterMs: 12_000 });
    const till = await world.boot();
    const id = till.capture('A');
    expect((await till.error(id)).code).toBe('unreachable');
    await world.run(60_000);
    expect(world.requests('capture')).toEqual([]);
    expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
  });

  test('the plug pulled while a start waits: it is answered unreachable and never begun', async ({
    world,
  }) => {
    const before = await starting(world, 1_900);
    const payload = {
      id: 'c-waits',
      orderId: 'A',
      amount: { currency: 'DKK', value: 1 },
      expiresAt: soon(),
    };
    before.sendRaw('payment/start', payload);
    await world.run(100);
    before.crash();
    const till = await world.boot();
    expect(till.reply('c-waits')).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    till.sendRaw('payment/start', payload);
    expect(till.replies('c-waits')).toHaveLength(2);
    await world.run(10_000);
    expect(world.mobilePay.payments).toEqual([]);
  });
});

describe('what an earlier boot journalled and never answered', () => {
  /** Its command, for the register to repeat. */
  async function interrupted(world: World) {
    const before = await starting(world, 1_900);
    const payload = {
      id: 'c-held',
      orderId: 'B',
      amount: { currency: 'DKK', value: 1 },
      expiresAt: soon(),
    };
    before.sendRaw('payment/start', payload);
    before.crash();
    return payload;
  }

  test('is refused after 8 s where recovery takes longer, and not begun then', async ({
    world,
  }) => {
    await unfinishedSale(world);
    const payload = await interrupted(world);
    world.network.next('get', { answerAfterMs: 14_000 });
    const till = await world.boot();
    till.sendRaw('payment/start', payload);
    await world.run(7_800);
    expect(till.replies('c-held')).toEqual([]);
    await world.run(300);
    expect(till.reply('c-held')).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    await world.run(30_000);
    expect(world.mobilePay.held('B')).toEqual([]);
  });

  test('is refused at once where MobilePay cannot be reached', async ({ world }) => {
    const payload = await interrupted(world);
    world.network.always('all', 'unsent');
    const till = await world.boot();
    till.sendRaw('payment/start', payload);
    await world.run(1_000);
    expect(till.reply('c-held')).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });

  test('of an order that was journalled and turns out not to exist is ok:true and declined', async ({
    world,
  }) => {
    const before = await world.boot();
    world.network.next('create', 'lost-request');
    const id = before.start('A', { customerTimeoutSeconds: 3_600 });
    await world.run(1_000);
    before.crash();
    await world.run(1_000_000);
    const till = await world.boot();
    expect(till.reply(id)).toMatchObject({
      ok: true,
      result: { outcome: 'declined', reason: 'not-created', platformStatus: null },
    });
    expect(world.mobilePay.payments).toEqual([]);
  });
});

describe('MobilePay unreachable since boot', () => {
  test('what an earlier boot left unanswered is answered all the same, within 9 s', async ({
    world,
  }) => {
    const before = await starting(world, 1_900);
    const held = before.start('A');
    const entry = world.trace.findLast((one) => one.kind === 'commit');
    const fingerprint = entry?.kind === 'commit' && entry.batch.commands?.[0]?.fingerprint;
    const { payload } = JSON.parse(fingerprint || '{}');
    before.crash();
    world.network.always('all', 'lost-request');
    const till = await world.boot();
    till.send('payment/start', payload);
    expect((await till.error(held)).code).toBe('unreachable');
  });

  test('the terminal is out of order, a start is unreachable at once', async ({ world }) => {
    world.network.always('all', 'lost-request');
    const till = await world.boot();
    const waiting = till.start('A');
    await world.run(7_000);
    expect(till.state().phase).toBe('out-of-order');
    expect(till.reply(waiting)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    const id = till.start('B');
    expect(till.reply(id)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(till.idles()).toBe(0);
  });

  test('when MobilePay comes back, it is idle by itself and takes what was refused', async ({
    world,
  }) => {
    world.network.always('all', 'unsent');
    const till = await world.boot();
    await till.error(till.start('A'));
    await world.run(60_000);
    world.network.always('all', 'fine');
    await world.until(() => till.state().phase === 'idle', 40_000);
    expect(till.idles()).toBe(1);
    expect(till.poses).toHaveLength(1);
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
  });

  test('it is tried again ever more slowly, at most every 30 s', async ({ world }) => {
    world.network.always('all', 'unsent');
    await world.boot();
    let tokens = 0;
    const network = world.network;
    const take = network.take;
    network.take = (operation) => {
      if (operation === 'authorize') tokens += 1;
      return take(operation);
    };
    await world.run(600_000);
    expect(tokens / 3).toBeGreaterThan(600 / 40);
    expect(tokens / 3).toBeLessThan(600 / 24 + 8);
  });

  test('get, list and cancel still answer from the journal', async ({ world }) => {
    await unfinishedSale(world);
    world.network.always('all', 'unsent');
    const till = await world.boot();
    await world.run(5_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order', payment: { orderId: 'A' } });
    expect((await till.snapshot(till.get('A'))).outcome).toBe('pending');
    const id = till.cancel('A');
    expect((await till.snapshot(id)).outcome).toBe('declined');
    expect((await till.error(till.get('ghost'))).code).toBe('unreachable');
    world.network.always('all', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient', 40_000);
  });

  test('nothing that spends time starts before the boot’s token call (safety rule 12)', async ({
    world,
  }) => {
    await unfinishedSale(world);
    world.network.next('authorize', 'lost-request', 'lost-request', 'lost-request');
    const till = await world.boot({ atOnce: true });
    await world.run(7_000);
    expect(till.requests().every(({ operation }) => operation === 'authorize')).toBe(true);
    await world.until(() => till.state().phase === 'paying', 10_000);
    expect(till.requests('get').length).toBeGreaterThan(0);
  });

  test('refused credentials are a fault of their own, cleared when they are accepted', async ({
    world,
  }) => {
    world.network.always('authorize', { status: 401, credentialsRefused: true });
    const till = await world.boot();
    await world.run(20_000);
    expect(till.state()).toMatchObject({ phase: 'out-of-order' });
    expect(till.state().faults).toContain('credentials-refused');
    expect(till.faults().filter((code) => code === 'credentials-refused')).toHaveLength(1);
    world.network.always('authorize', 'fine');
    await world.until(() => till.state().phase === 'idle', 40_000);
    expect(till.state().faults).toEqual([]);
  });
});
