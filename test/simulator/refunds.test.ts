import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { paymentStatuses } from '../../src/simulator/payment-states.ts';
import type { PaymentPlacement } from '../../src/simulator/placed-payment.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ApiClient, refundBody, simulatorAndClient } from './client.ts';
import { demoClient, OTHER_CLIENT, OTHER_VAT } from './two-merchants.ts';

const BASE = '/pos/v10/refunds';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const HOUR_MS = 3_600_000;

let simulator: Simulator;
let api: ApiClient;
let otherMerchant: ApiClient;
let otherClient: ApiClient;
let posId: string;
let paymentId: string;

beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({
    clients: [demoClient, OTHER_CLIENT],
    refundReservationMs: 10_000,
    tokenLifetimeSeconds: 365 * 24 * 3600,
  }));
  otherMerchant = await new ApiClient(simulator.url, api.clientId, OTHER_VAT).signIn();
  otherClient = await new ApiClient(simulator.url, OTHER_CLIENT.clientId).signIn(
    OTHER_CLIENT.clientSecret,
  );
});
afterAll(() => simulator.close());
beforeEach(async () => {
  ({ posId } = await api.createPos());
  paymentId = placed();
});

/** A captured payment of 10.00 unless told otherwise. */
const placed = (more: Partial<PaymentPlacement> = {}) =>
  simulator.placePayment({ posId, status: 'Captured', ...more }).paymentId;
const create = async (members: Record<string, unknown> = {}, client = api) => {
  const reply = await client.post(BASE, refundBody(paymentId, members));
  return reply.status === 200 ? reply.json.refundId : [reply.status, reply.json.code];
};
const status = async (refundId: string) => (await api.get(`${BASE}/${refundId}`)).json.status;
const act = async (refundId: string, action: 'capture' | 'cancel') => {
  const reply = await api.post(`${BASE}/${refundId}/${action}`);
  return reply.status === 200 ? reply.text : [reply.status, reply.json.code];
};
const reserved = async () => {
  const refundId = await create();
  simulator.advanceClock(10_000);
  expect(await status(refundId)).toBe('Reserved');
  return refundId;
};

describe('a refund', () => {
  test('is created, reserved by MobilePay, and captured', async () => {
    const created = await api.post(BASE, refundBody(paymentId, { refundOrderId: 'back-1' }));
    expect(created.status).toBe(200);
    expect(Object.keys(created.json)).toEqual(['refundId']);
    const { refundId } = created.json;
    const path = `${BASE}/${refundId}`;
    expect((await api.get(path)).json).toEqual({
      refundId,
      paymentId,
      refundOrderId: 'back-1',
      amount: 2.5,
      currencyCode: 'DKK',
      status: 'Initiated',
      pollDelayInMs: 1000,
    });
    simulator.advanceClock(10_000);
    expect(await status(refundId)).toBe('Reserved');
    expect(await act(refundId, 'capture')).toBe('');
    expect(await status(refundId)).toBe('Captured');
  });

  test('captured twice is captured once', async () => {
    const refundId = await reserved();
    expect(await act(refundId, 'capture')).toBe('');
    expect(await act(refundId, 'capture')).toBe('');
    const refund = simulator.refunds().find((one) => one.refundId === refundId);
    expect(refund?.history.map((move) => move.status)).toEqual([
      'Initiated',
      'Reserved',
      'Captured',
    ]);
  });

  test('can be cancelled before and after it is reserved', async () => {
    const initiated = await create();
    expect(await act(initiated, 'cancel')).toBe('');
    expect(await status(initiated)).toBe('CancelledByClient');
    const refundId = await reserved();
    expect(await act(refundId, 'cancel')).toBe('');
    expect(await status(refundId)).toBe('CancelledByClient');
  });

  test('left alone for a day is paid out', async () => {
    const refundId = await reserved();
    simulator.advanceClock(24 * HOUR_MS - 10_000);
    expect(await status(refundId)).toBe('Reserved');
    simulator.advanceClock(10_000);
    expect(await status(refundId)).toBe('ExpiredAndCaptured');
    expect(await act(refundId, 'cancel')).toEqual([409, '1352']);
  });

  test('that nobody looked at in between has passed all its states', async () => {
    const refundId = await create();
    simulator.advanceClock(48 * HOUR_MS);
    expect(await status(refundId)).toBe('ExpiredAndCaptured');
    const refund = simulator.refunds().find((one) => one.refundId === refundId);
    const at = (index: number) => refund?.history[index]?.atMs ?? 0;
    expect(at(1) - at(0)).toBe(10_000);
    expect(at(2) - at(1)).toBe(24 * HOUR_MS);
  });

  test('is created once for one idempotency key', async () => {
    const key = randomUUID();
    const body = refundBody(paymentId);
    const first = await api.post(BASE, body, { key });
    expect((await api.post(BASE, body, { key })).json).toEqual(first.json);
    const other = await api.post(BASE, { ...body, amount: 1 }, { key });
    expect([other.status, other.json.code]).toEqual([409, '1306']);
    expect((await api.get(`${BASE}?paymentId=${paymentId}`)).json).toEqual({
      refundIds: [first.json.refundId],
    });
  });

  test('shares its payment with others, up to what was captured', async () => {
    const first = await create({ amount: 4 });
    const second = await create({ amount: 6 });
    expect(await create({ amount: 0.01 })).toEqual([409, '1367']);
    await act(first, 'cancel');
    const third = await create({ amount: 4 });
    expect((await api.get(`${BASE}?paymentId=${paymentId.toUpperCase()}`)).json).toEqual({
      refundIds: [first, second, third],
    });
  });

  test('of a payment captured in part gives back that part at most', async () => {
    paymentId = placed({ status: 'Reserved' });
    await api.post(`/pos/v10/payments/${paymentId}/capture`, { amount: 3 });
    expect(await create({ amount: 3.01 })).toEqual([409, '1367']);
    expect(await create({ amount: 3 })).toEqual(expect.any(String));
  });

  test('with a refundOrderId the payment has already is made, but noted', async () => {
    simulator.violations.length = 0;
    await create({ refundOrderId: 'same' });
    await create({ refundOrderId: 'other' });
    expect(simulator.violations).toEqual([]);
    await create({ refundOrderId: 'same' });
    expect(simulator.violations).toMatchObject([{ kind: 'refund-order-id-reused', path: BASE }]);
  });
});

describe('creating one is refused', () => {
  test.each([
    [400, '1099', 'for an unknown member', { orderId: 'x' }],
    [400, '1099', 'for a paymentId that is no GUID', { paymentId: 'order-1' }],
    [400, '1099', 'for a currency it does not know', { currencyCode: 'SEK' }],
    [400, '1102', 'for an amount of zero', { amount: 0 }],
    [400, '1102', 'for three decimals', { amount: 1.005 }],
    [400, '1114', 'without a refundOrderId', { refundOrderId: undefined }],
    [400, '1114', 'for a refundOrderId of 37 characters', { refundOrderId: 'x'.repeat(37) }],
    [409, '1001', 'when there is no such payment', { paymentId: NOWHERE }],
    [409, '1365', 'in another currency', { currencyCode: 'EUR' }],
    [409, '1367', 'for more than was captured', { amount: 10.01 }],
  ])('with %i/%s %s', async (httpStatus, code, _why, members) => {
    const reply = await api.post(BASE, refundBody(paymentId, members));
    expect(reply.status).toBe(httpStatus);
    expect(reply.json).toEqual({
      code,
      message: expect.any(String),
      correlationId: reply.headers.get('correlationid'),
      origin: 'PoS',
    });
    expect(simulator.refunds().filter((refund) => refund.paymentId === paymentId)).toEqual([]);
  });

  test.each(paymentStatuses.filter((one) => one !== 'Captured'))(
    'with 1354 while the payment is %s',
    async (paymentStatus) => {
      paymentId = placed({ status: paymentStatus });
      expect(await create()).toEqual([409, '1354']);
    },
  );

  test('with 1366 after ninety days', async () => {
    simulator.advanceClock(90 * 24 * HOUR_MS - 10_000);
    expect(await create()).toEqual(expect.any(String));
    simulator.advanceClock(20_000);
    expect(await create()).toEqual([409, '1366']);
  });

  test("with 1368 when the store's balance does not cover it", async () => {
    const storeId = simulator.payments().at(-1)?.storeId ?? '';
    simulator.setStoreBalance(storeId, 300);
    const first = await create({ amount: 2 });
    expect(await create({ amount: 1.01 })).toEqual([409, '1368']);
    await act(first, 'cancel');
    expect(await create({ amount: 3 })).toEqual(expect.any(String));
    // What the store earns it can give back.
    placed({ amountMinorUnits: 50 });
    expect(await create({ amount: 0.51 })).toEqual([409, '1368']);
    expect(await create({ amount: 0.5 })).toEqual(expect.any(String));
    simulator.setStoreBalance(storeId, 100_000);
  });

  test('of a payment of another integrator or merchant', async () => {
    expect(await create({}, otherClient)).toEqual([403, '1401']);
    expect(await create({}, otherMerchant)).toEqual([403, '1411']);
  });
});

test.each(['', 'paymentId=order-1', 'refundOrderId=back-1'])(
  'a query with the filter "%s" is refused with 1110',
  async (query) => {
    const reply = await api.get(`${BASE}?${query}`);
    expect([reply.status, reply.json.code]).toEqual([400, '1110']);
  },
);

test('what belongs to others is neither shown nor touched nor found', async () => {
  const refundId = await create();
  for (const client of [otherClient, otherMerchant]) {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/capture'],
      ['POST', '/cancel'],
    ] as const) {
      const reply = await client.call(method, `${BASE}/${refundId}${path}`);
      expect([reply.status, reply.json.code]).toEqual([403, '1402']);
    }
    const found = await client.get(`${BASE}?paymentId=${paymentId}`);
    expect(found.json).toEqual({ refundIds: [] });
  }
});

test('what is not there is 404, with a code only when captured', async () => {
  expect(await api.get(`${BASE}/${NOWHERE}`)).toMatchObject({ status: 404, text: '' });
  expect(await api.post(`${BASE}/${NOWHERE}/cancel`)).toMatchObject({ status: 404, text: '' });
  expect(await act(NOWHERE, 'capture')).toEqual([404, '1004']);
  expect(await act('nonsense', 'capture')).toEqual([400, '1099']);
});

test.each([
  'Initiated',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCaptured',
] as const)('capturing is refused with 1351 when %s', async (refundStatus) => {
  const refundId = await create();
  simulator.forceRefundStatus(refundId, refundStatus);
  expect(await act(refundId, 'capture')).toEqual([409, '1351']);
});

test.each(['Captured', 'CancelledByClient', 'CancelledByMobilePay', 'ExpiredAndCaptured'] as const)(
  'cancelling is refused with 1352 when %s',
  async (refundStatus) => {
    const refundId = await create();
    simulator.forceRefundStatus(refundId, refundStatus);
    expect(await act(refundId, 'cancel')).toEqual([409, '1352']);
  },
);

test.each(['capture', 'cancel'])('%s with a body is refused with 1099', async (action) => {
  const reply = await api.post(`${BASE}/${await reserved()}/${action}`, { amount: 2.5 });
  expect([reply.status, reply.json.code]).toEqual([400, '1099']);
});
