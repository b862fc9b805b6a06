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
});
