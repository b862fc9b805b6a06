import { describe, expect } from 'vitest';
import type { Trouble } from './fake-platform.ts';
import { soon } from './till.ts';
import { test } from './world.ts';

describe('ok:false is a promise (rule 1)', () => {
  test('the answer to a start goes out when MobilePay has answered', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { answerAfterMs: 1_500 });
    const id = till.start('A');
    await world.run(1_450);
    expect(till.replies(id)).toEqual([]);
    await world.run(60);
    expect(till.reply(id)).toMatchObject({
      ok: true,
      result: {
        orderId: 'A',
        outcome: 'pending',
        platformStatus: 'Initiated',
        deadline: expect.any(String),
      },
    });
  });

  test('a start of which no byte left is unreachable, and the journal says that nothing exists', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', 'unsent', 'unsent', 'unsent');
    const error = await till.error(till.start('A'));
    expect(error).toMatchObject({
      code: 'unreachable',
      retryable: false,
      payment: { outcome: 'declined', reason: 'not-created', platformStatus: null },
    });
    expect(till.state().phase).toBe('idle');
    await world.run(700_000);
    expect(world.requests('create')).toEqual([]);
    expect(world.requests('find')).toEqual([]);
  });

  for (const [what, troubles] of [
    ['the first attempt left', ['lost-request', 'unsent', 'unsent']],
    ['the last attempt left', ['unsent', 'unsent', 'lost-request']],
    ['a gateway answered 500', [{ status: 500 }, 'unsent', 'unsent']],
    ['a captive portal answered', [{ status: 200 }]],
    ['a proxy answered 403 without a code', [{ status: 403 }]],
    ['a proxy answered 404 without a code', [{ status: 404 }]],
    ['it is asked to wait', [{ status: 429, retryAfterMs: 20_000 }]],
    ['an old attempt is followed by a coded no', ['lost-request', { refuse: '1000' }]],
  ] as const satisfies readonly (readonly [string, readonly Trouble[]])[]) {
    test(`a start is not refused when ${what}: unknown within 9 s`, async ({ world }) => {
      const till = await world.boot();
      world.network.next('create', ...troubles);
      world.network.always('create', 'lost-request');
      world.network.always('find', 'lost-request');
      const sentAt = Date.now();
      const id = till.start('A');
      expect(await till.snapshot(id)).toMatchObject({ outcome: 'unknown', platformStatus: null });
      expect(Date.now() - sentAt).toBeLessThanOrEqual(9_000);
      expect(till.state()).toMatchObject({ phase: 'paying', payment: { outcome: 'unknown' } });
    });
  }

  test('an unknown start is told by events once MobilePay is heard again', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', 'lost-answer', 'lost-request', 'lost-request');
    world.network.always('find', 'lost-request');
    expect((await till.snapshot(till.start('A'))).outcome).toBe('unknown');
    world.network.always('find', 'fine');
    await world.until(() => till.outcomes('A').at(-1) === 'pending', 31_000);
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('a proven no is rejected, with what MobilePay said', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { refuse: '1000' });
    const error = await till.error(till.start('A'));
    expect(error).toMatchObject({
      code: 'rejected',
      message: expect.stringMatching(/refused it with code 1000: there is no such point of sale/),
      mobilePay: { status: 409, code: '1000', correlationId: 'correlation-1000' },
      payment: { outcome: 'declined', reason: 'not-created', intent: null },
    });
    expect(till.state().phase).toBe('idle');
    expect(till.last('A').outcome).toBe('declined');
    await world.run(700_000);
    expect(world.requests('create')).toHaveLength(1);
  });

  test('the panel gets what the cashier is told about a no', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { refuse: '1204' });
    await till.error(till.start('A'));
    expect(till.views.at(-1)?.payment).toMatchObject({
      outcome: 'declined',
      reason: 'not-created',
      refusal: { da: 'Butik ikke aktiveret', fi: 'Kauppa ei käytössä', en: 'Store not activated' },
    });
    await till.snapshot(till.start('B'));
    expect(till.views.at(-1)?.payment).toMatchObject({ orderId: 'B', refusal: null });
  });

  for (const [what, troubles] of [
    ['nothing left', ['unsent', 'unsent', 'unsent']],
    ['the PoS is busy with what cannot be moved', Array(4).fill({ refuse: '1301' })],
    ['MobilePay knows no such PoS', [{ refuse: '1000' }]],
    ['the amount is refused', [{ refuse: '1102' }]],
    ['the store is not activated', [{ refuse: '1204' }]],
    ['another payment is undecided here', []],
  ] as const satisfies readonly (readonly [string, readonly Trouble[]])[]) {
    test(`retryable tells whether the same wish can succeed later, when ${what}`, async ({
      world,
    }) => {
      const till = await world.boot();
      if (troubles.length === 0) await till.snapshot(till.start('other'));
      world.network.next('create', ...troubles);
      const { retryable } = await till.error(till.start('A'));
      if (troubles.length === 0) await till.snapshot(till.cancel('other'));
      await world.run(700_000);
      const again = await till.answer(till.start('A'));
      expect(retryable).toBe(again.ok);
      if (!again.ok) expect(again.error.code).toBe('duplicate-order');
    });
  }

  test('MobilePay’s no to an amount is amount-not-allowed', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { refuse: '1102' });
    expect(await till.error(till.start('A'))).toMatchObject({
      code: 'amount-not-allowed',
      mobilePay: { status: 400, code: '1102' },
    });
  });

  test('a start whose order is cancelled meanwhile is ok:true and declined', async ({ world }) => {
    const till = await world.boot();
    world.network.next('create', { answerAfterMs: 1_900 });
    const start = till.start('A');
    await world.run(100);
    const cancel = till.cancel('A');
    expect(await till.snapshot(start)).toMatchObject({
      outcome: 'declined',
      reason: 'by-register',
      intent: 'cancel',
    });
    expect(await till.snapshot(cancel)).toMatchObject({ outcome: 'declined' });
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
    expect(till.outcomes('A')).toEqual(['declined']);
  });

  test('a capture without an answer is ok:true with the intent set', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    world.network.always('capture', 'lost-request');
    const id = till.capture('A');
    expect(await till.snapshot(id)).toMatchObject({
      outcome: 'approved',
      intent: 'capture',
      platformStatus: 'Reserved',
    });
  });

  test('a cancel without an answer is ok:true with the intent set', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.network.always('cancel', 'lost-request');
    expect(await till.snapshot(till.cancel('A'))).toMatchObject({
      outcome: 'declined',
      intent: 'cancel',
      reason: 'by-register',
    });
    expect(till.state().phase).toBe('cancelled');
  });

  test('a capture that MobilePay refuses for its amount is refused, and the money stays held', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    world.network.next('capture', { refuse: '1305' });
    expect(await till.error(till.capture('A'))).toMatchObject({
      code: 'amount-not-allowed',
      mobilePay: { code: '1305' },
      payment: { intent: null, platformStatus: 'Reserved', outcome: 'approved' },
    });
    await world.run(10_000);
    expect(world.requests('capture')).toHaveLength(1);
    expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
  });

  test('a PUBACK is withheld while the command cannot be journalled', async ({ world }) => {
    world.allow('log-errors');
    const till = await world.boot();
    till.journal.failWith('disk-full');
    expect(() =>
      till.sendRaw('payment/start', {
        id: 'c-full',
        orderId: 'A',
        amount: { currency: 'DKK', value: 1 },
        expiresAt: soon(),
      }),
    ).toThrow('disk-full');
    expect(till.replies('c-full')).toEqual([]);
    expect(world.requests('create')).toEqual([]);
  });
});

describe('an orderId is started once (rule 4)', () => {
  test('again under a new id it is duplicate-order, with the payment, while it is open', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect(await till.error(till.start('A'))).toMatchObject({
      code: 'duplicate-order',
      field: 'orderId',
      payment: { orderId: 'A', outcome: 'pending' },
    });
  });

  test('and for ever: after it is paid, and after a restart', async ({ world }) => {
    const before = await world.boot();
    await before.snapshot(before.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => before.last('A').platformStatus === 'Captured');
    expect((await before.error(before.start('A'))).code).toBe('duplicate-order');
    await before.stop();
    const till = await world.boot();
    expect(await till.error(till.start('A'))).toMatchObject({
      code: 'duplicate-order',
      payment: { outcome: 'approved', platformStatus: 'Captured' },
    });
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('what was refused before a create could leave leaves the orderId free', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.error(till.start('A', { amount: { currency: 'DKK', value: 0 } }));
    await till.error(till.start('A', { expiresAt: soon(-1) }));
    await till.snapshot(till.start('other'));
    expect((await till.error(till.start('A'))).code).toBe('busy');
    till.cancel('other');
    await world.until(() => till.state().phase === 'idle');
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
  });

  for (const [what, troubles] of [
    ['MobilePay said no', [{ refuse: '1000' }]],
    ['no byte left', ['unsent', 'unsent', 'unsent']],
  ] as const satisfies readonly (readonly [string, readonly Trouble[]])[]) {
    test(`an orderId is used up once a create could leave, though ${what}`, async ({ world }) => {
      const till = await world.boot();
      world.network.next('create', ...troubles);
      await till.error(till.start('A'));
      expect(await till.error(till.start('A'))).toMatchObject({
        code: 'duplicate-order',
        payment: { outcome: 'declined' },
      });
    });
  }

  test('a cancel for an order nobody knows is unknown-order; its late start is wrong-state', async ({
    world,
  }) => {
    const before = await world.boot();
    expect(await before.error(before.cancel('ghost'))).toMatchObject({
      code: 'unknown-order',
      field: 'orderId',
      payment: null,
    });
    await world.run(10);
    expect(before.told('ghost')).toEqual([]);
    expect(before.state().payment).toBeNull();
    expect(await before.error(before.start('ghost'))).toMatchObject({
      code: 'wrong-state',
      payment: null,
    });
    before.crash();
    const till = await world.boot();
    expect(await till.error(till.start('ghost'))).toMatchObject({
      code: 'wrong-state',
      payment: null,
    });
    expect((await till.error(till.cancel('ghost'))).code).toBe('unknown-order');
    expect((await till.error(till.get('ghost'))).code).toBe('unknown-order');
    expect(world.requests('create')).toEqual([]);
  });

  test('a mistyped cancel does not take the place of the payment in hand', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'idle');
    await till.error(till.cancel('ghost'));
    await world.run(10);
    expect(till.state().payment).toMatchObject({ orderId: 'A', outcome: 'approved' });
    expect(till.views.at(-1)?.payment).toMatchObject({ orderId: 'A', outcome: 'approved' });
  });

  test('a start that overtakes the look-up of its cancel is cancelled, not barred', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('find', { answerAfterMs: 400 });
    const cancel = till.cancel('A');
    await world.run(100);
    const start = till.start('A');
    expect((await till.snapshot(start)).orderId).toBe('A');
    expect((await till.snapshot(cancel)).outcome).toBe('declined');
    expect(world.mobilePay.of('A').status).toBe('CancelledByClient');
  });

  test('when MobilePay cannot be asked, a cancel is ok:true, unknown, and looked up later', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('find', 'lost-request');
    expect(await till.snapshot(till.cancel('other-till'))).toMatchObject({
      outcome: 'unknown',
      intent: 'cancel',
    });
    world.mobilePay.hold({ orderId: 'other-till' });
    world.network.always('find', 'fine');
    await world.until(() => world.mobilePay.of('other-till').status === 'CancelledByClient');
    expect(till.last('other-till')).toMatchObject({ outcome: 'declined', reason: 'by-register' });
  });

  test('an order that is looked up later and not there is declined, and used up', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('find', 'lost-request');
    await till.snapshot(till.cancel('never'));
    world.network.always('find', 'fine');
    await world.until(() => till.outcomes('never').at(-1) === 'declined');
    expect((await till.error(till.start('never'))).code).toBe('duplicate-order');
  });

  test('another till’s captured payment of the same number does not keep it open', async ({
    world,
  }) => {
    world.allow('capture-elsewhere');
    const till = await world.boot();
    const neighbour = { posId: 'pos-of-the-neighbour', foreign: true } as const;
    world.mobilePay.hold({ orderId: 'never', status: 'Reserved', ...neighbour });
    world.mobilePay.captureElsewhere('never');
    world.network.always('find', 'lost-request');
    await till.snapshot(till.cancel('never'));
    world.network.always('find', 'fine');
    await world.until(() => till.outcomes('never').at(-1) === 'declined');
    expect(till.journal.openOrders()).toEqual([]);
  });

  test('an order that is looked up later and already captured is told approved', async ({
    world,
  }) => {
    world.allow('capture-elsewhere');
    const till = await world.boot();
    const neighbour = { posId: 'pos-of-the-neighbour', foreign: true } as const;
    for (const place of [{}, neighbour]) {
      world.mobilePay.hold({ orderId: 'paid', status: 'Reserved', ...place });
      world.mobilePay.captureElsewhere('paid');
    }
    world.network.always('find', 'lost-request');
    expect((await till.snapshot(till.cancel('paid'))).outcome).toBe('unknown');
    world.network.always('find', 'fine');
    await world.run(40_000);
    expect(till.last('paid')).toMatchObject({ outcome: 'approved', platformStatus: 'Captured' });
  });
});

describe('busy only while an order is undecided (rule 9)', () => {
  test('a second start is busy while the customer decides', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect(await till.error(till.start('B'))).toMatchObject({
      code: 'busy',
      retryable: true,
      payment: { orderId: 'A', outcome: 'pending' },
    });
  });

  test('a second start is busy while the first is unknown', async ({ world }) => {
    const till = await world.boot();
    world.network.always('create', 'lost-request');
    till.start('A');
    await world.run(1_000);
    expect(await till.error(till.start('B'))).toMatchObject({
      code: 'busy',
      payment: { orderId: 'A', outcome: 'unknown' },
    });
  });

  test('a start is accepted in approved, and both payments go on', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    expect(till.state()).toMatchObject({ phase: 'paying', payment: { orderId: 'B' } });
    expect((await till.snapshot(till.capture('A'))).platformStatus).toBe('Captured');
    expect(till.state()).toMatchObject({ phase: 'paying', payment: { orderId: 'B' } });
    world.mobilePay.accept('B');
    await world.until(() => till.state().phase === 'idle');
    expect(world.mobilePay.of('B').status).toBe('Captured');
  });

  test('a start is accepted in cancelled, while the cancel is not confirmed', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    world.network.always('cancel', 'lost-request');
    await till.snapshot(till.cancel('A'));
    expect(till.state().phase).toBe('cancelled');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
    world.network.always('cancel', 'fine');
    await world.until(() => world.mobilePay.of('A').status === 'CancelledByClient', 31_000);
    expect(till.state()).toMatchObject({ phase: 'paying', payment: { orderId: 'B' } });
  });

  test('a start is accepted while a cancelled create is still being looked for', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('create', 'lost-request');
    till.start('A');
    await world.run(1_000);
    expect((await till.snapshot(till.cancel('A'))).outcome).toBe('declined');
    expect(till.state().phase).toBe('cancelled');
    world.network.always('create', 'fine');
    expect((await till.snapshot(till.start('B'))).outcome).toBe('pending');
  });

  test('restart says busy while a payment is undecided, and answers before it restarts', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect(await till.error(till.send('terminal/restart'))).toMatchObject({
      code: 'busy',
      payment: { orderId: 'A' },
    });
    expect(till.restarts).toEqual([]);
    till.cancel('A');
    await world.until(() => till.state().phase === 'idle');
    const id = till.send('terminal/restart');
    expect(till.reply(id).ok).toBe(true);
    expect(till.restarts).toEqual(['asked']);
  });
});
