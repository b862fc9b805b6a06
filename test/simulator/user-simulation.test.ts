import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, simulatorAndClient } from './client.ts';

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

test('malformed requests and bad tokens are refused', async () => {
  expect((await play('checkin', { beaconId })).text).toContain('"1099"');
  expect((await play('checkin', { beaconId, phoneNumber, name: 'x' })).text).toContain('"1099"');
  const wrong = { authorization: 'Bearer nonsense' };
  expect((await play('checkin', { beaconId, phoneNumber }, wrong)).status).toBe(401);
});
