import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, simulatorAndClient, startBody } from './client.ts';

let simulator: Simulator;
let api: ApiClient;
let posId: string;
let beaconId: string;
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({ pollDelayMs: 0 }));
});
afterAll(() => simulator.close());
beforeEach(async () => {
  ({ posId, beaconId } = await api.createPos());
});

const phoneNumber = '+4511111111';
/** As a person with curl does it: no token, no headers. */
const play = async (action: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${simulator.url}/pos/app/usersimulation/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};

test('a customer checks in and accepts', async () => {
  const id = await api.start(posId);
  expect(await play('checkin', { beaconId, phoneNumber })).toEqual({ status: 200, text: '' });
  expect(await api.status(id)).toBe('IssuedToUser');
  expect((await play('acceptpayment', { beaconId, phoneNumber })).status).toBe(200);
  expect(await api.status(id)).toBe('Reserved');
});

test('a customer checks in and refuses', async () => {
  const id = await api.start(posId);
  await play('checkin', { beaconId, phoneNumber });
  expect((await play('cancelpaymentbyuser', { beaconId })).status).toBe(200);
  expect(await api.status(id)).toBe('CancelledByUser');
});

test('what the phone would not offer is refused', async () => {
  expect((await play('acceptpayment', { beaconId, phoneNumber })).text).toContain('"1001"');
  const id = await api.start(posId);
  expect((await play('acceptpayment', { beaconId, phoneNumber })).status).toBe(409);
  expect((await play('cancelpaymentbyuser', { beaconId })).status).toBe(409);
  await play('checkin', { beaconId, phoneNumber });
  expect((await play('acceptpayment', { beaconId, phoneNumber: '+4522222222' })).status).toBe(409);
  expect(await api.status(id)).toBe('IssuedToUser');
  expect((await play('checkin', { beaconId: '000000000000000', phoneNumber })).text).toContain(
    '"1000"',
  );
});

test.each([
  ['debit', { debitCardDisallowed: true }],
  ['credit', { creditCardDisallowed: true, debitCardDisallowed: false }],
] as const)('a %s card is not taken where that is disallowed', async (card, restrictions) => {
  const body = startBody(posId, { restrictions });
  const id = (await api.post('/pos/v10/payments', body)).json.paymentId;
  simulator.phone.checkIn(beaconId, phoneNumber);
  expect(() => simulator.phone.accept(beaconId, { card })).toThrow(`does not take a ${card} card`);
  expect(await api.status(id)).toBe('IssuedToUser');
  expect((await play('acceptpayment', { beaconId, phoneNumber })).status).toBe(200);
  expect(await api.status(id)).toBe('Reserved');
});

test('a prepared payment is restricted by what makes it ready', async () => {
  const { orderId: _, posId: __, ...terms } = startBody(posId);
  const prepared = await api.post('/pos/v10/payments/prepare', { posId, orderId: 'restricted' });
  const path = `/pos/v10/payments/${prepared.json.paymentId}`;
  simulator.phone.checkIn(beaconId, phoneNumber);
  const restrictions = { debitCardDisallowed: true, creditCardDisallowed: true };
  await api.post(`${path}/ready`, { ...terms, restrictions });
  expect((await api.get(path)).json.restrictions).toEqual(restrictions);
  expect((await play('acceptpayment', { beaconId, phoneNumber })).text).toContain('no card at all');
  expect((await api.get(path)).json.status).toBe('IssuedToUser');
});

test('malformed requests and bad tokens are refused', async () => {
  expect((await play('checkin', { beaconId })).text).toContain('"1099"');
  expect((await play('checkin', { beaconId, phoneNumber, name: 'x' })).text).toContain('"1099"');
  const wrong = { authorization: 'Bearer nonsense' };
  expect((await play('checkin', { beaconId, phoneNumber }, wrong)).status).toBe(401);
});
