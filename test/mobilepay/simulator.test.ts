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
  simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    loyaltyLookupMs: 0,
    pollDelayMs: 0,
    refundReservationMs: 60_000,
  });
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

test('a prepared sale goes through: the customer first, then the amount', async () => {
  const order = { posId, orderId: 'prepared-1' };
  const prepared = await client.preparePayment({
    idempotencyKey: randomUUID(),
    body: client.encodePrepare(order),
  });
  const { paymentId } = expectKind(prepared, 'ok').value;
  expect(expectKind(await client.getPayment(paymentId), 'ok').value.value).toMatchObject({
    status: 'Prepared',
    amount: null,
    personal: { loyaltyIds: null, customerToken: null, customerReceiptToken: null },
  });
  simulator.phone.checkIn(beaconId, undefined, ['club-1']);
  expect(expectKind(await client.getPayment(paymentId), 'ok').value.value).toMatchObject({
    status: 'Paired',
    amount: null,
    personal: { loyaltyIds: ['club-1'], customerToken: expect.any(String) },
  });
  const body = client.encodeReady({
    amount,
    plannedCaptureDelay: 'LessThan24Hours',
    restrictions: { creditCardDisallowed: true },
    label: 'Brød',
  });
  expectKind(await client.readyPayment(paymentId, body), 'ok');
  expect(simulator.payments().at(-1)?.terms).toEqual({
    amountMinorUnits: 1250,
    currencyCode: 'DKK',
    plannedCaptureDelay: 'LessThan24Hours',
    restrictions: { debitCardDisallowed: false, creditCardDisallowed: true },
    merchantPaymentLabel: 'Brød',
  });
  // A repeated ready is refused, and the state tells that it was no loss.
  expect(expectKind(await client.readyPayment(paymentId, body), 'refused').refusal.code).toBe(
    '1303',
  );
  expect(expectKind(await client.getPayment(paymentId), 'ok').value.value).toMatchObject({
    status: 'IssuedToUser',
    amount,
  });
  simulator.phone.accept(beaconId);
  expectKind(await client.capturePayment(paymentId, { currency: 'DKK', value: 1000 }), 'ok');
  expect(simulator.payments().at(-1)).toMatchObject({
    status: 'Captured',
    capturedMinorUnits: 1000,
  });
  expect(simulator.violations).toEqual([]);
});

test('a captured payment is refunded in parts, and one of them is undone', async () => {
  const { paymentId } = simulator.placePayment({
    posId,
    status: 'Captured',
    amountMinorUnits: 1250,
  });
  const refundOf = async (refundOrderId: string, value: number) =>
    await client.createRefund({
      idempotencyKey: randomUUID(),
      body: client.encodeRefund({
        paymentId,
        refundOrderId,
        amount: { currency: 'DKK', value },
      }),
    });
  const { refundId } = expectKind(await refundOf('r-1', 250), 'ok').value;
  const undone = expectKind(await refundOf('r-2', 1000), 'ok').value.refundId;
  expect(expectKind(await refundOf('r-3', 1), 'refused').refusal.code).toBe('1367');
  expect(expectKind(await client.findRefunds(paymentId), 'ok').value).toEqual([refundId, undone]);
  expect(expectKind(await client.getRefund(refundId), 'ok').value.value).toEqual({
    refundId,
    paymentId,
    refundOrderId: 'r-1',
    amount: { currency: 'DKK', value: 250 },
    status: 'Initiated',
    correlationId: expect.any(String),
  });
  expect(expectKind(await client.captureRefund(refundId), 'refused').refusal.code).toBe('1351');
  simulator.forceRefundStatus(refundId, 'Reserved');
  expectKind(await client.captureRefund(refundId), 'ok');
  expectKind(await client.captureRefund(refundId), 'ok');
  expectKind(await client.cancelRefund(undone), 'ok');
  expect(expectKind(await client.cancelRefund(refundId), 'refused').refusal.code).toBe('1352');
  const statusOf = async (id: string) =>
    expectKind(await client.getRefund(id), 'ok').value.value.status;
  expect([await statusOf(refundId), await statusOf(undone)]).toEqual([
    'Captured',
    'CancelledByClient',
  ]);
  expect(simulator.violations).toEqual([]);
});

test('a PoS is deleted although the first answer is lost, and its name is free again', async () => {
  const [store] = expectKind(await client.findStores(undefined), 'ok').value;
  expect(expectKind(await client.getStore(store?.storeId ?? ''), 'ok').value).toEqual(store);
  const pos = {
    merchantPosId: 'till-2',
    storeId: store?.storeId ?? '',
    name: 'Kasse 2',
    supportedBeaconTypes: ['QR'],
  };
  const created = expectKind(await client.createPos(pos, randomUUID()), 'ok').value;
  const made = expectKind(await client.getPos(created.posId), 'ok').value;
  expect(made.beaconId).toMatch(/^[0-9a-f-]{36}$/);
  simulator.faults.add({ operation: 'deletePos', kind: 'reset', acted: true });
  expect(expectKind(await client.deletePos(created.posId), 'ok').priorAttemptAmbiguous).toBe(true);
  expect(expectKind(await client.findPos('till-2'), 'ok').value).toEqual([]);
  expectKind(await client.deletePos(created.posId), 'ok');
  const again = expectKind(await client.createPos(pos, randomUUID()), 'ok').value;
  expect(again.posId).not.toBe(created.posId);
});

test.each(['lost-answer', '500', 'reset'] as const)(
  'a prepare and a refund whose first answer is a %s are made once',
  async (kind) => {
    const { paymentId } = simulator.placePayment({
      posId,
      status: 'Captured',
      amountMinorUnits: 1250,
    });
    const refundOrderId = `refund-${kind}`;
    simulator.faults.add({ operation: 'createRefund', kind, acted: true });
    const refund = await client.createRefund({
      idempotencyKey: randomUUID(),
      body: client.encodeRefund({ paymentId, refundOrderId, amount }),
    });
    expect(expectKind(refund, 'ok').priorAttemptAmbiguous).toBe(true);
    const refunds = simulator.refunds().filter((made) => made.refundOrderId === refundOrderId);
    expect(refunds).toHaveLength(1);

    const orderId = `prepare-${kind}`;
    simulator.faults.add({ operation: 'preparePayment', kind, acted: true });
    const prepared = await client.preparePayment({
      idempotencyKey: randomUUID(),
      body: client.encodePrepare({ posId, orderId }),
    });
    expect(expectKind(prepared, 'ok').priorAttemptAmbiguous).toBe(true);
    expect(simulator.payments().filter((made) => made.orderId === orderId)).toHaveLength(1);
    expectKind(await client.cancelPayment(expectKind(prepared, 'ok').value.paymentId), 'ok');
  },
);

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
