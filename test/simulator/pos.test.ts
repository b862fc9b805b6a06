import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_VAT } from '../../src/simulator/demo.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ApiClient, simulatorAndClient, startBody } from './client.ts';
import { demoClient, OTHER_CLIENT, OTHER_VAT } from './two-merchants.ts';

let simulator: Simulator;
let api: ApiClient;
let otherMerchant: ApiClient;
let otherClient: ApiClient;
let storeId: string;
let closedStoreId: string;

const brand = 'POSDK12345';
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({
    clients: [demoClient, OTHER_CLIENT],
    loyaltyLookupMs: 60_000,
    stores: [
      { merchantVat: DEMO_VAT, merchantBrandId: brand, merchantLocationId: '10001' },
      {
        merchantVat: DEMO_VAT,
        merchantBrandId: brand,
        merchantLocationId: '10002',
        activated: false,
      },
      { merchantVat: OTHER_VAT, merchantBrandId: 'POSFI12345', merchantLocationId: '10001' },
    ],
  }));
  otherMerchant = await new ApiClient(simulator.url, api.clientId, OTHER_VAT).signIn();
  otherClient = await new ApiClient(simulator.url, OTHER_CLIENT.clientId).signIn(
    OTHER_CLIENT.clientSecret,
  );
  [storeId = '', closedStoreId = ''] = (await api.get('/pos/v10/stores')).json.storeIds;
});
afterAll(() => simulator.close());

const BASE = '/pos/v10/pointofsales';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
let counter = 0;
function posBody(members: Record<string, unknown> = {}) {
  counter += 1;
  return {
    merchantPosId: `till-${counter}`,
    storeId,
    name: 'Kasse 1',
    supportedBeaconTypes: ['QR'],
    ...members,
  };
}

describe('a point of sale', () => {
  test('is created, shown, found and deleted', async () => {
    const body = posBody({
      merchantPosId: 'Bar æøå',
      beaconId: '123456789012345',
      callbackAlias: 'shop',
      supportedBeaconTypes: ['QR', 'Bluetooth', 'NFC'],
      requirePaymentBeforeCheckin: true,
    });
    const created = await api.post(BASE, body);
    expect(created.status).toBe(200);
    expect(Object.keys(created.json)).toEqual(['posId']);
    const { posId } = created.json;
    expect((await api.get(`${BASE}/${posId}`)).json).toEqual({ posId, ...body });
    for (const query of [
      `merchantPosId=${encodeURIComponent('Bar æøå')}`,
      'beaconId=123456789012345',
      `storeId=${storeId}&merchantPosId=${encodeURIComponent('Bar æøå')}`,
    ]) {
      expect((await api.get(`${BASE}?${query}`)).json).toEqual({ posIds: [posId] });
    }
    expect((await api.get(`${BASE}?merchantPosId=other`)).json).toEqual({ posIds: [] });

    expect(await api.delete(`${BASE}/${posId}`)).toMatchObject({ status: 200, text: '' });
    expect(await api.delete(`${BASE}/${posId}`)).toMatchObject({ status: 404, text: '' });
    expect(await api.get(`${BASE}/${posId}`)).toMatchObject({ status: 404, text: '' });
    expect((await api.post(BASE, body)).status).toBe(200);
  });

  test('gets a GUID for a beacon when it brings none', async () => {
    const { beaconId, posId } = await api.createPos();
    expect(beaconId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const found = await api.get(`${BASE}?beaconId=${beaconId.toUpperCase()}`);
    expect(found.json).toEqual({ posIds: [posId] });
  });

  test('that is deleted leaves its reservation to be captured', async () => {
    const { posId } = await api.createPos();
    const { paymentId } = simulator.placePayment({ posId, status: 'Reserved' });
    await api.delete(`${BASE}/${posId}`);
    const captured = await api.post(`/pos/v10/payments/${paymentId}/capture`, { amount: 10 });
    expect(captured.status).toBe(200);
    expect((await api.post('/pos/v10/payments', startBody(posId))).json.code).toBe('1000');
  });
});

describe('creating one is refused', () => {
  test.each([
    [400, '1099', 'for an unknown member', { storeName: 'x' }],
    [400, '1099', 'for a beacon type it does not know', { supportedBeaconTypes: ['BluetoothMP2'] }],
    [400, '1099', 'for a beacon type twice', { supportedBeaconTypes: ['QR', 'QR'] }],
    [400, '1099', 'without beacon types', { supportedBeaconTypes: undefined }],
    [400, '1099', 'for a flag that is no boolean', { requirePaymentBeforeCheckin: 'yes' }],
    [400, '1099', 'for a storeId that is no GUID', { storeId: '10001' }],
    [400, '1100', 'for a beaconId of 14 digits', { beaconId: '12345678901234' }],
    [400, '1111', 'without a merchantPosId', { merchantPosId: undefined }],
    [400, '1112', 'for a name of 37 characters', { name: 'x'.repeat(37) }],
    [400, '1116', 'for an alias with a tab', { callbackAlias: 'a\tb' }],
    [409, '1002', 'when there is no such store', { storeId: NOWHERE }],
  ])('with %i/%s %s', async (status, code, _why, members) => {
    const reply = await api.post(BASE, posBody(members));
    expect([reply.status, reply.json.code]).toEqual([status, code]);
  });

  test('with 1200 and 1202 when name or beacon are taken', async () => {
    const beaconId = '999999999999999';
    await api.post(BASE, posBody({ merchantPosId: 'taken', beaconId }));
    const name = await api.post(BASE, posBody({ merchantPosId: 'taken' }));
    expect([name.status, name.json.code]).toEqual([409, '1200']);
    const beacon = await api.post(BASE, posBody({ beaconId }));
    expect([beacon.status, beacon.json.code]).toEqual([409, '1202']);
    // The name is taken for this integrator and merchant only.
    expect((await otherClient.post(BASE, posBody({ merchantPosId: 'taken' }))).status).toBe(200);
  });

  test("with 1204 in a store that is not activated, 1403 in another merchant's", async () => {
    const closed = await api.post(BASE, posBody({ storeId: closedStoreId }));
    expect([closed.status, closed.json.code]).toEqual([409, '1204']);
    const strange = await otherMerchant.post(BASE, posBody());
    expect([strange.status, strange.json.code]).toEqual([403, '1403']);
  });
});

test.each([
  ['', '1121'],
  ['storeId=10001', '1121'],
  ['beaconId=12', '1100'],
  [`merchantPosId=${'x'.repeat(37)}`, '1111'],
])('a query with the filter "%s" is refused with %s', async (query, code) => {
  const reply = await api.get(`${BASE}?${query}`);
  expect([reply.status, reply.json.code]).toEqual([400, code]);
});

test.each([
  ['GET', '', '1410'],
  ['GET', '/checkin', '1410'],
  ['DELETE', '', '1409'],
])("%s pointofsales/{id}%s of others' is refused", async (method, path, ofMerchant) => {
  const { posId } = await api.createPos();
  const strange = await otherMerchant.call(method, `${BASE}/${posId}${path}`);
  expect([strange.status, strange.json.code]).toEqual([403, ofMerchant]);
  const foreign = await otherClient.call(method, `${BASE}/${posId}${path}`);
  expect([foreign.status, foreign.json.code]).toEqual([403, '1400']);
  expect((await api.call(method, `${BASE}/${NOWHERE}${path}`)).status).toBe(404);
  expect((await api.call(method, `${BASE}/nonsense${path}`)).json.code).toBe('1099');
});

describe('a check-in', () => {
  test('is seen, at first without loyalty ids and receipt token', async () => {
    const { posId, beaconId } = await api.createPos();
    simulator.phone.checkIn(beaconId, '+4500000002');
    const path = `${BASE}/${posId}/checkin`;
    expect((await api.get(path)).json).toEqual({
      isUserCheckedIn: true,
      customerToken: expect.any(String),
      pollDelayInMs: 1000,
    });
    simulator.advanceClock(60_000);
    expect((await api.get(path)).json).toMatchObject({
      loyaltyIds: [expect.any(String)],
      customerReceiptToken: expect.stringMatching(/.+/),
    });
  });

  test('of somebody in no loyalty programme says so with empty members', async () => {
    const { posId, beaconId } = await api.createPos();
    simulator.phone.checkIn(beaconId, '+4500000001');
    simulator.advanceClock(60_000);
    const reply = await api.get(`${BASE}/${posId}/checkin`);
    expect(reply.json).toMatchObject({ loyaltyIds: [], customerReceiptToken: '' });
  });

  test('says of a prepared payment as much as of its point of sale', async () => {
    const { posId, beaconId } = await api.createPos();
    const body = { posId, orderId: 'with-loyalty' };
    const { paymentId } = (await api.post('/pos/v10/payments/prepare', body)).json;
    const path = `/pos/v10/payments/${paymentId}`;
    simulator.phone.checkIn(beaconId, '+4500000001', ['gold', 'silver']);
    const paired = (await api.get(path)).json;
    expect(paired).toMatchObject({ status: 'Paired', customerToken: expect.any(String) });
    expect(paired).not.toHaveProperty('loyaltyIds');
    expect(paired).not.toHaveProperty('customerReceiptToken');
    simulator.advanceClock(60_000);
    const known = { loyaltyIds: ['gold', 'silver'], customerReceiptToken: '' };
    expect((await api.get(path)).json).toMatchObject(known);
    expect((await api.get(`${BASE}/${posId}/checkin`)).json).toMatchObject(known);
  });

  test('needs a payment where the PoS demands one', async () => {
    const { posId, beaconId } = await api.createPos({ requirePaymentBeforeCheckin: true });
    expect(() => simulator.phone.checkIn(beaconId)).toThrow('wants a payment');
    await api.start(posId);
    expect(() => simulator.phone.checkIn(beaconId)).not.toThrow();
  });

  test('is not possible while another customer pays', async () => {
    const { posId, beaconId } = await api.createPos();
    await api.start(posId);
    simulator.phone.checkIn(beaconId, '+4500000001');
    simulator.phone.checkIn(beaconId, '+4500000001');
    expect(() => simulator.phone.checkIn(beaconId, '+4500000002')).toThrow('another customer');
  });
});

describe('stores', () => {
  const STORES = '/pos/v10/stores';

  test('are listed, of this merchant only', async () => {
    expect((await api.get(STORES)).json.storeIds).toEqual([storeId, closedStoreId]);
    const query = `merchantBrandId=${brand}&merchantLocationId=10001`;
    expect((await api.get(`${STORES}?${query}`)).json).toEqual({ storeIds: [storeId] });
    expect((await api.get(`${STORES}/detailed?${query}`)).json).toEqual([
      (await api.get(`${STORES}/${storeId}`)).json,
    ]);
  });

  test('are shown with address and ids, and nothing more', async () => {
    expect((await api.get(`${STORES}/${storeId}`)).json).toEqual({
      storeId,
      storeName: expect.any(String),
      brandName: expect.any(String),
      storeStreet: expect.any(String),
      storeZipCode: '1000',
      storeCity: 'København',
      merchantBrandId: brand,
      merchantLocationId: '10001',
    });
    expect((await otherMerchant.get(`${STORES}/${storeId}`)).status).toBe(404);
    expect((await api.get(`${STORES}/${NOWHERE}`)).status).toBe(404);
    expect((await api.get(`${STORES}/nonsense`)).json.code).toBe('1099');
  });

  test.each([
    ['merchantBrandId=POSDK12345', '1122'],
    ['merchantLocationId=10001', '1122'],
    ['merchantBrandId=SHOP1&merchantLocationId=10001', '1119'],
    ['merchantBrandId=POSDK12345&merchantLocationId=1', '1120'],
  ])('a query with %s is refused with %s', async (query, code) => {
    for (const path of [STORES, `${STORES}/detailed`]) {
      const reply = await api.get(`${path}?${query}`);
      expect([reply.status, reply.json.code]).toEqual([400, code]);
    }
  });
});
