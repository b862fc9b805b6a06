import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, simulatorAndClient, startBody } from './client.ts';

let simulator: Simulator;
let api: ApiClient;
let posId: string;
let beaconId: string;

beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({ pollDelayMs: 250, loyaltyLookupMs: 0 }));
});
afterAll(() => simulator.close());
beforeEach(async () => {
  ({ posId, beaconId } = await api.createPos());
});

const path = (paymentId: string, action = '') => `/pos/v10/payments/${paymentId}${action}`;

describe('a sale', () => {
  test('goes from start over check-in and acceptance to captured', async () => {
    const body = startBody(posId, { merchantPaymentLabel: 'Brød', orderId: 'sale-1' });
    const started = await api.post('/pos/v10/payments', body);
    expect(started).toMatchObject({ status: 200, json: { paymentId: expect.any(String) } });
    expect(Object.keys(started.json)).toEqual(['paymentId']);
    const id = started.json.paymentId;

    expect((await api.get(path(id))).json).toEqual({
      paymentId: id,
      posId,
      orderId: 'sale-1',
      amount: 12.5,
      currencyCode: 'DKK',
      restrictions: null,
      merchantPaymentLabel: 'Brød',
      plannedCaptureDelay: 'None',
      status: 'Initiated',
      customerToken: null,
      paymentExpiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      pollDelayInMs: 250,
    });

    simulator.phone.checkIn(beaconId);
    expect(await api.status(id)).toBe('IssuedToUser');
    simulator.phone.accept(beaconId);
    expect((await api.get(path(id))).json).toMatchObject({
      status: 'Reserved',
      partialCapturePossible: true,
      customerToken: expect.stringMatching(/^[0-9a-f]{40}$/),
      loyaltyIds: [expect.any(String)],
    });

    const captured = await api.post(path(id, '/capture'), { amount: 12.5 });
    expect(captured).toMatchObject({ status: 200, text: '' });
    const after = await api.get(path(id));
    expect(after.json).toMatchObject({ status: 'Captured', amount: 12.5 });
    expect(after.json).not.toHaveProperty('partialCapturePossible');
    expect(after.json).not.toHaveProperty('paymentExpiresAt');
  });

  test('is issued to the customer at once when they have checked in before', async () => {
    simulator.phone.checkIn(beaconId);
    expect(await api.status(await api.start(posId))).toBe('IssuedToUser');
  });

  test('refused by the customer ends there, and the customer has left', async () => {
    const id = await api.start(posId);
    simulator.phone.checkIn(beaconId);
    simulator.phone.refuse(beaconId);
    expect(await api.status(id)).toBe('CancelledByUser');
    const checkin = await api.get(`/pos/v10/pointofsales/${posId}/checkin`);
    expect(checkin.json).toEqual({ isUserCheckedIn: false, pollDelayInMs: 250 });
  });

  test.each(['Initiated', 'IssuedToUser', 'Reserved'])(
    'can be cancelled while %s',
    async (state) => {
      const id = await api.start(posId);
      if (state !== 'Initiated') simulator.phone.checkIn(beaconId);
      if (state === 'Reserved') simulator.phone.accept(beaconId);
      expect(await api.status(id)).toBe(state);
      expect(await api.post(path(id, '/cancel'))).toMatchObject({ status: 200, text: '' });
      expect(await api.status(id)).toBe('CancelledByClient');
    },
  );

  test('whose money cannot be reserved is cancelled by MobilePay', async () => {
    const id = await api.start(posId);
    simulator.phone.checkIn(beaconId);
    simulator.phone.accept(beaconId, { fails: true });
    expect(await api.status(id)).toBe('CancelledByMobilePay');
  });

  test('captured twice with one amount is captured once', async () => {
    const { paymentId } = simulator.placePayment({ posId, status: 'Reserved' });
    expect((await api.post(path(paymentId, '/capture'), { amount: 10 })).status).toBe(200);
    expect((await api.post(path(paymentId, '/capture'), { amount: 10.0 })).status).toBe(200);
    const [payment] = simulator.payments().filter((one) => one.paymentId === paymentId);
    expect(payment?.history.map((move) => move.status)).toEqual(['Reserved', 'Captured']);
    expect(payment?.capturedMinorUnits).toBe(1000);
  });

  test('can be captured in part', async () => {
    const { paymentId } = simulator.placePayment({ posId, status: 'Reserved' });
    expect((await api.post(path(paymentId, '/capture'), { amount: 0.29 })).status).toBe(200);
    const [payment] = simulator.payments().filter((one) => one.paymentId === paymentId);
    expect(payment?.capturedMinorUnits).toBe(29);
  });
});

describe('a prepared payment', () => {
  const terms = { amount: 99.95, currencyCode: 'DKK', plannedCaptureDelay: 'LessThan24Hours' };
  const prepare = async () =>
    (await api.post('/pos/v10/payments/prepare', { posId, orderId: `p-${posId.slice(0, 8)}` })).json
      .paymentId as string;

  test('is paired by the check-in and issued when ready', async () => {
    const id = await prepare();
    expect((await api.get(path(id))).json).toMatchObject({ status: 'Prepared', amount: null });
    simulator.phone.checkIn(beaconId);
    expect(await api.status(id)).toBe('Paired');
    expect(await api.post(path(id, '/ready'), terms)).toMatchObject({ status: 200, text: '' });
    expect((await api.get(path(id))).json).toMatchObject({ status: 'IssuedToUser', ...terms });
  });

  test('made ready before the check-in is initiated', async () => {
    const id = await prepare();
    await api.post(path(id, '/ready'), terms);
    expect(await api.status(id)).toBe('Initiated');
  });

  test('is paired at once when the customer is there already', async () => {
    simulator.phone.checkIn(beaconId);
    expect(await api.status(await prepare())).toBe('Paired');
  });
});

describe('looking payments up', () => {
  const find = async (query: string) =>
    (await api.get(`/pos/v10/payments?${query}`)).json.paymentIds;

  test('by PoS lists active and reserved ones, not those that have ended', async () => {
    const reserved = simulator.placePayment({ posId, status: 'Reserved' });
    simulator.placePayment({ posId, status: 'CancelledByUser' });
    const captured = simulator.placePayment({ posId, status: 'Captured' });
    const active = await api.start(posId);
    expect(await find(`posId=${posId}`)).toEqual([reserved.paymentId, active]);
    expect(await find(`posId=${posId}&state=Captured`)).toEqual([captured.paymentId]);
  });

  test('by order finds the latest with that order id only', async () => {
    const first = await api.start(posId, { orderId: 'twice' });
    expect(await find(`orderId=twice&posId=${posId}`)).toEqual([first]);
    await api.post(path(first, '/cancel'));
    expect(await find(`orderId=twice&posId=${posId}`)).toEqual([]);
    const second = await api.start(posId, { orderId: 'twice' });
    expect(await find('orderId=twice')).toEqual([second]);
    expect(await find('orderId=twice&state=Captured')).toEqual([]);
    const kinds = simulator.violations.map((violation) => violation.kind);
    expect(kinds.filter((kind) => kind === 'order-id-reused')).toHaveLength(1);
  });

  test('finds nothing on another PoS', async () => {
    await api.start(posId, { orderId: 'here' });
    const other = await api.createPos();
    expect(await find(`orderId=here&posId=${other.posId}`)).toEqual([]);
    expect(await find(`posId=${other.posId}`)).toEqual([]);
  });
});

describe('as time passes', () => {
  test('an active payment lapses and its PoS is free again', async () => {
    const id = await api.start(posId);
    simulator.phone.checkIn(beaconId);
    simulator.advanceClock(10 * 60_000 - 10_000);
    expect(await api.status(id)).toBe('IssuedToUser');
    simulator.advanceClock(10_000);
    expect(await api.status(id)).toBe('CancelledByMobilePay');
    expect(await api.status(await api.start(posId))).toBe('Initiated');
  });

  test('a reservation lapses after seven days', async () => {
    const { paymentId } = simulator.placePayment({ posId, status: 'Reserved' });
    simulator.advanceClock(7 * 24 * 3_600_000 - 10_000);
    await api.signIn();
    expect(await api.status(paymentId)).toBe('Reserved');
    simulator.advanceClock(10_000);
    expect(await api.status(paymentId)).toBe('ExpiredAndCancelled');
    expect((await api.post(path(paymentId, '/capture'), { amount: 10 })).json.code).toBe('1304');
  });

  test('a customer who is offered nothing leaves', async () => {
    simulator.phone.checkIn(beaconId);
    simulator.advanceClock(5 * 60_000);
    expect(await api.status(await api.start(posId))).toBe('Initiated');
  });
});
