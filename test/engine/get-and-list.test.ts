import { describe, expect } from 'vitest';
import { test } from './world.ts';

describe('payment/get (rule 10)', () => {
  test('what is settled comes from the journal', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    const requests = world.requests().length;
    const id = till.get('A');
    expect(till.reply(id)).toMatchObject({
      ok: true,
      result: { outcome: 'approved', platformStatus: 'Captured' },
    });
    expect(world.requests()).toHaveLength(requests);
  });

  test('MobilePay is asked when the poll delay allows it within 0.5 s', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.until(() => world.requests('get').length === 2);
    await world.run(600);
    const askedAt = Date.now();
    const snapshot = await till.snapshot(till.get('A'));
    expect(Date.now() - askedAt).toBeLessThanOrEqual(500);
    expect(Date.parse(snapshot.confirmedAt ?? '')).toBeGreaterThan(askedAt);
  });

  test('else it is answered at once from the journal, which says when it was confirmed', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    await world.until(() => world.requests('get').length === 2);
    const confirmedAt = Date.now();
    await world.run(100);
    const snapshot = await till.snapshot(till.get('A'));
    expect(Date.parse(snapshot.confirmedAt ?? '')).toBeLessThanOrEqual(confirmedAt + 5);
    expect(Date.now() - confirmedAt).toBeLessThanOrEqual(150);
  });

  test('a MobilePay that does not answer within 0.5 s is not waited for', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    await world.run(5_000);
    world.network.always('get', 'lost-request');
    const askedAt = Date.now();
    expect((await till.snapshot(till.get('A'))).outcome).toBe('approved');
    expect(Date.now() - askedAt).toBeLessThanOrEqual(520);
  });

  test('a get that finds news tells it by an event before the reply', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    await world.run(5_000);
    world.mobilePay.expire('A');
    expect(await till.snapshot(till.get('A'))).toMatchObject({
      outcome: 'declined',
      platformStatus: 'ExpiredAndCancelled',
    });
    expect(till.last('A').outcome).toBe('declined');
  });

  test('a get while the create is under way is answered unknown within 0.5 s', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', { answerAfterMs: 1_900 });
    const start = till.start('A');
    await world.run(10);
    const askedAt = Date.now();
    expect((await till.snapshot(till.get('A'))).outcome).toBe('unknown');
    expect(Date.now() - askedAt).toBeLessThanOrEqual(520);
    expect((await till.snapshot(start)).outcome).toBe('pending');
  });

  test('a register that asks all the time makes no storm of it', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    const before = world.requests('get').length;
    for (let times = 0; times < 100; times += 1) {
      till.get('A');
      await world.run(50);
    }
    await world.run(1_000);
    expect(world.requests('get').length - before).toBeLessThanOrEqual(7);
  });

  test('nor while a reservation waits for its capture', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    const before = world.requests('get').length;
    for (let times = 0; times < 100; times += 1) {
      till.get('A');
      await world.run(50);
    }
    await world.run(1_000);
    expect(world.requests('get').length - before).toBeLessThanOrEqual(7);
  });

  test('a waiting reservation is looked at about once a minute', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    const before = world.requests('get').length;
    await world.run(600_000);
    expect(world.requests('get').length - before).toBe(10);
  });

  test('an unknown start asked for again and again makes no storm of creates', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('create', { status: 500 });
    till.start('A', { customerTimeoutSeconds: 3_600 });
    await world.run(31_000);
    const before = world.requests('create').length;
    for (let times = 0; times < 20; times += 1) {
      till.get('A');
      await world.run(1_000);
    }
    expect(world.requests('create').length - before).toBe(0);
    expect(world.requests('find').length).toBeLessThanOrEqual(24);
  });
});

describe('payment/list', () => {
  test('open names what is unsettled, since what moved after a time', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    await world.run(60_000);
    const since = new Date(Date.now()).toISOString();
    await till.snapshot(till.start('B'));
    till.cancel('B');
    await world.until(() => till.last('B').platformStatus === 'CancelledByClient');

    const ordersOf = (id: string) => {
      const reply = till.reply(id);
      return reply.ok ? (reply.result as { orderId: string }[]).map(({ orderId }) => orderId) : [];
    };
    expect(ordersOf(till.send('payment/list', { open: true }))).toEqual(['A']);
    expect(ordersOf(till.send('payment/list', { since }))).toEqual(['B']);
    const all = new Date(Date.now() - 3_600_000).toISOString();
    expect(ordersOf(till.send('payment/list', { since: all })).toSorted()).toEqual(['A', 'B']);
  });
});

describe('the terminal’s own commands', () => {
  test('diagnose tells what support asks for first', async ({ world }) => {
    const till = await world.boot();
    expect(till.reply(till.send('terminal/diagnose'))).toMatchObject({
      ok: true,
      result: {
        software: { name: 'beacon-terminal', version: '1.2.3' },
        phase: 'idle',
        openOrders: 0,
        outboxLength: 0,
        clockTrusted: true,
      },
    });
  });

  test('identify lights up for its time, a second one does not end early', async ({ world }) => {
    const till = await world.boot();
    till.send('terminal/identify', { seconds: 2 });
    await world.run(1_500);
    till.send('terminal/identify', { seconds: 2 });
    await world.run(1_000);
    expect(till.views.at(-1)?.identifying).toBe(true);
    await world.run(1_100);
    expect(till.views.at(-1)?.identifying).toBe(false);
  });

  test('telemetry goes out once a minute', async ({ world }) => {
    const till = await world.boot();
    await world.run(180_000);
    expect(till.link.telemetry).toHaveLength(3);
    expect(till.link.telemetry[0]).toMatchObject({ bootId: 'boot-1', openOrders: 0 });
  });
});

describe('another terminal under this id (rule 11)', () => {
  test('a live foreign bootId is the fault duplicate-terminal, cleared when it is gone', async ({
    world,
  }) => {
    const till = await world.boot();
    till.link.handlers().onForeignState('boot-of-another');
    till.link.handlers().onForeignState('boot-of-another');
    expect(till.state().faults).toEqual(['duplicate-terminal']);
    expect(till.faults()).toEqual(['duplicate-terminal']);
    await world.run(50_000);
    till.link.handlers().onForeignState('boot-of-another');
    await world.run(50_000);
    expect(till.state().faults).toEqual(['duplicate-terminal']);
    await world.run(11_000);
    expect(till.state().faults).toEqual([]);
    expect(till.events('fault').at(-1)).toMatchObject({
      code: 'duplicate-terminal',
      cleared: true,
    });
  });
});
