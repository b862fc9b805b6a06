import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ApiClient, simulatorAndClient, startBody } from './client.ts';
import { demoClient, OTHER_CLIENT, OTHER_VAT } from './two-merchants.ts';

let simulator: Simulator;
let api: ApiClient;
let otherMerchant: ApiClient;
let otherClient: ApiClient;
let posId: string;

beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({ clients: [demoClient, OTHER_CLIENT] }));
  otherMerchant = await new ApiClient(simulator.url, api.clientId, OTHER_VAT).signIn();
  otherClient = await new ApiClient(simulator.url, OTHER_CLIENT.clientId).signIn(
    OTHER_CLIENT.clientSecret,
  );
});
afterAll(() => simulator.close());
beforeEach(async () => {
  ({ posId } = await api.createPos());
});

const BASE = '/pos/v10/payments';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const place = (status: PaymentStatus, more = {}) =>
  simulator.placePayment({ posId, status, ...more }).paymentId;

describe('starting is refused', () => {
  test.each([
    ['1099', 'for an unknown member', { autoCapture: true }],
    ['1099', 'for a posId that is no GUID', { posId: 'till-1' }],
    ['1099', 'for a currency it does not know', { currencyCode: 'SEK' }],
    ['1099', 'for a capture delay it does not know', { plannedCaptureDelay: 'Never' }],
    ['1099', 'for an unknown restriction', { restrictions: { cashDisallowed: true } }],
    ['1099', 'for a restriction that is no boolean', { restrictions: { debitCardDisallowed: 1 } }],
    ['1102', 'for an amount of zero', { amount: 0 }],
    ['1102', 'for a negative amount', { amount: -1 }],
    ['1102', 'for three decimals', { amount: 1.005 }],
    ['1102', 'for an amount in text', { amount: '12.50' }],
    ['1102', 'for a million', { amount: 1_000_000 }],
    ['1113', 'without an order id', { orderId: undefined }],
    ['1113', 'for an order id of 37 characters', { orderId: 'x'.repeat(37) }],
    ['1113', 'for an order id with a character that is not allowed', { orderId: 'order €' }],
    ['1117', 'for a label with a character that is not allowed', { merchantPaymentLabel: '日' }],
  ])('with %s %s', async (code, _why, members) => {
    const reply = await api.post(BASE, startBody(posId, members));
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({
      code,
      message: expect.any(String),
      correlationId: reply.headers.get('correlationid'),
    });
    expect(simulator.payments().filter((payment) => payment.posId === posId)).toEqual([]);
  });

  test.each(['{"posId":', '[]', '"text"', 'null', ''])(
    'with 1099 for the body %j',
    async (body) => {
      const reply = await api.post(BASE, body);
      expect([reply.status, reply.json.code]).toEqual([400, '1099']);
    },
  );

  test('with 1000 when there is no such PoS', async () => {
    const reply = await api.post(BASE, startBody(NOWHERE));
    expect([reply.status, reply.json.code]).toEqual([409, '1000']);
  });

  test.each(['Prepared', 'Initiated', 'Paired', 'IssuedToUser'] as const)(
    'with 1301 while another payment is %s',
    async (status) => {
      place(status);
      const reply = await api.post(BASE, startBody(posId));
      expect([reply.status, reply.json.code]).toEqual([409, '1301']);
    },
  );

  test('with 1301 for a prepare as well', async () => {
    place('Initiated');
    const reply = await api.post(`${BASE}/prepare`, { posId, orderId: 'o' });
    expect([reply.status, reply.json.code]).toEqual([409, '1301']);
  });

  test.each([
    ['a start', BASE, (pos: string) => startBody(pos)],
    ['a prepare', `${BASE}/prepare`, (pos: string) => ({ posId: pos, orderId: 'o' })],
  ])('with 1204 for %s once the store is not activated any more', async (_what, path, body) => {
    const storeId = simulator.pos().at(-1)?.storeId ?? '';
    simulator.setStoreActivated(storeId, false);
    const reply = await api.post(path, body(posId));
    simulator.setStoreActivated(storeId, true);
    expect([reply.status, reply.json.code]).toEqual([409, '1204']);
  });

  test('not by a reserved payment', async () => {
    place('Reserved');
    expect((await api.post(BASE, startBody(posId))).status).toBe(200);
  });

  test('on a PoS of another integrator or merchant', async () => {
    const foreign = await otherClient.post(BASE, startBody(posId));
    expect([foreign.status, foreign.json.code]).toEqual([403, '1400']);
    const strange = await otherMerchant.post(BASE, startBody(posId));
    expect([strange.status, strange.json.code]).toEqual([403, '1410']);
  });
});

describe('what belongs to others is refused', () => {
  test.each([
    ['GET', '', undefined, '1411'],
    ['POST', '/ready', startBody(NOWHERE), '1406'],
    ['POST', '/capture', { amount: 10 }, '1407'],
    ['POST', '/cancel', undefined, '1408'],
  ])('%s payments/{id}%s', async (method, action, body, ofMerchant) => {
    const path = `${BASE}/${place('Reserved')}${action}`;
    const options = body === undefined ? {} : { body };
    const strange = await otherMerchant.call(method, path, options);
    expect([strange.status, strange.json.code]).toEqual([403, ofMerchant]);
    const foreign = await otherClient.call(method, path, options);
    expect([foreign.status, foreign.json.code]).toEqual([403, '1401']);
  });

  test('and never found', async () => {
    place('Reserved', { orderId: 'mine' });
    expect((await otherClient.get(`${BASE}?orderId=mine`)).json.paymentIds).toEqual([]);
    expect((await otherMerchant.get(`${BASE}?posId=${posId}`)).json.paymentIds).toEqual([]);
  });
});

test.each([
  ['GET', ''],
  ['POST', '/ready'],
  ['POST', '/capture'],
  ['POST', '/cancel'],
])(
  '%s payments/{id}%s of nothing is 404 without a body, of no GUID 1099',
  async (method, action) => {
    const missing = await api.call(method, `${BASE}/${NOWHERE}${action}`);
    expect([missing.status, missing.text]).toEqual([404, '']);
    const malformed = await api.call(method, `${BASE}/nonsense${action}`);
    expect([malformed.status, malformed.json.code]).toEqual([400, '1099']);
  },
);

test.each(['', 'state=Captured', 'posId=till', 'orderId=a&state=Reserved', 'orderId='])(
  'a query with the filter "%s" is refused with 1109',
  async (query) => {
    const reply = await api.get(`${BASE}?${query}`);
    expect([reply.status, reply.json.code]).toEqual([400, '1109']);
  },
);

describe('capturing is refused', () => {
  const capture = async (id: string, amount: unknown) => {
    const reply = await api.post(`${BASE}/${id}/capture`, { amount });
    return [reply.status, reply.json.code];
  };

  test.each([
    'Prepared',
    'Initiated',
    'Paired',
    'IssuedToUser',
    'CancelledByUser',
    'CancelledByClient',
    'CancelledByMobilePay',
    'ExpiredAndCancelled',
  ] as const)('with 1304 while %s', async (status) => {
    expect(await capture(place(status), 10)).toEqual([409, '1304']);
  });

  test('with 1305 for more than was reserved', async () => {
    expect(await capture(place('Reserved'), 10.01)).toEqual([409, '1305']);
  });

  test('with 1307 for another amount than was captured', async () => {
    expect(await capture(place('Captured'), 9)).toEqual([409, '1307']);
  });

  test('with 1308 for a part when the card allows only all', async () => {
    const id = place('Reserved', { partialCapturePossible: false });
    expect(await capture(id, 9.99)).toEqual([409, '1308']);
  });

  test.each([0, -10, '10', null, 10.001])('with 1102 for the amount %j', async (amount) => {
    expect(await capture(place('Reserved'), amount)).toEqual([400, '1102']);
  });

  test('with 1099 for an unknown member', async () => {
    const id = place('Reserved');
    const reply = await api.post(`${BASE}/${id}/capture`, { amount: 10, currencyCode: 'DKK' });
    expect([reply.status, reply.json.code]).toEqual([400, '1099']);
  });
});

test.each([
  'Captured',
  'CancelledByUser',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCancelled',
] as const)('cancelling is refused with 1300 when %s', async (status) => {
  const reply = await api.post(`${BASE}/${place(status)}/cancel`);
  expect([reply.status, reply.json.code]).toEqual([409, '1300']);
});

test('cancelling with a body is refused with 1099', async () => {
  const reply = await api.post(`${BASE}/${place('Initiated')}/cancel`, { amount: 10 });
  expect([reply.status, reply.json.code]).toEqual([400, '1099']);
});

test.each(['Initiated', 'IssuedToUser', 'Reserved', 'CancelledByClient'] as const)(
  'making ready is refused with 1303 when %s',
  async (status) => {
    const terms = { amount: 10, currencyCode: 'DKK', plannedCaptureDelay: 'None' };
    const reply = await api.post(`${BASE}/${place(status)}/ready`, terms);
    expect([reply.status, reply.json.code]).toEqual([409, '1303']);
  },
);
