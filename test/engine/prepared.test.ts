import { describe, expect } from 'vitest';
import { asked, dkk, HOUR_MS, paired, prepared, untilTold } from './prepared-sale.ts';
import { price, soon } from './till.ts';
import { test } from './world.ts';

describe('a prepared sale', () => {
  test('prepare, check-in, ready, accept: told at each step, captured by itself', async ({
    world,
  }) => {
    const till = await world.boot();
    const first = await till.snapshot(till.prepare('A'));
    expect(first).toMatchObject({
      outcome: 'pending',
      platformStatus: 'Prepared',
      amount: null,
      plannedCaptureDelay: null,
    });
    expect(till.state()).toMatchObject({ phase: 'paying', payment: { amount: null } });
    world.mobilePay.checkIn('A');
    await untilTold(world, till, 'Paired');
    expect(till.views.at(-1)?.payment).toMatchObject({ amount: null, awaitsAmount: true });
    const ready = await till.snapshot(till.ready('A'));
    expect(till.views.at(-1)?.payment).toMatchObject({ atCustomer: true, awaitsAmount: false });
    expect(ready).toMatchObject({
      outcome: 'pending',
      platformStatus: 'IssuedToUser',
      amount: price,
      plannedCaptureDelay: 'None',
    });
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    expect(till.told('A').map(({ platformStatus }) => platformStatus)).toEqual([
      'Prepared',
      'Paired',
      'IssuedToUser',
      'Reserved',
      'Captured',
    ]);
    expect(till.outcomes('A')).toEqual(['pending', 'approved']);
    expect(world.mobilePay.of('A').capturedAmount).toEqual(price);
  });

  test('ready before the check-in: Initiated, then as any other', async ({ world }) => {
    const till = await prepared(world);
    expect((await till.snapshot(till.ready('A'))).platformStatus).toBe('Initiated');
    world.mobilePay.checkIn('A');
    await untilTold(world, till, 'IssuedToUser');
    world.mobilePay.accept('A');
    await untilTold(world, till, 'Captured');
  });

  test('a customer who is there already is told at once', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.arrive();
    await till.snapshot(till.prepare('A'));
    await world.run(50);
    expect(till.last('A').platformStatus).toBe('Paired');
  });

  test('without automatic capture it waits for the register, who may take a part', async ({
    world,
  }) => {
    const till = await asked(world, { autoCapture: false });
    world.mobilePay.accept('A');
    await untilTold(world, till, 'Reserved');
    expect(till.last('A')).toMatchObject({ intent: null, partialCapturePossible: true });
    const captured = await till.snapshot(till.capture('A', { amount: dkk(700) }));
    expect(captured).toMatchObject({ amount: price, capturedAmount: dkk(700) });
  });
});

describe('who the customer is', () => {
  test('reaches the register as soon as it is known, and is asked for again until then', async ({
    world,
  }) => {
    const till = await paired(world);
    world.mobilePay.know('A', { customerToken: 'token-1' });
    await world.until(() => till.last('A').customerToken === 'token-1');
    expect(till.last('A')).toMatchObject({ loyaltyIds: null, customerReceiptToken: null });
    const polls = world.requests('get').length;
    await world.run(5_000);
    expect(world.requests('get').length - polls).toBeGreaterThanOrEqual(4);
    world.mobilePay.know('A', { loyaltyIds: ['club-1'], customerReceiptToken: 'receipt-1' });
    await world.until(() => till.last('A').loyaltyIds !== null);
    expect(till.last('A')).toMatchObject({
      platformStatus: 'Paired',
      loyaltyIds: ['club-1'],
      customerToken: 'token-1',
      customerReceiptToken: 'receipt-1',
    });
  });

  test('a customer without loyalty ids is told as having none, which is not unknown', async ({
    world,
  }) => {
    const till = await paired(world);
    world.mobilePay.know('A', { loyaltyIds: [], customerReceiptToken: '' });
    await world.until(() => till.last('A').loyaltyIds !== null);
    expect(till.last('A')).toMatchObject({ loyaltyIds: [], customerReceiptToken: '' });
    const reply = await till.snapshot(till.ready('A'));
    expect(reply.loyaltyIds).toEqual([]);
  });

  test('is in no retained message', async ({ world }) => {
    const till = await paired(world);
    world.mobilePay.know('A', { loyaltyIds: ['club-1'], customerToken: 'token-1' });
    await world.until(() => till.last('A').loyaltyIds !== null);
    expect(JSON.stringify(till.state())).not.toMatch(/club-1|token-1/);
    expect(JSON.stringify(till.link.info())).not.toMatch(/club-1|token-1/);
  });

  test('is still known after a restart', async ({ world }) => {
    const before = await paired(world);
    world.mobilePay.know('A', { loyaltyIds: ['club-1'] });
    await world.until(() => before.last('A').loyaltyIds !== null);
    before.crash();
    const till = await world.boot();
    expect((await till.snapshot(till.get('A'))).loyaltyIds).toEqual(['club-1']);
  });
});

describe('what leaves for MobilePay', () => {
  test('the preparation: place and order alone, under a journalled key', async ({ world }) => {
    await prepared(world);
    const [request] = world.requests('prepare');
    expect(request?.body).toBe('{"posId":"pos-1","orderId":"A"}');
    const began = world.trace.findIndex(
      (entry) => entry.kind === 'request' && entry.request === request,
    );
    const journalled = world.trace
      .slice(0, began)
      .flatMap((entry) => (entry.kind === 'commit' ? (entry.batch.events ?? []) : []))
      .find(({ event }) => event.type === 'preparationStarted')?.event;
    expect(journalled).toMatchObject({
      orderId: 'A',
      body: request?.body,
      idempotencyKey: request?.idempotencyKey,
      deadline: (request?.atMs ?? 0) + HOUR_MS,
    });
  });

  test('the ready: exactly the journalled bytes, with all of its options', async ({ world }) => {
    const till = await paired(world);
    await till.snapshot(
      till.ready('A', {
        amount: dkk(1205),
        plannedCaptureDelay: 'LessThan14Days',
        restrictions: { debitCardDisallowed: false, creditCardDisallowed: true },
        label: 'Bord 7',
        autoCapture: false,
        customerTimeoutSeconds: 60,
      }),
    );
    const [request] = world.requests('ready');
    expect(request?.body).toBe(
      '{"amount":12.05,"currencyCode":"DKK","plannedCaptureDelay":"LessThan14Days",' +
        '"restrictions":{"debitCardDisallowed":false,"creditCardDisallowed":true},' +
        '"merchantPaymentLabel":"Bord 7"}',
    );
    const began = world.trace.findIndex(
      (entry) => entry.kind === 'request' && entry.request === request,
    );
    const journalled = world.trace
      .slice(0, began)
      .flatMap((entry) => (entry.kind === 'commit' ? (entry.batch.events ?? []) : []))
      .find(({ event }) => event.type === 'readied')?.event;
    expect(journalled).toMatchObject({ body: request?.body, amount: dkk(1205) });
    expect(till.last('A')).toMatchObject({
      plannedCaptureDelay: 'LessThan14Days',
      deadline: new Date((request?.atMs ?? 0) + 60_000).toISOString(),
    });
  });
});

describe('a ready is taken once', () => {
  test('again with the same terms: the same payment, and nothing more is sent', async ({
    world,
  }) => {
    const till = await asked(world);
    const again = await till.snapshot(till.ready('A', { expiresAt: soon(30_000) }));
    expect(again).toMatchObject({ platformStatus: 'IssuedToUser', amount: price });
    expect(world.requests('ready')).toHaveLength(1);
    world.mobilePay.accept('A');
    await untilTold(world, till, 'Captured');
    expect((await till.snapshot(till.ready('A'))).platformStatus).toBe('Captured');
    expect(world.requests('ready')).toHaveLength(1);
  });

  for (const [what, more] of [
    ['amount', { amount: dkk(700) }],
    ['capture', { autoCapture: false }],
    ['label', { label: 'Bord 7' }],
    ['time for the customer', { customerTimeoutSeconds: 5 }],
  ] as const) {
    test(`again with another ${what}: wrong-state, with the payment as it is`, async ({
      world,
    }) => {
      const till = await asked(world);
      expect(await till.error(till.ready('A', more))).toMatchObject({
        code: 'wrong-state',
        payment: { platformStatus: 'IssuedToUser', amount: price },
      });
      expect(world.requests('ready')).toHaveLength(1);
    });
  }

  test('two at once, of the same terms, are both answered by the one that is sent', async ({
    world,
  }) => {
    const till = await paired(world);
    const ids = [till.ready('A'), till.ready('A')];
    for (const id of ids) expect((await till.snapshot(id)).platformStatus).toBe('IssuedToUser');
    expect(world.requests('ready')).toHaveLength(1);
  });

  test('of an order that nobody knows is unknown-order', async ({ world }) => {
    const till = await world.boot();
    expect((await till.error(till.ready('ghost'))).code).toBe('unknown-order');
  });

  test('of a payment that was started with its amount is wrong-state', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect((await till.error(till.ready('A'))).code).toBe('wrong-state');
    expect(world.requests('ready')).toEqual([]);
  });

  test('of another currency is refused, and the payment waits on', async ({ world }) => {
    const till = await paired(world);
    const error = await till.error(till.ready('A', { amount: { currency: 'EUR', value: 1 } }));
    expect(error).toMatchObject({ code: 'invalid-request', field: 'amount.currency' });
    expect((await till.snapshot(till.ready('A'))).platformStatus).toBe('IssuedToUser');
  });

  test('of a prepared payment that the journal lacks is looked up, adopted and asked', async ({
    world,
  }) => {
    const till = await world.boot();
    world.mobilePay.hold({ orderId: 'A', status: 'Prepared', amount: null });
    const ready = await till.snapshot(till.ready('A'));
    expect(ready).toMatchObject({ platformStatus: 'Initiated', amount: price });
    world.mobilePay.accept('A');
    await untilTold(world, till, 'Captured');
  });
});
