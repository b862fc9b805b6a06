import { describe, expect } from 'vitest';
import { price, soon } from './till.ts';
import { test } from './world.ts';

/** A start that nothing is wrong with, to be spoilt in one place. */
const good = (more: Record<string, unknown> = {}) => ({
  id: 'c-good',
  orderId: 'A',
  amount: price,
  expiresAt: soon(),
  ...more,
});

describe('order of checks (rule 2)', () => {
  test('a retained command is refused before anything else, and not remembered', async ({
    world,
  }) => {
    const till = await world.boot();
    till.sendRaw('payment/start', good({ amuont: 1 }), { retained: true });
    expect((await till.error('c-good')).code).toBe('retained');
    till.sendRaw('payment/start', good());
    await world.run(50);
    expect(till.replies('c-good').map(({ ok }) => ok)).toEqual([false, true]);
  });

  for (const [what, payload] of [
    ['not JSON', '{"id":"x"'],
    ['not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['empty', ''],
    ['not an object', '"id"'],
    ['an array', '[{"id":"x"}]'],
    ['without an id', '{"orderId":"A"}'],
    ['with a number for an id', '{"id":7}'],
    ['with an empty id', '{"id":""}'],
    ['with an id of 65 characters', JSON.stringify({ id: 'x'.repeat(65) })],
    ['with an id that is not ASCII', '{"id":"kø"}'],
    ['with a line break in its id', '{"id":"a\\nb"}'],
  ] as const) {
    test(`a payload that is ${what} is answered without an id, and journals nothing`, async ({
      world,
    }) => {
      const till = await world.boot();
      const commits = till.commits().length;
      till.sendRaw('payment/start', payload);
      const [reply] = world.trace.flatMap((entry) => (entry.kind === 'reply' ? [entry.reply] : []));
      expect(reply).toMatchObject({ id: null, ok: false, error: { code: 'invalid-request' } });
      expect(till.commits().length).toBe(commits);
    });
  }

  test('a payload nested ten thousand deep is answered, not thrown back at the broker', async ({
    world,
  }) => {
    const till = await world.boot();
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    till.sendRaw('payment/get', `{"id":"deep","orderId":${deep}}`);
    expect((await till.error('deep')).code).toBe('invalid-request');
  });

  test('a known id is answered before schema and expiry are looked at', async ({ world }) => {
    const till = await world.boot();
    const payload = good();
    till.sendRaw('payment/start', payload);
    await till.snapshot('c-good');
    await world.run(120_000);
    till.sendRaw('payment/start', payload);
    expect(till.replies('c-good')).toHaveLength(2);
    expect(till.replies('c-good')[1]).toEqual(till.replies('c-good')[0]);
    expect(world.requests('create')).toHaveLength(1);
  });

  test('name and payload are compared as JSON: the order of members does not matter', async ({
    world,
  }) => {
    const till = await world.boot();
    const payload = good();
    till.sendRaw('payment/start', payload);
    await till.snapshot('c-good');
    till.sendRaw('payment/start', Object.fromEntries(Object.entries(payload).reverse()));
    expect(till.replies('c-good')).toHaveLength(2);
    expect(till.replies('c-good')[1]?.ok).toBe(true);
  });

  test('the same id with another payload is refused, the first answer stands', async ({
    world,
  }) => {
    const till = await world.boot();
    const payload = good();
    till.sendRaw('payment/start', payload);
    await till.snapshot('c-good');
    for (const [name, other] of [
      ['payment/start', { ...payload, orderId: 'B' }],
      ['payment/start', { ...payload, expiresAt: soon(61_000) }],
      ['payment/ready', payload],
      ['payment/start', { id: 'c-good' }],
    ] as const) {
      till.sendRaw(name, other);
      expect(till.reply('c-good')).toMatchObject({
        ok: false,
        error: { code: 'invalid-request', field: 'id' },
      });
    }
    till.sendRaw('payment/start', payload);
    expect(till.reply('c-good').ok).toBe(true);
    expect(world.mobilePay.payments).toHaveLength(1);
  });

  test('schema comes before expiry: a misspelt member of a stale command is named', async ({
    world,
  }) => {
    const till = await world.boot();
    const error = await till.error(till.start('A', { expiresAt: soon(-1), autocapture: false }));
    expect(error).toMatchObject({ code: 'invalid-request', field: 'autocapture' });
  });

  test('expiry comes before state: a stale start is expired, not busy', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    expect((await till.error(till.start('B', { expiresAt: soon(-1) }))).code).toBe('expired');
    expect((await till.error(till.start('A', { expiresAt: soon(-1) }))).code).toBe('expired');
  });

  test('refusals are remembered: the repeat of a busy start stays busy when it could go', async ({
    world,
  }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    const payload = good({ orderId: 'B' });
    till.sendRaw('payment/start', payload);
    expect((await till.error('c-good')).code).toBe('busy');
    till.cancel('A');
    await world.until(() => till.state().phase === 'idle');
    till.sendRaw('payment/start', payload);
    expect((await till.error('c-good')).code).toBe('busy');
    expect(world.requests('create')).toHaveLength(1);
  });

  test('an id that named a misspelt command is used up: the corrected one takes a new id', async ({
    world,
  }) => {
    const till = await world.boot();
    till.sendRaw('payment/start', good({ autocapture: false }));
    expect((await till.error('c-good')).field).toBe('autocapture');
    till.sendRaw('payment/start', good());
    await world.run(50);
    expect(till.reply('c-good')).toMatchObject({ ok: false, error: { field: 'id' } });
    expect(world.requests('create')).toEqual([]);
  });

  test('answers outlive the plug: a repeat after a restart gets what was said before', async ({
    world,
  }) => {
    const before = await world.boot();
    const refused = good({ id: 'c-refused', amount: { currency: 'DKK', value: 0 } });
    const taken = good();
    before.sendRaw('payment/start', refused);
    before.sendRaw('payment/start', taken);
    await before.snapshot('c-good');
    before.crash();
    const till = await world.boot();
    till.sendRaw('payment/start', refused);
    till.sendRaw('payment/start', taken);
    expect(till.reply('c-refused')).toEqual(before.reply('c-refused'));
    expect(till.reply('c-good')).toEqual(before.reply('c-good'));
    expect(world.requests('create')).toHaveLength(1);
  });

  test('a repeat that comes before the answer gets it when it is there, each address once', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.next('create', { answerAfterMs: 1_000 });
    const payload = good();
    const first = { topic: 'answers/1', correlationData: 'AQ==' };
    const second = { topic: 'answers/2', correlationData: 'Ag==' };
    till.sendRaw('payment/start', payload, { replyTo: first });
    await world.run(100);
    till.sendRaw('payment/start', payload, { replyTo: second });
    till.sendRaw('payment/start', payload, { replyTo: second });
    till.sendRaw('payment/start', payload, { replyTo: first });
    expect(till.replies('c-good')).toEqual([]);
    await world.run(1_000);
    const addresses = world.trace.flatMap((entry) =>
      entry.kind === 'reply' ? [entry.address.topic] : [],
    );
    expect(addresses.sort()).toEqual(['answers/1', 'answers/2']);
  });

  test('an unknown command is refused and remembered', async ({ world }) => {
    const till = await world.boot();
    const id = till.send('payment/strat', { orderId: 'A' });
    expect((await till.error(id)).code).toBe('not-supported');
    till.send('payment/strat', { orderId: 'A', id });
    expect(till.replies(id)).toHaveLength(2);
  });
});

describe('expiresAt (rule 3)', () => {
  for (const [what, expiresAt, code] of [
    ['missing', undefined, 'invalid-request'],
    ['not a time', 'tomorrow', 'invalid-request'],
    ['a number', 1_772_000_000, 'invalid-request'],
    ['past', () => soon(-1), 'expired'],
    ['now', () => soon(0), 'expired'],
    ['more than an hour ahead', () => soon(3_600_001), 'invalid-request'],
  ] as const) {
    test(`a start whose expiresAt is ${what} begins nothing and names the field`, async ({
      world,
    }) => {
      const till = await world.boot();
      const given = typeof expiresAt === 'function' ? expiresAt() : expiresAt;
      const error = await till.error(till.start('A', { expiresAt: given }));
      expect(error).toMatchObject({ code, field: 'expiresAt' });
      await world.run(1_000);
      expect(world.requests('create')).toEqual([]);
    });
  }

  test('an hour ahead, written with an offset, is fine', async ({ world }) => {
    const till = await world.boot();
    const local = new Date(Date.now() + 3_600_000 + 7_200_000).toISOString().replace('Z', '+02:00');
    expect((await till.snapshot(till.start('A', { expiresAt: local }))).outcome).toBe('pending');
  });

  test('a stale capture is expired and begins nothing', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A', { autoCapture: false }));
    world.mobilePay.accept('A');
    await world.until(() => till.state().phase === 'approved');
    const error = await till.error(till.capture('A', { expiresAt: soon(-1) }));
    expect(error).toMatchObject({ code: 'expired', field: 'expiresAt' });
    expect((await till.error(till.send('payment/capture', { orderId: 'A' }))).field).toBe(
      'expiresAt',
    );
    await world.run(1_000);
    expect(world.requests('capture')).toEqual([]);
  });

  test('it is ignored on cancel, which is never too late to be heard', async ({ world }) => {
    const till = await world.boot();
    await till.snapshot(till.start('A'));
    const id = till.send('payment/cancel', { orderId: 'A', expiresAt: soon(-86_400_000) });
    expect((await till.snapshot(id)).outcome).toBe('declined');
  });

  test('the customer has customerTimeoutSeconds, counted from the start', async ({ world }) => {
    const till = await world.boot();
    const snapshot = await till.snapshot(
      till.start('A', { customerTimeoutSeconds: 5, expiresAt: soon(1_000) }),
    );
    const begun = world.requests('create')[0]?.atMs ?? 0;
    expect(Date.parse(snapshot.deadline ?? '')).toBe(begun + 5_000);
    await world.run(4_900);
    expect(till.last('A').outcome).toBe('pending');
    await world.run(200);
    expect(till.last('A')).toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });
  });
});

describe('what a start may say (rule 5)', () => {
  const dkk = (value: unknown) => ({ amount: { currency: 'DKK', value } });
  for (const [what, more, field] of [
    ['an amount of 0', dkk(0), 'amount.value'],
    ['a negative amount', dkk(-1), 'amount.value'],
    ['half a minor unit', dkk(12.5), 'amount.value'],
    ['an amount in a string', dkk('1250'), 'amount.value'],
    ['an amount of 100,000,000', dkk(100_000_000), 'amount.value'],
    ['no value', { amount: { currency: 'DKK' } }, 'amount.value'],
    ['a currency MobilePay lacks', { amount: { currency: 'SEK', value: 1 } }, 'amount.currency'],
    ['another currency than ours', { amount: { currency: 'EUR', value: 1 } }, 'amount.currency'],
    ['a bare number for an amount', { amount: 1250 }, 'amount'],
    ['a member too many in the amount', { amount: { ...price, minor: true } }, 'amount.minor'],
    ['a misspelt autoCapture', { autocapture: false }, 'autocapture'],
    ['an order id of 37 characters', { orderId: 'x'.repeat(37) }, 'orderId'],
    ['an empty order id', { orderId: '' }, 'orderId'],
    ['a character MobilePay refuses', { orderId: 'kvittering €' }, 'orderId'],
    ['a line break in the order id', { orderId: 'A\nB' }, 'orderId'],
    ['a label of 37 characters', { label: 'x'.repeat(37) }, 'label'],
    ['a customer time of 4 s', { customerTimeoutSeconds: 4 }, 'customerTimeoutSeconds'],
    ['a customer time of 3601 s', { customerTimeoutSeconds: 3601 }, 'customerTimeoutSeconds'],
    ['an unknown delay', { plannedCaptureDelay: 'Some' }, 'plannedCaptureDelay'],
    [
      'an unknown restriction',
      { restrictions: { cashDisallowed: true } },
      'restrictions.cashDisallowed',
    ],
  ] as const) {
    test(`${what} is refused, naming ${field}, and nothing starts`, async ({ world }) => {
      const till = await world.boot();
      const error = await till.error(till.start('A', more));
      expect(error).toMatchObject({ code: 'invalid-request', field, retryable: false });
      await world.run(1_000);
      expect(world.requests('create')).toEqual([]);
      expect(till.state().phase).toBe('idle');
    });
  }

  for (const [what, more, message] of [
    [
      'a character MobilePay refuses',
      { orderId: 'kvittering €' },
      'orderId: the character "€" (U+20AC) at place 12 is not accepted by MobilePay; replace it',
    ],
    [
      'an å made of an a and a ring',
      { orderId: 'Ba\u030adplads' },
      'orderId: the character "\u030a" (U+030A) at place 3 is not accepted by MobilePay; type the letter and its accent as one character',
    ],
    [
      'a label that is too long',
      { label: 'x'.repeat(40) },
      'label: must be at most 36 characters; it has 40',
    ],
    [
      'kroner where øre belong',
      dkk(12.5),
      'amount.value: must be a whole number of minor units from 1 to 99999999; 12.50 is 1250',
    ],
    [
      'a time without a zone',
      { expiresAt: '2025-03-01 10:00' },
      'expiresAt: must be a time in RFC 3339, for example 2025-03-01T10:00:00Z',
    ],
    [
      'half a second',
      { customerTimeoutSeconds: 5.5 },
      'customerTimeoutSeconds: must be a whole number of seconds from 5 to 3600',
    ],
  ] as const) {
    test(`${what} is refused with what is wrong and how to mend it`, async ({ world }) => {
      const till = await world.boot();
      expect((await till.error(till.start('A', more))).message).toBe(message);
    });
  }

  test('the largest amount and an order id of 36 characters are fine', async ({ world }) => {
    const till = await world.boot();
    const orderId = `${'x'.repeat(35)}ø`;
    const snapshot = await till.snapshot(till.start(orderId, dkk(99_999_999)));
    expect(snapshot.amount).toEqual({ currency: 'DKK', value: 99_999_999 });
    expect(world.mobilePay.of(orderId).amount?.value).toBe(99_999_999);
  });

  for (const [what, payload, field] of [
    ['neither open nor since', {}, 'open'],
    ['open: false', { open: false }, 'open'],
    ['a since that is no time', { since: 'yesterday' }, 'since'],
  ] as const) {
    test(`a list with ${what} is refused, naming ${field}`, async ({ world }) => {
      const till = await world.boot();
      const error = await till.error(till.send('payment/list', payload));
      expect(error).toMatchObject({ code: 'invalid-request', field });
    });
  }
});
