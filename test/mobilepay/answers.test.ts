import { describe, expect, test } from 'vitest';
import type { CallResult, PaymentPlatform } from '../../src/ports.ts';
import {
  CREATE,
  CUSTOMER_TOKEN,
  clientAndServer,
  expectKind,
  PAYMENT_ID,
  POS_ID,
  paymentBody,
  REFUND_ID,
  refundBody,
  STORE_ID,
  storeBody,
} from './harness.ts';
import type { Step } from './scripted-server.ts';
import { answer, refuse, reset } from './scripted-server.ts';

const page = '<!doctype html><html><body>Welcome to the guest network</body></html>';
const html = { 'content-type': 'text/html' };

describe('a payment', () => {
  async function seen(changes: Record<string, unknown>) {
    const { client, server } = await clientAndServer();
    server.script(answer(200, paymentBody(changes), { CorrelationId: 'c-9' }));
    return await client.getPayment(PAYMENT_ID);
  }

  test('is read in minor units, with all it says', async () => {
    const result = await seen({
      status: 'Reserved',
      amount: 10.05,
      partialCapturePossible: false,
      paymentExpiresAt: '2022-10-17T06:07:45Z',
      loyaltyIds: ['l-1'],
      customerReceiptToken: '',
      pollDelayInMs: 250,
    });
    expect(result).toEqual({
      kind: 'ok',
      priorAttemptAmbiguous: false,
      correlationId: 'c-9',
      value: {
        pollDelayMs: 250,
        value: {
          correlationId: 'c-9',
          paymentId: PAYMENT_ID,
          orderId: 'order-1',
          posId: POS_ID,
          status: 'Reserved',
          amount: { currency: 'DKK', value: 1005 },
          partialCapturePossible: false,
          expiresAt: Date.UTC(2022, 9, 17, 6, 7, 45),
          personal: {
            loyaltyIds: ['l-1'],
            customerToken: CUSTOMER_TOKEN,
            customerReceiptToken: '',
          },
        },
      },
    });
  });

  test.each([null, undefined])('may leave out what is optional (%s)', async (nothing) => {
    const result = await seen({
      status: 'Prepared',
      amount: nothing,
      currencyCode: nothing,
      customerToken: nothing,
      loyaltyIds: nothing,
      customerReceiptToken: nothing,
      paymentExpiresAt: nothing,
      partialCapturePossible: nothing,
      restrictions: nothing,
    });
    const { value } = expectKind(result, 'ok');
    expect(value.value).toMatchObject({
      amount: null,
      partialCapturePossible: null,
      expiresAt: null,
      personal: { loyaltyIds: null, customerToken: null, customerReceiptToken: null },
    });
  });

  test('may have members that nobody knows', async () => {
    expectKind(await seen({ somethingNew: { a: 1 } }), 'ok');
  });

  test.each([
    ['an unknown status', { status: 'Teleported' }, /status/],
    ['no status', { status: undefined }, /status/],
    ['too many decimals', { amount: 12.505 }, /amount/],
    ['an amount as text', { amount: '12.50' }, /amount/],
    ['an amount of nothing', { amount: 0 }, /amount/],
    ['a negative amount', { amount: -1 }, /amount/],
    ['an amount without a currency', { currencyCode: null }, /currencyCode/],
    ['a foreign currency', { currencyCode: 'SEK' }, /currencyCode/],
    ['a number for an order id', { orderId: 7 }, /orderId/],
    ['no poll delay', { pollDelayInMs: undefined }, /pollDelayInMs/],
    ['a negative poll delay', { pollDelayInMs: -1 }, /pollDelayInMs/],
    ['another payment’s id', { paymentId: 'other' }, /something else/],
    ['one loyalty id instead of a list', { loyaltyIds: 'l-1' }, /loyaltyIds/],
  ])('with %s is not believed, and the detail says why', async (_, changes, why) => {
    const result = expectKind(await seen(changes), 'unanswered');
    expect(result.status).toBe(200);
    expect(result.detail).toMatch(why);
  });
});

describe('a refund', () => {
  async function seen(changes: Record<string, unknown>) {
    const { client, server } = await clientAndServer();
    server.script(answer(200, refundBody(changes), { CorrelationId: 'c-9' }));
    return await client.getRefund(REFUND_ID);
  }

  test('is read in minor units, with all it says', async () => {
    expect(await seen({ status: 'Reserved', amount: 10.05, pollDelayInMs: 250 })).toEqual({
      kind: 'ok',
      priorAttemptAmbiguous: false,
      correlationId: 'c-9',
      value: {
        pollDelayMs: 250,
        value: {
          correlationId: 'c-9',
          refundId: REFUND_ID,
          paymentId: PAYMENT_ID,
          refundOrderId: 'refund-1',
          status: 'Reserved',
          amount: { currency: 'DKK', value: 1005 },
        },
      },
    });
  });

  test('may have members that nobody knows, and its id in capitals', async () => {
    expectKind(await seen({ somethingNew: 1, refundId: REFUND_ID.toUpperCase() }), 'ok');
  });

  test.each([
    ['an unknown status', { status: 'Paired' }, /status/],
    ['no status', { status: undefined }, /status/],
    ['too many decimals', { amount: 12.505 }, /amount/],
    ['an amount as text', { amount: '2.50' }, /amount/],
    ['an amount of nothing', { amount: 0 }, /amount/],
    ['no amount', { amount: null }, /amount/],
    ['no currency', { currencyCode: undefined }, /currencyCode/],
    ['a foreign currency', { currencyCode: 'SEK' }, /currencyCode/],
    ['no payment', { paymentId: undefined }, /paymentId/],
    ['a number for its order', { refundOrderId: 7 }, /refundOrderId/],
    ['no poll delay', { pollDelayInMs: undefined }, /pollDelayInMs/],
    ['another refund’s id', { refundId: PAYMENT_ID }, /something else/],
  ])('with %s is not believed, and the detail says why', async (_, changes, why) => {
    const result = expectKind(await seen(changes), 'unanswered');
    expect(result.status).toBe(200);
    expect(result.detail).toMatch(why);
  });
});

describe('a store', () => {
  test('is read with our names for its members', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, storeBody({ storeCity: 'Aarhus' })), answer(200, [storeBody()]));
    const store = {
      storeId: STORE_ID,
      name: 'Bageriet',
      brandId: 'POSDK12345',
      locationId: '10001',
    };
    expect(expectKind(await client.getStore(STORE_ID), 'ok').value).toEqual(store);
    expect(expectKind(await client.findStores(undefined), 'ok').value).toEqual([store]);
  });

  test.each([
    ['no name', { storeName: undefined }, /storeName/],
    ['a number for its location', { merchantLocationId: 10001 }, /merchantLocationId/],
    ['another store’s id', { storeId: POS_ID }, /something else/],
  ])('with %s is not believed', async (_, changes, why) => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, storeBody(changes)));
    expect(expectKind(await client.getStore(STORE_ID), 'unanswered').detail).toMatch(why);
  });
});

describe('a list of ids', () => {
  test.each([
    ['under another name', { ids: [] }],
    ['that is one id', { refundIds: REFUND_ID }],
    ['with a number in it', { refundIds: [7] }],
    ['that is null', { refundIds: null }],
    ['that is missing', {}],
  ])('%s is not taken for an empty one', async (_, body) => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, body));
    expectKind(await client.findRefunds(PAYMENT_ID), 'unanswered');
  });

  test('may be empty, and is then just that', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, { refundIds: [] }));
    expect(expectKind(await client.findRefunds(PAYMENT_ID), 'ok').value).toEqual([]);
  });
});

describe('an answer to a create', () => {
  const garbage: [string, Step][] = [
    ['a captive portal’s page with 200', answer(200, page, html)],
    [
      'a captive portal’s page that calls itself JSON',
      answer(200, page, { 'content-type': 'application/json' }),
    ],
    ['a captive portal’s page with 403', answer(403, page, html)],
    ['a redirect to a login', answer(302, '', { location: 'http://127.0.0.1:1/login' })],
    ['half a JSON', answer(200, '{"paymentId":"3974ea')],
    ['an empty body', answer(200, '')],
    ['204', answer(204)],
    ['a number for an id', answer(200, { paymentId: 7 })],
    ['null', answer(200, 'null')],
    ['a list', answer(200, [])],
    ['an unheard-of 2xx', answer(299, { paymentId: PAYMENT_ID })],
    ['404 without a body', answer(404)],
    ['a 4xx with a null code', answer(409, { code: null, message: null, correlationId: null })],
    ['a 4xx with a number for a code', answer(409, { code: 1301 })],
    ['a 4xx with an empty code', answer(409, { code: '' })],
    ['a 4xx with half a JSON', answer(409, '{"code":"13')],
  ];

  test.each(garbage)('such as %s proves nothing and is not asked for again', async (_, step) => {
    const { client, server, serverDates, reachability } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    serverDates.length = 0;
    reachability.length = 0;
    server.script(step, answer(200, { paymentId: PAYMENT_ID }));
    const result = expectKind(await client.createPayment(CREATE), 'unanswered');
    expect(result.detail).not.toContain('guest network');
    expect(server.seen).toHaveLength(1);
    expect(serverDates).toEqual([]);
    expect(reachability).toEqual([false]);
  });

  test('of more than a megabyte is not read to its end', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, paymentBody({ padding: 'x'.repeat(2 * 1024 * 1024) })));
    expectKind(await client.getPayment(PAYMENT_ID), 'unanswered');
  });

  test('that breaks off in the middle may be repeated', async () => {
    const { client, server } = await clientAndServer();
    server.script(
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"paymentId":', () => response.destroy());
      },
      answer(200, { paymentId: PAYMENT_ID }),
    );
    const result = expectKind(await client.createPayment(CREATE), 'ok');
    expect(result.priorAttemptAmbiguous).toBe(true);
  });
});

describe('the answer to another create', () => {
  test.each<[string, (client: PaymentPlatform) => Promise<CallResult<unknown>>, string]>([
    ['prepare', (client) => client.preparePayment(CREATE), 'refundId'],
    ['refund', (client) => client.createRefund(CREATE), 'paymentId'],
  ])('such as a %s must name what was created', async (_, make, otherMember) => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, { [otherMember]: REFUND_ID }), answer(200, ''), answer(204));
    expectKind(await make(client), 'unanswered');
    expectKind(await make(client), 'unanswered');
    expectKind(await make(client), 'unanswered');
    expect(server.seen).toHaveLength(3);
  });
});

describe('deleting a PoS', () => {
  const date = 'Mon, 17 Oct 2022 06:07:45 GMT';

  test.each([
    ['200', answer(200)],
    ['204', answer(204)],
    ['404: gone is what was wanted', answer(404, '', { date })],
    ['404 with a code', refuse(404, '1000')],
  ])('is done at %s', async (_, step) => {
    const { client, server, reachability } = await clientAndServer();
    server.script(step);
    expect(await client.deletePos(POS_ID)).toMatchObject({
      kind: 'ok',
      priorAttemptAmbiguous: false,
    });
    expect(server.seen).toHaveLength(1);
    expect(reachability.at(-1)).toBe(true);
  });

  test('is done when its repeat finds nothing any more', async () => {
    const { client, server } = await clientAndServer();
    server.script(reset, answer(404));
    expect(await client.deletePos(POS_ID)).toMatchObject({
      kind: 'ok',
      priorAttemptAmbiguous: true,
    });
  });

  test.each([
    ['a captive portal’s 404', answer(404, page, html), 'unanswered'],
    ['410', answer(410), 'unanswered'],
    ['another merchant’s PoS', refuse(403, '1409'), 'refused'],
  ] as const)('is not done at %s', async (_, step, kind) => {
    const { client, server } = await clientAndServer();
    server.script(step);
    expectKind(await client.deletePos(POS_ID), kind);
  });

  test('is the only call to which a 404 is no failure', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(404), answer(404), answer(404));
    expectKind(await client.cancelPayment(PAYMENT_ID), 'unanswered');
    expectKind(await client.cancelRefund(REFUND_ID), 'unanswered');
    expectKind(await client.getPos(POS_ID), 'unanswered');
  });
});

describe('a call whose answer has no body', () => {
  const amount = { currency: 'DKK', value: 1250 } as const;
  const calls = {
    ready: (client) => client.readyPayment(PAYMENT_ID, '{"amount":1}'),
    capture: (client) => client.capturePayment(PAYMENT_ID, amount),
    cancel: (client) => client.cancelPayment(PAYMENT_ID),
    'capture of a refund': (client) => client.captureRefund(REFUND_ID),
    'cancel of a refund': (client) => client.cancelRefund(REFUND_ID),
    'deleting a PoS': (client) => client.deletePos(POS_ID),
  } satisfies Record<string, (client: PaymentPlatform) => Promise<CallResult<void>>>;

  test.each([
    ['200', answer(200)],
    ['204', answer(204)],
    ['200 with a body nobody asked for', answer(200, { anything: 1 })],
  ])('is done at %s', async (_, step) => {
    const { client, server } = await clientAndServer();
    for (const [name, call] of Object.entries(calls)) {
      server.script(step);
      expect(await call(client), name).toMatchObject({ kind: 'ok', value: undefined });
    }
  });

  test.each([
    ['a captive portal’s page', answer(200, page, html)],
    ['a page without a type', answer(200, page)],
    ['an unheard-of 2xx', answer(299)],
    ['202', answer(202)],
    ['a redirect', answer(307, '', { location: '/elsewhere' })],
  ])('is not done at %s', async (_, step) => {
    const { client, server } = await clientAndServer();
    for (const [name, call] of Object.entries(calls)) {
      server.seen.length = 0;
      server.script(step);
      expect(await call(client), name).toMatchObject({ kind: 'unanswered' });
      expect(server.seen).toHaveLength(1);
    }
  });
});

describe('a refusal', () => {
  test('needs no more than a code', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(409, { code: '1301' }));
    const result = expectKind(await client.createPayment(CREATE), 'refused');
    expect(result.refusal).toEqual({ status: 409, code: '1301', correlationId: null });
    expect(result.message).toMatch(/another payment is active/);
  });

  test.each(['CorrelationId', 'correlationid', 'Correlation-Id', 'X-Correlation-ID'])(
    'has its correlation id from the header %s where the body has none',
    async (name) => {
      const { client, server } = await clientAndServer();
      server.script(
        answer(409, { code: '1300', message: null, correlationId: null }, { [name]: 'h-1' }),
      );
      const result = expectKind(await client.cancelPayment(PAYMENT_ID), 'refused');
      expect(result.refusal.correlationId).toBe('h-1');
    },
  );

  test.each(['correlationId', 'CorrelationId'])('has it from the body as %s', async (name) => {
    const { client, server } = await clientAndServer();
    server.script(answer(409, { code: '1300', [name]: 'b-1' }, { CorrelationId: 'h-1' }));
    const result = expectKind(await client.cancelPayment(PAYMENT_ID), 'refused');
    expect(result.refusal.correlationId).toBe('b-1');
  });

  test('of the server’s own is doubtful, and the detail says what it is', async () => {
    const { client, server } = await clientAndServer();
    const failed = answer(500, { code: '2003', message: null, correlationId: 'b-2' });
    server.script(failed, failed, failed);
    expect(await client.createPayment(CREATE)).toMatchObject({
      kind: 'unanswered',
      status: 500,
      detail: 'MobilePay answered HTTP 500, code 2003: MobilePay failed by itself',
      correlationId: 'b-2',
    });
  });

  test('shows it on other failures too', async () => {
    const { client, server } = await clientAndServer();
    server.script(answer(404, '', { 'X-Correlation-Id': 'h-2' }));
    expect(await client.cancelPayment(PAYMENT_ID)).toMatchObject({
      kind: 'unanswered',
      status: 404,
      correlationId: 'h-2',
    });
  });
});

describe('what listeners hear', () => {
  const date = 'Mon, 17 Oct 2022 06:07:45 GMT';
  const epochMs = Date.UTC(2022, 9, 17, 6, 7, 45);

  test('is the date of each answer that is understood, the token’s too', async () => {
    const { client, server, serverDates } = await clientAndServer();
    server.scriptToken(answer(200, { access_token: 'token-1', expires_in: 9 }, { date }));
    expectKind(await client.authorize(), 'ok');
    expect(serverDates).toEqual([epochMs]);
    server.script(
      answer(200, '', { date }),
      refuse(409, '1300'),
      answer(200, '', { date: 'today' }),
    );
    expectKind(await client.cancelPayment(PAYMENT_ID), 'ok');
    expect(serverDates).toEqual([epochMs, epochMs]);
    expectKind(await client.cancelPayment(PAYMENT_ID), 'refused');
    expectKind(await client.cancelPayment(PAYMENT_ID), 'ok');
    expect(serverDates).toEqual([epochMs, epochMs]);
  });

  test('is whether MobilePay answered, after every call', async () => {
    const { client, server, reachability } = await clientAndServer();
    server.script(answer(200, paymentBody()), refuse(403, '1401'), answer(500));
    await client.getPayment(PAYMENT_ID);
    await client.getPayment(PAYMENT_ID);
    await client.getPayment(PAYMENT_ID);
    expect(reachability).toEqual([true, true, true, false]);
  });

  test('may break one of them, but not the call', async () => {
    const { client, server, reachability } = await clientAndServer();
    client.onReachability(() => {
      throw new Error('a listener of the test');
    });
    server.script(answer(200, { paymentId: PAYMENT_ID }));
    expectKind(await client.createPayment(CREATE), 'ok');
    expect(reachability).toEqual([true, true]);
  });
});

describe('the log', () => {
  test('has a line for each request, and names members that nobody knows', async () => {
    const { client, server, log } = await clientAndServer();
    server.script(answer(200, paymentBody({ somethingNew: 'x' }), { CorrelationId: 'h-3' }));
    await client.getPayment(PAYMENT_ID);
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        method: 'GET',
        path: `/pos/v10/payments/${PAYMENT_ID}`,
        status: 200,
        durationMs: expect.any(Number),
        correlationId: 'h-3',
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ members: ['somethingNew'] }));
  });
});
