import { describe, expect, test } from 'vitest';
import type { PaymentPlatform } from '../../src/ports.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  CREATE,
  clientAndServer,
  expectKind,
  MERCHANT_VAT,
  PAYMENT_ID,
  POS_ID,
  paymentBody,
  REFUND_ID,
  refundBody,
  STORE_ID,
  storeBody,
} from './harness.ts';
import { answer, refuse, reset } from './scripted-server.ts';

const dkk = (value: number) => ({ currency: 'DKK', value }) as const;
const posBody = {
  posId: POS_ID,
  merchantPosId: 'till-1',
  storeId: 's-1',
  name: 'Kasse 1',
  beaconId: '123456789012345',
  callbackAlias: null,
  supportedBeaconTypes: ['QR'],
  requirePaymentBeforeCheckin: false,
};

interface Case {
  name: string;
  make: (client: PaymentPlatform) => Promise<{ kind: string }>;
  reply: unknown;
  method: string;
  path: string;
  body?: string;
  key?: string;
}

const cases: Case[] = [
  {
    name: 'createPayment',
    make: (client) => client.createPayment(CREATE),
    reply: { paymentId: PAYMENT_ID },
    method: 'POST',
    path: '/pos/v10/payments',
    body: CREATE.body,
    key: CREATE.idempotencyKey,
  },
  {
    name: 'getPayment',
    make: (client) => client.getPayment(PAYMENT_ID),
    reply: paymentBody(),
    method: 'GET',
    path: `/pos/v10/payments/${PAYMENT_ID}`,
  },
  {
    name: 'findPayments by posId and orderId',
    make: (client) => client.findPayments({ posId: POS_ID, orderId: 'a b+c&d=æ' }),
    reply: { paymentIds: [] },
    method: 'GET',
    path: `/pos/v10/payments?posId=${POS_ID}&orderId=a%20b%2Bc%26d%3D%C3%A6`,
  },
  {
    name: 'findPayments that are captured',
    make: (client) => client.findPayments({ orderId: 'o', state: 'Captured' }),
    reply: { paymentIds: [PAYMENT_ID] },
    method: 'GET',
    path: '/pos/v10/payments?orderId=o&state=Captured',
  },
  {
    name: 'capturePayment',
    make: (client) => client.capturePayment(PAYMENT_ID, dkk(1005)),
    reply: '',
    method: 'POST',
    path: `/pos/v10/payments/${PAYMENT_ID}/capture`,
    body: '{"amount":10.05}',
  },
  {
    name: 'cancelPayment',
    make: (client) => client.cancelPayment(PAYMENT_ID),
    reply: '',
    method: 'POST',
    path: `/pos/v10/payments/${PAYMENT_ID}/cancel`,
    body: '',
  },
  {
    name: 'preparePayment',
    make: (client) => client.preparePayment(CREATE),
    reply: { paymentId: PAYMENT_ID },
    method: 'POST',
    path: '/pos/v10/payments/prepare',
    body: CREATE.body,
    key: CREATE.idempotencyKey,
  },
  {
    name: 'readyPayment',
    make: (client) => client.readyPayment(PAYMENT_ID, '{"amount":12.5}'),
    reply: '',
    method: 'POST',
    path: `/pos/v10/payments/${PAYMENT_ID}/ready`,
    body: '{"amount":12.5}',
  },
  {
    name: 'createRefund',
    make: (client) => client.createRefund(CREATE),
    reply: { refundId: REFUND_ID },
    method: 'POST',
    path: '/pos/v10/refunds',
    body: CREATE.body,
    key: CREATE.idempotencyKey,
  },
  {
    name: 'getRefund',
    make: (client) => client.getRefund(REFUND_ID),
    reply: refundBody(),
    method: 'GET',
    path: `/pos/v10/refunds/${REFUND_ID}`,
  },
  {
    name: 'findRefunds',
    make: (client) => client.findRefunds(PAYMENT_ID),
    reply: { refundIds: [REFUND_ID] },
    method: 'GET',
    path: `/pos/v10/refunds?paymentId=${PAYMENT_ID}`,
  },
  {
    name: 'captureRefund',
    make: (client) => client.captureRefund(REFUND_ID),
    reply: '',
    method: 'POST',
    path: `/pos/v10/refunds/${REFUND_ID}/capture`,
  },
  {
    name: 'cancelRefund',
    make: (client) => client.cancelRefund(REFUND_ID),
    reply: '',
    method: 'POST',
    path: `/pos/v10/refunds/${REFUND_ID}/cancel`,
  },
  {
    name: 'findPos',
    make: (client) => client.findPos('till 1'),
    reply: { posIds: [] },
    method: 'GET',
    path: '/pos/v10/pointofsales?merchantPosId=till%201',
  },
  {
    name: 'findPosOfBeacon',
    make: (client) => client.findPosOfBeacon('123456789012345'),
    reply: { posIds: [] },
    method: 'GET',
    path: '/pos/v10/pointofsales?beaconId=123456789012345',
  },
  {
    name: 'getPos',
    make: (client) => client.getPos(POS_ID),
    reply: posBody,
    method: 'GET',
    path: `/pos/v10/pointofsales/${POS_ID}`,
  },
  {
    name: 'createPos',
    make: (client) =>
      client.createPos(
        { merchantPosId: 'till-1', storeId: 's-1', name: 'Kasse 1', supportedBeaconTypes: ['QR'] },
        'key-2',
      ),
    reply: { posId: POS_ID },
    method: 'POST',
    path: '/pos/v10/pointofsales',
    body: '{"merchantPosId":"till-1","storeId":"s-1","name":"Kasse 1","supportedBeaconTypes":["QR"]}',
    key: 'key-2',
  },
  {
    name: 'createPos with everything',
    make: (client) =>
      client.createPos(
        {
          merchantPosId: 'till-1',
          storeId: STORE_ID,
          name: 'Kasse 1',
          beaconId: '123456789012345',
          callbackAlias: 'shop',
          supportedBeaconTypes: ['QR', 'Bluetooth'],
          requirePaymentBeforeCheckin: true,
        },
        'key-3',
      ),
    reply: { posId: POS_ID },
    method: 'POST',
    path: '/pos/v10/pointofsales',
    body: `{"merchantPosId":"till-1","storeId":"${STORE_ID}","name":"Kasse 1","beaconId":"123456789012345","callbackAlias":"shop","supportedBeaconTypes":["QR","Bluetooth"],"requirePaymentBeforeCheckin":true}`,
    key: 'key-3',
  },
  {
    name: 'deletePos',
    make: (client) => client.deletePos(POS_ID),
    reply: '',
    method: 'DELETE',
    path: `/pos/v10/pointofsales/${POS_ID}`,
  },
  {
    name: 'getStore',
    make: (client) => client.getStore(STORE_ID),
    reply: storeBody(),
    method: 'GET',
    path: `/pos/v10/stores/${STORE_ID}`,
  },
  {
    name: 'findStores of a brand',
    make: (client) => client.findStores({ brandId: 'POSDK12345', locationId: '10001' }),
    reply: [],
    method: 'GET',
    path: '/pos/v10/stores/detailed?merchantBrandId=POSDK12345&merchantLocationId=10001',
  },
  {
    name: 'findStores',
    make: (client) => client.findStores(undefined),
    reply: [],
    method: 'GET',
    path: '/pos/v10/stores/detailed',
  },
  {
    name: 'getCheckin',
    make: (client) => client.getCheckin(POS_ID),
    reply: { isUserCheckedIn: false, pollDelayInMs: 500 },
    method: 'GET',
    path: `/pos/v10/pointofsales/${POS_ID}/checkin`,
  },
];

describe('a call', () => {
  test.each(cases)('$name asks what it should, with every header it needs', async (expected) => {
    const { client, server } = await clientAndServer();
    server.script(answer(200, expected.reply));
    expect(await expected.make(client)).toMatchObject({ kind: 'ok' });
    const [request] = server.seen;
    expect(request).toMatchObject({
      method: expected.method,
      path: expected.path,
      body: expected.body ?? '',
      headers: {
        authorization: 'Bearer token-1',
        'x-ibm-client-id': CLIENT_ID,
        'x-mobilepay-client-system-version': '1.2.3',
        'x-mobilepay-merchant-vat-number': MERCHANT_VAT,
      },
    });
    expect(request?.headers['x-mobilepay-idempotency-key']).toBe(expected.key);
    const hasBody = (expected.body ?? '') !== '';
    expect(request?.headers['content-type']).toBe(hasBody ? 'application/json' : undefined);
    expect(request?.headers['content-length'] ?? '0').toBe(
      String(Buffer.byteLength(expected.body ?? '')),
    );
    expect(request?.headers['transfer-encoding']).toBeUndefined();
  });

  test('for a token shows the credentials, and the form asks for client credentials', async () => {
    const { client, server } = await clientAndServer();
    expectKind(await client.authorize(), 'ok');
    const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
    expect(server.tokenCalls).toMatchObject([
      {
        method: 'POST',
        body: 'grant_type=client_credentials',
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    ]);
  });

  test('repeats key and bytes verbatim at every attempt', async () => {
    const { client, server } = await clientAndServer();
    const body = '{ "odd":  "spacing and æøå €",\n"amount": 12.50 }';
    server.script(reset, answer(500), answer(200, { paymentId: PAYMENT_ID }));
    expectKind(await client.createPayment({ idempotencyKey: 'key-9', body }), 'ok');
    expect(server.seen.map((request) => request.body)).toEqual([body, body, body]);
    expect(server.seen.map((request) => request.headers['x-mobilepay-idempotency-key'])).toEqual([
      'key-9',
      'key-9',
      'key-9',
    ]);
  });

  test('takes addresses with a slash at the end too', async () => {
    const { client, server } = await clientAndServer();
    const slashed = await clientAndServer({
      server,
      baseUrl: `${server.url}/`,
      authUrl: `${server.url}/auth/`,
    });
    server.script(refuse(409, '1000'));
    expectKind(await slashed.client.findPos('x'), 'refused');
    expect(server.seen[0]?.path).toBe('/pos/v10/pointofsales?merchantPosId=x');
    await client.close();
  });
});

describe('the body of', () => {
  const place = { posId: POS_ID, orderId: 'a "b" æ' };
  const terms = { amount: dkk(1250), plannedCaptureDelay: 'None' } as const;
  const everything = {
    amount: { currency: 'EUR', value: 5 },
    plannedCaptureDelay: 'LessThan24Hours',
    restrictions: { debitCardDisallowed: true, creditCardDisallowed: false },
    label: 'Bar "1"',
  } as const;
  const placeText = `"posId":"${POS_ID}","orderId":"a \\"b\\" æ"`;
  const everythingText =
    '"amount":0.05,"currencyCode":"EUR","plannedCaptureDelay":"LessThan24Hours","restrictions":{"debitCardDisallowed":true,"creditCardDisallowed":false},"merchantPaymentLabel":"Bar \\"1\\""';

  test.each<[string, (client: PaymentPlatform) => string, string]>([
    [
      'a start has the amount as a decimal number, and nothing that is not wanted',
      (client) => client.encodeCreate({ ...place, ...terms }),
      `{${placeText},"amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}`,
    ],
    [
      'a start has restrictions and a label where they are wanted',
      (client) => client.encodeCreate({ ...place, ...everything }),
      `{${placeText},${everythingText}}`,
    ],
    [
      'a prepare has its place and its order, and no more',
      (client) => client.encodePrepare(place),
      `{${placeText}}`,
    ],
    [
      'a ready is a start without place and order',
      (client) => client.encodeReady(terms),
      '{"amount":12.5,"currencyCode":"DKK","plannedCaptureDelay":"None"}',
    ],
    [
      'a ready has restrictions and a label where they are wanted',
      (client) => client.encodeReady(everything),
      `{${everythingText}}`,
    ],
    [
      'a refund has what it is of, its own order and its amount',
      (client) =>
        client.encodeRefund({
          paymentId: PAYMENT_ID,
          refundOrderId: 'r "1"',
          amount: { currency: 'EUR', value: 99_999_999 },
        }),
      `{"paymentId":"${PAYMENT_ID}","refundOrderId":"r \\"1\\"","amount":999999.99,"currencyCode":"EUR"}`,
    ],
  ])('%s', async (_, encode, text) => {
    const { client } = await clientAndServer();
    expect(encode(client)).toBe(text);
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test('a prepare has no more even when the order knows what it will cost', async () => {
    const { client } = await clientAndServer();
    const priced = { ...place, ...everything };
    expect(client.encodePrepare(priced)).toBe(`{${placeText}}`);
    expect(client.encodeReady(priced)).toBe(`{${everythingText}}`);
  });
});
