import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { errorOfCode } from '../../src/simulator/api-error.ts';
import { DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Operation, operations } from '../../src/simulator/operations.ts';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ApiClient, refundBody, startBody, startSurface } from './client.ts';
import { OTHER_CLIENT, OTHER_VAT } from './two-merchants.ts';

// The whole surface of PoS V10 in two tables: what can be called, and what can be refused.

const PAYMENTS = '/pos/v10/payments';
const POS = '/pos/v10/pointofsales';
const STORES = '/pos/v10/stores';
const REFUNDS = '/pos/v10/refunds';
const APP = '/pos/app/usersimulation';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const VERSION = 'x-mobilepay-client-system-version';
const VAT = 'x-mobilepay-merchant-vat-number';
const KEY = 'x-mobilepay-idempotency-key';
const DAY_MS = 24 * 3_600_000;

type Answer = Promise<{ status: number; json: { code?: string } | null }>;

let simulator: Simulator;
let api: ApiClient;
let otherMerchant: ApiClient;
let otherClient: ApiClient;
let storeId: string;
let posId: string;
let beaconId: string;

beforeAll(async () => {
  ({ simulator, api } = await startSurface());
  otherMerchant = await new ApiClient(simulator.url, api.clientId, OTHER_VAT).signIn();
  otherClient = await new ApiClient(simulator.url, OTHER_CLIENT.clientId).signIn(
    OTHER_CLIENT.clientSecret,
  );
  storeId = (await api.get(STORES)).json.storeIds[0];
});
afterAll(() => simulator.close());
beforeEach(async () => {
  simulator.faults.clear();
  ({ posId, beaconId } = await api.createPos());
});

const place = (status: PaymentStatus, more = {}) =>
  simulator.placePayment({ posId, status, ...more }).paymentId;
const refund = async (members = {}) =>
  (await api.post(REFUNDS, refundBody(place('Captured'), members))).json.refundId as string;
const reservedRefund = async () => {
  const refundId = await refund();
  simulator.forceRefundStatus(refundId, 'Reserved');
  return refundId;
};
const terms = (members = {}) => ({
  amount: 10,
  currencyCode: 'DKK',
  plannedCaptureDelay: 'None',
  ...members,
});
const posBody = (members = {}) => ({
  merchantPosId: randomUUID(),
  storeId,
  name: 'Kasse 2',
  supportedBeaconTypes: ['QR'],
  ...members,
});
const play = (path: string, body: unknown) => api.post(`${APP}/${path}`, body);
const phoneNumber = '+4512345678';

describe('every operation answers', () => {
  const calls: Record<Operation, [string, string, () => Answer]> = {
    getToken: ['POST', '/integrator-authentication/connect/token', () => api.token()],
    findStores: ['GET', STORES, () => api.get(STORES)],
    findDetailedStores: ['GET', `${STORES}/detailed`, () => api.get(`${STORES}/detailed`)],
    getStore: ['GET', `${STORES}/{id}`, () => api.get(`${STORES}/${storeId}`)],
    findPos: ['GET', POS, () => api.get(`${POS}?storeId=${storeId}`)],
    createPos: ['POST', POS, () => api.post(POS, posBody())],
    getPos: ['GET', `${POS}/{id}`, () => api.get(`${POS}/${posId}`)],
    deletePos: ['DELETE', `${POS}/{id}`, () => api.delete(`${POS}/${posId}`)],
    getCheckin: ['GET', `${POS}/{id}/checkin`, () => api.get(`${POS}/${posId}/checkin`)],
    findPayments: ['GET', PAYMENTS, () => api.get(`${PAYMENTS}?posId=${posId}`)],
    startPayment: ['POST', PAYMENTS, () => api.post(PAYMENTS, startBody(posId))],
    preparePayment: [
      'POST',
      `${PAYMENTS}/prepare`,
      () => api.post(`${PAYMENTS}/prepare`, { posId, orderId: randomUUID() }),
    ],
    readyPayment: [
      'POST',
      `${PAYMENTS}/{id}/ready`,
      () => api.post(`${PAYMENTS}/${place('Paired')}/ready`, terms()),
    ],
    capturePayment: [
      'POST',
      `${PAYMENTS}/{id}/capture`,
      () => api.post(`${PAYMENTS}/${place('Reserved')}/capture`, { amount: 10 }),
    ],
    cancelPayment: [
      'POST',
      `${PAYMENTS}/{id}/cancel`,
      () => api.post(`${PAYMENTS}/${place('Initiated')}/cancel`),
    ],
    getPayment: ['GET', `${PAYMENTS}/{id}`, () => api.get(`${PAYMENTS}/${place('Captured')}`)],
    findRefunds: ['GET', REFUNDS, () => api.get(`${REFUNDS}?paymentId=${place('Captured')}`)],
    createRefund: ['POST', REFUNDS, () => api.post(REFUNDS, refundBody(place('Captured')))],
    getRefund: ['GET', `${REFUNDS}/{id}`, async () => api.get(`${REFUNDS}/${await refund()}`)],
    captureRefund: [
      'POST',
      `${REFUNDS}/{id}/capture`,
      async () => api.post(`${REFUNDS}/${await reservedRefund()}/capture`),
    ],
    cancelRefund: [
      'POST',
      `${REFUNDS}/{id}/cancel`,
      async () => api.post(`${REFUNDS}/${await reservedRefund()}/cancel`),
    ],
    simulateCheckin: ['POST', `${APP}/checkin`, () => play('checkin', { beaconId, phoneNumber })],
    simulateAccept: [
      'POST',
      `${APP}/acceptpayment`,
      () => {
        place('Initiated');
        simulator.phone.checkIn(beaconId, phoneNumber);
        return play('acceptpayment', { beaconId, phoneNumber });
      },
    ],
    simulateRefusal: [
      'POST',
      `${APP}/cancelpaymentbyuser`,
      () => {
        place('IssuedToUser');
        return play('cancelpaymentbyuser', { beaconId });
      },
    ],
  };

  test('the twenty-three of PoS V10, and the token call', () => {
    expect(operations).toHaveLength(24);
  });

  test.each(operations)('%s', async (operation) => {
    const [method, path, call] = calls[operation];
    const before = simulator.count(operation);
    const reply = await call();
    expect(reply.status).toBe(200);
    expect(simulator.count(operation)).toBe(before + 1);
    // The table's path is the one that was called: a fault on it hits nothing else.
    simulator.faults.add({ kind: '500', operation, method, path });
    expect(await call()).toMatchObject({ status: 500, json: { code: '2000' } });
  });

  test.each(operations)('%s loses its answer by order', async (operation) => {
    simulator.faults.add({ kind: 'lost-answer', operation });
    await expect(calls[operation][2]()).rejects.toThrow();
  });
});

/** The HTTP status and a request that provokes the error. */
const errors: Record<number, [number, () => Answer]> = {
  1000: [409, () => api.post(PAYMENTS, startBody(NOWHERE))],
  1001: [409, () => api.post(REFUNDS, refundBody(NOWHERE))],
  1002: [409, () => api.post(POS, posBody({ storeId: NOWHERE }))],
  1004: [404, () => api.post(`${REFUNDS}/${NOWHERE}/capture`)],
  1099: [400, () => api.post(PAYMENTS, startBody(posId, { tip: 1 }))],
  1100: [400, () => api.post(POS, posBody({ beaconId: '12' }))],
  1102: [400, () => api.post(PAYMENTS, startBody(posId, { amount: -1 }))],
  1109: [400, () => api.get(PAYMENTS)],
  1110: [400, () => api.get(REFUNDS)],
  1111: [400, () => api.post(POS, posBody({ merchantPosId: '' }))],
  1112: [400, () => api.post(POS, posBody({ name: '€' }))],
  1113: [400, () => api.post(PAYMENTS, startBody(posId, { orderId: '' }))],
  1114: [400, () => api.post(REFUNDS, refundBody(place('Captured'), { refundOrderId: '€' }))],
  1116: [400, () => api.post(POS, posBody({ callbackAlias: '€' }))],
  1117: [400, () => api.post(PAYMENTS, startBody(posId, { merchantPaymentLabel: '€' }))],
  1119: [400, () => api.get(`${STORES}?merchantBrandId=SHOP&merchantLocationId=10001`)],
  1120: [400, () => api.get(`${STORES}?merchantBrandId=POSDK12345&merchantLocationId=1`)],
  1121: [400, () => api.get(POS)],
  1122: [400, () => api.get(`${STORES}?merchantLocationId=10001`)],
  1151: [400, () => api.get(STORES, { without: [VAT] })],
  1152: [400, () => byOrder(1152)],
  1153: [400, () => api.get(STORES, { without: [VERSION] })],
  1155: [400, () => api.raw('GET', STORES, [version, vat, vat])],
  1156: [400, () => byOrder(1156)],
  1157: [400, () => api.raw('GET', STORES, [version, version, vat])],
  1159: [400, () => api.get(STORES, { headers: { [VAT]: 'DK0' } })],
  1160: [400, () => byOrder(1160)],
  1161: [400, () => api.get(STORES, { headers: { [VERSION]: '1' } })],
  1162: [400, () => api.post(PAYMENTS, startBody(posId), { key: 'x'.repeat(37) })],
  1163: [400, () => api.raw('POST', PAYMENTS, [version, vat, key, key])],
  1164: [400, () => api.post(PAYMENTS, startBody(posId), { key: null })],
  1182: [
    400,
    async () => {
      const odd = new ApiClient(simulator.url);
      return (await odd.signIn(DEMO_CLIENT_SECRET, 'SE12345678')).get(STORES);
    },
  ],
  1200: [
    409,
    async () => {
      const body = posBody();
      await api.post(POS, body);
      return api.post(POS, body);
    },
  ],
  1202: [409, () => api.post(POS, posBody({ beaconId }))],
  1204: [
    409,
    async () => {
      simulator.setStoreActivated(storeId, false);
      const reply = await api.post(PAYMENTS, startBody(posId));
      simulator.setStoreActivated(storeId, true);
      return reply;
    },
  ],
  1300: [409, () => api.post(`${PAYMENTS}/${place('Captured')}/cancel`)],
  1301: [
    409,
    () => {
      place('Initiated');
      return api.post(PAYMENTS, startBody(posId));
    },
  ],
  1303: [409, () => api.post(`${PAYMENTS}/${place('Initiated')}/ready`, terms())],
  1304: [409, () => api.post(`${PAYMENTS}/${place('Initiated')}/capture`, { amount: 10 })],
  1305: [409, () => api.post(`${PAYMENTS}/${place('Reserved')}/capture`, { amount: 10.01 })],
  1306: [
    409,
    async () => {
      const sameKey = randomUUID();
      await api.post(PAYMENTS, startBody(posId), { key: sameKey });
      return api.post(PAYMENTS, startBody(posId, { amount: 1 }), { key: sameKey });
    },
  ],
  1307: [409, () => api.post(`${PAYMENTS}/${place('Captured')}/capture`, { amount: 9 })],
  1308: [
    409,
    () => {
      const whole = place('Reserved', { partialCapturePossible: false });
      return api.post(`${PAYMENTS}/${whole}/capture`, { amount: 9 });
    },
  ],
  1351: [409, async () => api.post(`${REFUNDS}/${await refund()}/capture`)],
  1352: [
    409,
    async () => {
      const refundId = await reservedRefund();
      await api.post(`${REFUNDS}/${refundId}/capture`);
      return api.post(`${REFUNDS}/${refundId}/cancel`);
    },
  ],
  1354: [409, () => api.post(REFUNDS, refundBody(place('Reserved')))],
  1365: [409, () => api.post(REFUNDS, refundBody(place('Captured'), { currencyCode: 'EUR' }))],
  1366: [
    409,
    () => {
      const old = place('Captured');
      simulator.advanceClock(91 * DAY_MS);
      return api.post(REFUNDS, refundBody(old));
    },
  ],
  1367: [409, () => api.post(REFUNDS, refundBody(place('Captured'), { amount: 10.01 }))],
  1368: [
    409,
    async () => {
      const paymentId = place('Captured');
      simulator.setStoreBalance(storeId, 0);
      const reply = await api.post(REFUNDS, refundBody(paymentId));
      simulator.setStoreBalance(storeId, 1_000_000);
      return reply;
    },
  ],
  1400: [403, () => otherClient.get(`${POS}/${posId}`)],
  1401: [403, () => otherClient.get(`${PAYMENTS}/${place('Reserved')}`)],
  1402: [403, async () => otherClient.get(`${REFUNDS}/${await refund()}`)],
  1403: [403, () => otherMerchant.post(POS, posBody())],
  1406: [403, () => otherMerchant.post(`${PAYMENTS}/${place('Paired')}/ready`, terms())],
  1407: [403, () => otherMerchant.post(`${PAYMENTS}/${place('Reserved')}/capture`, { amount: 10 })],
  1408: [403, () => otherMerchant.post(`${PAYMENTS}/${place('Reserved')}/cancel`)],
  1409: [403, () => otherMerchant.delete(`${POS}/${posId}`)],
  1410: [403, () => otherMerchant.get(`${POS}/${posId}`)],
  1411: [403, () => otherMerchant.get(`${PAYMENTS}/${place('Reserved')}`)],
  2000: [500, () => byOrder(2000)],
  2001: [500, () => byOrder(2001)],
  2999: [500, () => byOrder(2999)],
};

const version: [string, string] = [VERSION, '1.2.3'];
const vat: [string, string] = [VAT, DEMO_VAT];
const key: [string, string] = [KEY, randomUUID()];

/** No request provokes these: the header is gone, or the fault is the server's. */
function byOrder(code: number): Answer {
  simulator.faults.add({ kind: 'error', code, operation: 'findStores' });
  return api.get(STORES);
}

describe('every error is reached', () => {
  test.each(Object.entries(errors))('%s', async (code, [status, provoke]) => {
    const reply = await provoke();
    expect([reply.status, reply.json?.code]).toEqual([status, code]);
  });

  test('and no other is known', () => {
    const all = Array.from({ length: 4000 }, (_, code) => code);
    const known = all.filter((code) => errorOfCode(code) !== undefined);
    const servers = all.filter((code) => code >= 2000 && code <= 2999);
    const listed = Object.keys(errors).map(Number);
    expect(known).toEqual([...listed.filter((code) => code < 2000), ...servers]);
  });

  test('each by order as well, whatever the call', async () => {
    for (const code of Object.keys(errors).map(Number)) {
      simulator.faults.add({ kind: 'error', code, operation: 'getPos' });
      const { status, json } = await api.get(`${POS}/${posId}`);
      expect([status, json.code]).toEqual([errors[code]?.[0], String(code)]);
    }
  });
});
