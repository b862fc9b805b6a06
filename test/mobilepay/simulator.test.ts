import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPosV10 } from '../../src/mobilepay/pos-v10.ts';
import type { PaymentPlatform } from '../../src/ports.ts';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { expectKind } from './harness.ts';

const beaconId = '123456789012345';
const amount = { currency: 'DKK', value: 1250 } as const;
let simulator: Simulator;
let client: PaymentPlatform;
let posId: string;

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, loyaltyLookupMs: 0 });
  client = createPosV10({
    baseUrl: simulator.url,
    authUrl: `${simulator.url}/integrator-authentication`,
    clientId: DEMO_CLIENT_ID,
    clientSecret: DEMO_CLIENT_SECRET,
    merchantVat: DEMO_VAT,
    version: '1.2.3',
    logger: pino({ level: 'silent' }),
  });
  expectKind(await client.authorize(), 'ok');
  const stores = await client.findStores({ brandId: DEMO_BRAND_ID, locationId: DEMO_LOCATION_ID });
  const [store] = expectKind(stores, 'ok').value;
  const pos = {
    merchantPosId: 'till-1',
    storeId: store?.storeId ?? '',
    name: 'Kasse 1',
    beaconId,
    supportedBeaconTypes: ['QR', 'Bluetooth'],
    requirePaymentBeforeCheckin: false,
  };
  ({ posId } = expectKind(await client.createPos(pos, randomUUID()), 'ok').value);
  expect(expectKind(await client.findPos('till-1'), 'ok').value).toEqual([posId]);
  const got = expectKind(await client.getPos(posId), 'ok').value;
  expect(got).toEqual({ ...pos, posId, callbackAlias: null });
});
afterAll(async () => {
  await client.close();
  await simulator.close();
});

async function start(orderId: string, idempotencyKey: string = randomUUID()) {
  const order = { posId, orderId, amount, plannedCaptureDelay: 'None', label: 'Brød' } as const;
  return await client.createPayment({ idempotencyKey, body: client.encodeCreate(order) });
}

test('a sale goes through from start to capture, and nothing in it breaks a rule', async () => {
  const { paymentId } = expectKind(await start('sale 1+æ'), 'ok').value;
  expect(expectKind(await client.findPayments({ posId, orderId: 'sale 1+æ' }), 'ok').value).toEqual(
    [paymentId],
  );
  simulator.phone.checkIn(beaconId);
  expect(expectKind(await client.getCheckin(posId), 'ok').value.value).toMatchObject({
    checkedIn: true,
    customerToken: expect.any(String),
  });
  simulator.phone.accept(beaconId);
  expect(expectKind(await client.getPayment(paymentId), 'ok').value.value).toMatchObject({
    paymentId,
    posId,
    orderId: 'sale 1+æ',
    status: 'Reserved',
    amount,
    partialCapturePossible: true,
    expiresAt: expect.any(Number),
  });
  expectKind(await client.capturePayment(paymentId, amount), 'ok');
  expectKind(await client.capturePayment(paymentId, amount), 'ok');
  const captured = await client.findPayments({ orderId: 'sale 1+æ', state: 'Captured' });
  expect(expectKind(captured, 'ok').value).toEqual([paymentId]);
  expect(expectKind(await client.cancelPayment(paymentId), 'refused').refusal.code).toBe('1300');
  expect(simulator.violations).toEqual([]);
});

test.each(['lost-answer', '500', 'reset'] as const)(
  'a start whose first answer is a %s is made once',
  async (kind) => {
    const orderId = `start-${kind}`;
    simulator.faults.add({ operation: 'startPayment', kind, acted: true });
    const result = expectKind(await start(orderId), 'ok');
    expect(result.priorAttemptAmbiguous).toBe(true);
    const made = simulator.payments().filter((payment) => payment.orderId === orderId);
    expect(made).toHaveLength(1);
    expectKind(await client.cancelPayment(result.value.paymentId), 'ok');
  },
);

test.each(['garbage', 'html', 'wrong-type', 'unknown-status', '429'] as const)(
  'a %s is an answer of no meaning to every call',
  async (kind) => {
    const { paymentId } = expectKind(await start(`garbage-${kind}`), 'ok').value;
    for (const operation of ['getPayment', 'findPayments', 'startPayment'] as const) {
      simulator.faults.add({ operation, kind });
    }
    expectKind(await client.getPayment(paymentId), 'unanswered');
    expectKind(await client.findPayments({ posId }), 'unanswered');
    expectKind(await start(`garbage-${kind}-2`), 'unanswered');
    expectKind(await client.cancelPayment(paymentId), 'ok');
  },
);
