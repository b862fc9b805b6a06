import { describe, expect } from 'vitest';
import { asked, dkk, HOUR_MS, paired, prepared, untilTold } from './prepared-sale.ts';
import { price, soon } from './till.ts';
import { test } from './world.ts';

describe('a ready before the create is answered', () => {
  test('is journalled, and sent when the payment exists', async ({ world }) => {
    const till = await world.boot();
    world.network.next('prepare', { answerAfterMs: 1_500 });
    const prepare = till.prepare('A');
    await world.run(100);
    const ready = till.ready('A');
    await world.run(1_000);
    expect(world.requests('ready')).toEqual([]);
    expect((await till.snapshot(prepare)).platformStatus).toBe('Prepared');
    expect((await till.snapshot(ready)).platformStatus).toBe('Initiated');
    expect(world.requests('prepare')).toHaveLength(1);
  });

  test('waits for the look-up when the create’s answer is lost', async ({ world }) => {
    const till = await world.boot();
    world.network.next('prepare', 'lost-answer', 'lost-answer', 'lost-answer');
    till.prepare('A');
    await world.run(100);
    const ready = till.ready('A');
    expect((await till.snapshot(ready)).platformStatus).toBe('Initiated');
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('is refused with the create, where nothing left', async ({ world }) => {
    const till = await world.boot();
    world.network.always('prepare', 'unsent');
    const prepare = till.prepare('A');
    const ready = till.ready('A');
    expect((await till.error(prepare)).code).toBe('unreachable');
    expect(await till.error(ready)).toMatchObject({
      code: 'unreachable',
      payment: { orderId: 'A' },
    });
    expect(world.mobilePay.payments).toEqual([]);
  });

  test('that may not begin any more ends as expired; what turns up is cancelled', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('find', 'lost-request');
    world.network.next('prepare', 'lost-answer');
    world.network.always('prepare', 'lost-request');
    till.prepare('A', { expiresAt: soon(1_000) });
    const ready = till.ready('A', { expiresAt: soon(20_000) });
    expect(await till.snapshot(ready)).toMatchObject({ outcome: 'unknown', amount: price });
    await world.until(() => till.told('A').length > 0, 15_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'expired' });
    world.network.always('find', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient', 700_000);
    expect(world.requests('ready')).toEqual([]);
  });
});

describe('a ready that gets no answer', () => {
  test('whose effect was had is found out by asking: 1303 is no refusal then', async ({
    world,
  }) => {
    const till = await paired(world);
    world.network.next('ready', 'lost-answer');
    expect((await till.snapshot(till.ready('A'))).platformStatus).toBe('IssuedToUser');
    expect(world.requests('ready')).toHaveLength(2);
    expect(till.outcomes('A')).toEqual(['pending']);
  });

  test('is ok:true and pending after 9 s, and repeated with the same bytes', async ({ world }) => {
    const till = await paired(world);
    world.network.always('ready', { status: 500 });
    const id = till.ready('A');
    expect(await till.snapshot(id)).toMatchObject({
      outcome: 'pending',
      platformStatus: 'Paired',
      amount: price,
    });
    await world.run(8_000);
    world.network.always('ready', 'fine');
    await untilTold(world, till, 'IssuedToUser');
    const requests = world.requests('ready');
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    const bursts = requests.filter(({ attempt }) => attempt === 1).map(({ atMs }) => atMs);
    const pauses = bursts.slice(1).map((atMs, index) => atMs - (bursts[index] ?? 0));
    expect(pauses[0]).toBeGreaterThan(3_900);
    expect(pauses[1]).toBeGreaterThan(7_900);
  });

  test('goes on asking meanwhile: the customer may leave', async ({ world }) => {
    const till = await paired(world);
    world.network.always('ready', { status: 500 });
    till.ready('A');
    await world.run(2_500);
    world.mobilePay.refuse('A');
    await world.run(1_100);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-refused' });
    const sent = world.requests('ready').length;
    await world.run(60_000);
    expect(world.requests('ready')).toHaveLength(sent);
  });

  test('until the customer’s deadline is declined as customer-timeout, and cancelled', async ({
    world,
  }) => {
    const till = await paired(world);
    world.network.always('ready', 'lost-request');
    till.ready('A', { expiresAt: soon(10_000), customerTimeoutSeconds: 40 });
    const readiedAt = Date.now();
    await world.until(() => till.last('A').outcome === 'declined');
    expect(Date.now() - readiedAt).toBeLessThan(41_000);
    expect(till.last('A').reason).toBe('customer-timeout');
    const times = world.requests('ready').map(({ atMs }) => atMs - readiedAt);
    expect(Math.max(...times), 'begun, it is repeated after its expiresAt').toBeGreaterThan(10_000);
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
  });

  test('and could not begin before its expiresAt is declined as expired', async ({ world }) => {
    const till = await paired(world);
    world.network.always('ready', 'unsent');
    till.ready('A', { expiresAt: soon(3_000), customerTimeoutSeconds: 40 });
    await world.until(() => till.last('A').outcome === 'declined', 10_000);
    expect(till.last('A').reason).toBe('expired');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
    expect(world.mobilePay.of('A').past).not.toContain('IssuedToUser');
  });
});

describe('a ready that MobilePay refuses', () => {
  for (const [refuse, code] of [
    ['1102', 'amount-not-allowed'],
    ['1117', 'rejected'],
    ['1406', 'rejected'],
  ] as const) {
    test(`${refuse}: ${code}; the payment is still there, for other terms`, async ({ world }) => {
      const till = await paired(world);
      world.network.next('ready', { refuse });
      expect(await till.error(till.ready('A'))).toMatchObject({
        code,
        mobilePay: { code: refuse },
        payment: { outcome: 'pending', platformStatus: 'Paired', amount: null },
      });
      const second = await till.snapshot(till.ready('A', { amount: dkk(700) }));
      expect(second).toMatchObject({ platformStatus: 'IssuedToUser', amount: dkk(700) });
    });
  }

  test('after a lost attempt stands: it is asked and repeated, never told as refused', async ({
    world,
  }) => {
    const till = await paired(world);
    world.network.next('ready', 'lost-request', { refuse: '1102' });
    const id = till.ready('A');
    expect((await till.snapshot(id)).platformStatus).toBe('IssuedToUser');
    expect(world.mobilePay.of('A').amount).toEqual(price);
  });

  test('as not prepared, because MobilePay had cancelled it, is told as declined', async ({
    world,
  }) => {
    const till = await paired(world);
    world.mobilePay.giveUp('A');
    const declined = await till.snapshot(till.ready('A'));
    expect(declined).toMatchObject({ outcome: 'declined', reason: 'by-platform' });
  });
});

describe('creating a prepared payment goes by the rules of a start', () => {
  test('lost requests: unknown, repeated under the same key until it is there', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('prepare', 'lost-request', 'lost-request', 'lost-request');
    const id = till.prepare('A', { expiresAt: soon(HOUR_MS) });
    expect((await till.snapshot(id)).platformStatus).toBe('Prepared');
    expect(
      new Set(world.requests('prepare').map(({ idempotencyKey }) => idempotencyKey)).size,
    ).toBe(1);
    expect(world.requests('find').length).toBeGreaterThan(0);
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('a foreign payment in the way is cancelled, and it is prepared under a new key', async ({
    world,
  }) => {
    const till = await world.boot();
    const theirs = world.mobilePay.hold({ orderId: 'theirs', foreign: true });
    expect((await till.snapshot(till.prepare('A'))).platformStatus).toBe('Prepared');
    expect(theirs.status).toBe('CancelledByClient');
    expect(till.faults()).toEqual(['foreign-payment-cancelled']);
    expect(
      new Set(world.requests('prepare').map(({ idempotencyKey }) => idempotencyKey)).size,
    ).toBe(2);
  });

  test('a payment of this order that is there already is adopted', async ({ world }) => {
    const till = await world.boot();
    world.network.next('prepare', 'lost-answer', { refuse: '1301' });
    expect((await till.snapshot(till.prepare('A'))).platformStatus).toBe('Prepared');
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('a coded no is a promise that nothing exists', async ({ world }) => {
    const till = await world.boot();
    world.network.next('prepare', { refuse: '1113' });
    expect(await till.error(till.prepare('A'))).toMatchObject({
      code: 'rejected',
      payment: { outcome: 'declined', reason: 'not-created' },
    });
    expect((await till.error(till.ready('A'))).code).toBe('wrong-state');
  });
});

describe('a restart in the middle of a prepared sale', () => {
  test('Prepared is asked about, and waits for its amount', async ({ world }) => {
    (await prepared(world)).crash();
    world.mobilePay.checkIn('A');
    const till = await world.boot();
    await untilTold(world, till, 'Paired');
    expect((await till.snapshot(till.ready('A'))).platformStatus).toBe('IssuedToUser');
  });

  test('a journalled ready is sent again, with its bytes, once MobilePay has been asked', async ({
    world,
  }) => {
    const before = await paired(world);
    world.network.always('ready', 'lost-request');
    before.ready('A', { label: 'Bord 7' });
    await world.run(100);
    before.crash();
    world.network.always('ready', 'fine');
    const till = await world.boot();
    await untilTold(world, till, 'IssuedToUser');
    const operations = till.requests().map(({ operation }) => operation);
    expect(operations.indexOf('get')).toBeLessThan(operations.indexOf('ready'));
    expect(new Set(world.requests('ready').map(({ body }) => body)).size).toBe(1);
  });

  test('a ready whose effect was had is not sent again', async ({ world }) => {
    const before = await paired(world);
    world.network.next('ready', 'lost-answer');
    const id = before.ready('A');
    await world.run(100);
    before.crash();
    const till = await world.boot();
    expect(till.reply(id)).toMatchObject({ ok: true, result: { platformStatus: 'IssuedToUser' } });
    expect(till.requests('ready')).toEqual([]);
  });

  test('a ready whose time to begin is over by then is declined as expired', async ({ world }) => {
    const before = await paired(world);
    world.network.next('ready', 'lost-request');
    const id = before.ready('A', { expiresAt: soon(5_000) });
    await world.run(100);
    before.crash();
    await world.run(10_000);
    const till = await world.boot();
    await world.until(() => till.state().phase === 'idle');
    expect(till.reply(id)).toMatchObject({ ok: true, result: { reason: 'expired' } });
    expect(till.requests('ready')).toEqual([]);
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
  });

  test('a refusal after it proves nothing, as nobody knows what was sent before', async ({
    world,
  }) => {
    const before = await paired(world);
    world.network.always('ready', 'lost-request');
    const id = before.ready('A');
    await world.run(100);
    before.crash();
    world.network.always('ready', { refuse: '1102' });
    const till = await world.boot();
    await world.run(20_000);
    expect(till.reply(id)).toMatchObject({ ok: true, result: { outcome: 'pending' } });
    await world.run(180_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });
  });

  test('prepare and ready that come while starting wait, and begin in their order', async ({
    world,
  }) => {
    world.network.next('authorize', { answerAfterMs: 1_900 });
    const till = await world.boot({ atOnce: true });
    const prepare = till.prepare('A');
    const ready = till.ready('A');
    await world.run(1_000);
    expect(till.replies(prepare)).toEqual([]);
    expect((await till.snapshot(ready)).platformStatus).toBe('Initiated');
    expect((await till.snapshot(prepare)).orderId).toBe('A');
  });

  test('the plug pulled while they wait: neither is begun later', async ({ world }) => {
    const before = await prepared(world);
    before.crash();
    world.network.next('authorize', { answerAfterMs: 1_900 });
    const second = await world.boot({ atOnce: true });
    const ready = second.ready('A');
    const prepare = second.prepare('B');
    second.crash();
    const till = await world.boot();
    expect((await till.error(ready)).code).toBe('unreachable');
    expect((await till.error(prepare)).code).toBe('unreachable');
    await world.run(5_000);
    expect(world.requests('ready')).toEqual([]);
    expect(world.mobilePay.held('B')).toEqual([]);
  });

  test('of two readies of the same terms the second is answered as the first', async ({
    world,
  }) => {
    (await paired(world)).crash();
    world.network.next('authorize', { answerAfterMs: 1_900 });
    const second = await world.boot({ atOnce: true });
    const ids = [second.ready('A'), second.ready('A'), second.ready('A', { amount: dkk(700) })];
    second.journal.dieAfter(1, () => second.crash());
    await world.until(() => second.gone());
    const till = await world.boot();
    for (const id of ids.slice(0, 2)) {
      expect(await till.snapshot(id)).toMatchObject({ amount: price });
    }
    expect((await till.error(ids[2] ?? '')).code).toBe('wrong-state');
  });
});

describe('rule 7: a prepared sale that is approved late', () => {
  test('Reserved first learnt after the ready’s deadline is cancelled: late-approval', async ({
    world,
  }) => {
    const before = await asked(world, { customerTimeoutSeconds: 20 });
    before.crash();
    world.mobilePay.accept('A');
    await world.run(30_000);
    const till = await world.boot();
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient');
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'late-approval' });
    expect(till.faults()).toEqual(['late-approval']);
  });

  test('the customer’s time runs from the ready, however long the preparation took', async ({
    world,
  }) => {
    const till = await paired(world);
    await world.run(30_000);
    await till.snapshot(till.ready('A', { customerTimeoutSeconds: 20 }));
    await world.run(19_000);
    expect(till.last('A').outcome).toBe('pending');
    await world.run(2_000);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });
  });
});
