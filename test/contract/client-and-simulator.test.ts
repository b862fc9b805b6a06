import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explain, knownCodes } from '../../src/mobilepay/error-table.ts';
import type { PosV10Options } from '../../src/mobilepay/pos-v10.ts';
import { createPosV10 } from '../../src/mobilepay/pos-v10.ts';
import type {
  CallResult,
  NewPos,
  PaymentPlatform,
  PaymentTerms,
  RefundOrder,
  StartOrder,
} from '../../src/ports.ts';
import { errorOfCode } from '../../src/simulator/api-error.ts';
import { DEMO_BRAND_ID, DEMO_LOCATION_ID, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Operation, operations } from '../../src/simulator/operations.ts';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { expectKind } from '../mobilepay/harness.ts';
import { type ApiClient, startSurface } from '../simulator/client.ts';
import { demoClient, OTHER_CLIENT, OTHER_VAT } from '../simulator/two-merchants.ts';
import type { Bend } from './bending-relay.ts';
import { startBendingRelay } from './bending-relay.ts';

// The client and the simulator were written apart, from the same facts. Here they are held
// together: every operation is called, and every error code comes out of the client as what it is.

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const VERSION = 'x-mobilepay-client-system-version';
const VAT = 'x-mobilepay-merchant-vat-number';
const KEY = 'x-mobilepay-idempotency-key';
const DAY_MS = 24 * 3_600_000;
const phoneNumber = '+4512345678';
const dkk = (value: number) => ({ currency: 'DKK', value }) as const;

let simulator: Simulator;
let relay: Awaited<ReturnType<typeof startBendingRelay>>;
let client: PaymentPlatform;
let otherMerchant: PaymentPlatform;
let otherIntegrator: PaymentPlatform;
let app: ApiClient;
let storeId: string;
let posId: string;
let beaconId: string;
const clients: PaymentPlatform[] = [];

function clientWith(options: Partial<PosV10Options> = {}): PaymentPlatform {
  const made = createPosV10({
    baseUrl: relay.url,
    authUrl: `${relay.url}/integrator-authentication`,
    clientId: demoClient.clientId,
    clientSecret: demoClient.clientSecret,
    merchantVat: DEMO_VAT,
    version: '1.2.3',
    logger: pino({ level: 'silent' }),
    ...options,
  });
  clients.push(made);
  return made;
}

beforeAll(async () => {
  ({ simulator, api: app } = await startSurface());
  relay = await startBendingRelay(simulator.url);
  client = clientWith();
  otherMerchant = clientWith({ merchantVat: OTHER_VAT });
  const { clientId, clientSecret } = OTHER_CLIENT;
  otherIntegrator = clientWith({ clientId, clientSecret });
  storeId = expectKind(await client.findStores(undefined), 'ok').value[0]?.storeId ?? '';
});
afterAll(async () => {
  for (const made of clients) await made.close();
  await relay.close();
  await simulator.close();
});
beforeEach(async () => {
  simulator.faults.clear();
  ({ posId } = expectKind(await makePos(), 'ok').value);
  ({ beaconId } = expectKind(await client.getPos(posId), 'ok').value);
});

const place = (status: PaymentStatus, more = {}) =>
  simulator.placePayment({ posId, status, ...more }).paymentId;
const terms = (more: Partial<PaymentTerms> = {}): PaymentTerms => ({
  amount: dkk(1000),
  plannedCaptureDelay: 'None',
  ...more,
});
const start = (more: Partial<StartOrder> = {}, idempotencyKey: string = randomUUID()) =>
  client.createPayment({
    idempotencyKey,
    body: client.encodeCreate({ posId, orderId: randomUUID(), ...terms(), ...more }),
  });
/** With a body that `encodeCreate` would never give. */
const startWith = (members: Record<string, unknown>) =>
  client.createPayment({
    idempotencyKey: randomUUID(),
    body: JSON.stringify({
      ...(JSON.parse(client.encodeCreate({ posId, orderId: randomUUID(), ...terms() })) as object),
      ...members,
    }),
  });
const prepare = () =>
  client.preparePayment({
    idempotencyKey: randomUUID(),
    body: client.encodePrepare({ posId, orderId: randomUUID() }),
  });
const ready = (by: PaymentPlatform, paymentId: string) =>
  by.readyPayment(paymentId, client.encodeReady(terms()));
const makeRefund = (more: Partial<RefundOrder> = {}) =>
  client.createRefund({
    idempotencyKey: randomUUID(),
    body: client.encodeRefund({
      paymentId: more.paymentId ?? place('Captured'),
      refundOrderId: randomUUID(),
      amount: dkk(250),
      ...more,
    }),
  });
const refund = async () => expectKind(await makeRefund(), 'ok').value.refundId;
const reservedRefund = async () => {
  const refundId = await refund();
  simulator.forceRefundStatus(refundId, 'Reserved');
  return refundId;
};
const newPos = (more: Partial<NewPos> = {}): NewPos => ({
  merchantPosId: randomUUID(),
  storeId,
  name: 'Kasse 1',
  supportedBeaconTypes: ['QR'],
  ...more,
});
const makePos = (more: Partial<NewPos> = {}, by = client) =>
  by.createPos(newPos(more), randomUUID());

const play = async (path: string, body: Record<string, string>) => {
  const { status } = await app.post(`/pos/app/usersimulation/${path}`, body);
  return { kind: status === 200 ? 'ok' : `HTTP ${status}` };
};

describe('every operation is answered as the client understands it', () => {
  /** By the client; by plain HTTP where the product has no use for the call. */
  const calls: Record<Operation, () => Promise<{ kind: string }>> = {
    getToken: () => client.authorize(),
    findStores: async () => {
      const { status, json } = await app.get('/pos/v10/stores');
      return { kind: status === 200 && json.storeIds.includes(storeId) ? 'ok' : 'something else' };
    },
    findDetailedStores: () =>
      client.findStores({ brandId: DEMO_BRAND_ID, locationId: DEMO_LOCATION_ID }),
    getStore: () => client.getStore(storeId),
    findPos: () => client.findPosOfBeacon(beaconId),
    createPos: () => makePos(),
    getPos: () => client.getPos(posId),
    deletePos: () => client.deletePos(posId),
    getCheckin: () => client.getCheckin(posId),
    findPayments: () => client.findPayments({ posId }),
    startPayment: () => start(),
    preparePayment: () => prepare(),
    readyPayment: () => ready(client, place('Paired')),
    capturePayment: () => client.capturePayment(place('Reserved'), dkk(1000)),
    cancelPayment: () => client.cancelPayment(place('Initiated')),
    getPayment: () => client.getPayment(place('Captured')),
    findRefunds: () => client.findRefunds(place('Captured')),
    createRefund: () => makeRefund(),
    getRefund: async () => client.getRefund(await refund()),
    captureRefund: async () => client.captureRefund(await reservedRefund()),
    cancelRefund: async () => client.cancelRefund(await reservedRefund()),
    simulateCheckin: () => play('checkin', { beaconId, phoneNumber }),
    simulateAccept: () => {
      place('Initiated');
      simulator.phone.checkIn(beaconId, phoneNumber);
      return play('acceptpayment', { beaconId, phoneNumber });
    },
    simulateRefusal: () => {
      place('IssuedToUser');
      return play('cancelpaymentbyuser', { beaconId });
    },
  };
  const byPlainHttp: Operation[] = [
    'findStores',
    'simulateCheckin',
    'simulateAccept',
    'simulateRefusal',
  ];

  test('the twenty-three of PoS V10, and the token call', () => {
    expect(Object.keys(calls)).toEqual([...operations]);
    expect(operations).toHaveLength(24);
  });

  test.each(operations)('%s', async (operation) => {
    const before = simulator.count(operation);
    expect(await calls[operation]()).toMatchObject({ kind: 'ok' });
    expect(simulator.count(operation)).toBe(before + 1);
    expect(simulator.violations).toEqual([]);
  });

  test.each(operations.filter((operation) => !byPlainHttp.includes(operation)))(
    '%s refused by order is a refusal, and lost by order is none',
    async (operation) => {
      simulator.faults.add({ kind: 'error', code: 1099, operation });
      expect(await calls[operation]()).toMatchObject({ kind: 'refused' });
      simulator.faults.add({ kind: 'html', operation, count: 3 });
      expect(await calls[operation]()).toMatchObject({ kind: 'unanswered' });
    },
  );
});

describe('every error code comes out of the client as that refusal', () => {
  const without = (name: string): Bend => {
    return (request) => {
      request.headers = request.headers.filter(([other]) => other !== name);
    };
  };
  const twice = (name: string): Bend => {
    return (request) => {
      request.headers.push(...request.headers.filter(([other]) => other === name));
    };
  };
  const withoutQuery =
    (name: string): Bend =>
    (request) => {
      const url = new URL(request.path, 'http://relay');
      url.searchParams.delete(name);
      request.path = url.pathname + url.search;
    };
  const bent = (bend: Bend, call: () => Promise<CallResult<unknown>>) =>
    relay.whileBent(bend, call);
  /** No request provokes these: the header is gone. */
  const byOrder = (code: number) => {
    simulator.faults.add({ kind: 'error', code, operation: 'getPos' });
    return client.getPos(posId);
  };

  /** The HTTP status, and a call that provokes the code. */
  const errors: Record<number, [number, () => Promise<CallResult<unknown>>]> = {
    1000: [409, () => start({ posId: NOWHERE })],
    1001: [409, () => makeRefund({ paymentId: NOWHERE })],
    1002: [409, () => makePos({ storeId: NOWHERE })],
    1004: [404, () => client.captureRefund(NOWHERE)],
    1099: [400, () => startWith({ tip: 1 })],
    1100: [400, () => makePos({ beaconId: '12' })],
    1102: [400, () => startWith({ amount: -1 })],
    1109: [400, () => client.findPayments({})],
    1110: [400, () => client.findRefunds('no GUID')],
    1111: [400, () => makePos({ merchantPosId: '' })],
    1112: [400, () => makePos({ name: '€' })],
    1113: [400, () => start({ orderId: '' })],
    1114: [400, () => makeRefund({ refundOrderId: '€' })],
    1116: [400, () => makePos({ callbackAlias: '€' })],
    1117: [400, () => start({ label: '€' })],
    1119: [400, () => client.findStores({ brandId: 'SHOP', locationId: DEMO_LOCATION_ID })],
    1120: [400, () => client.findStores({ brandId: DEMO_BRAND_ID, locationId: '1' })],
    1121: [400, () => bent(withoutQuery('merchantPosId'), () => client.findPos('till-1'))],
    1122: [
      400,
      () =>
        bent(withoutQuery('merchantBrandId'), () =>
          client.findStores({ brandId: DEMO_BRAND_ID, locationId: DEMO_LOCATION_ID }),
        ),
    ],
    1151: [400, () => bent(without(VAT), () => client.getPos(posId))],
    1152: [400, () => byOrder(1152)],
    1153: [400, () => bent(without(VERSION), () => client.getPos(posId))],
    1155: [400, () => bent(twice(VAT), () => client.getPos(posId))],
    1156: [400, () => byOrder(1156)],
    1157: [400, () => bent(twice(VERSION), () => client.getPos(posId))],
    1159: [400, () => clientWith({ merchantVat: 'DK00000000' }).getPos(posId)],
    1160: [400, () => byOrder(1160)],
    1161: [400, () => clientWith({ version: '1.2' }).getPos(posId)],
    1162: [400, () => start({}, 'x'.repeat(37))],
    1163: [400, () => bent(twice(KEY), () => start())],
    1164: [400, () => bent(without(KEY), () => start())],
    1182: [
      400,
      () => {
        const forOther: Bend = (request) => {
          if (request.path.endsWith('/connect/token')) request.body += '&merchant_vat=SE12345678';
        };
        return bent(forOther, () => clientWith().getPos(posId));
      },
    ],
    1200: [
      409,
      async () => {
        const { merchantPosId } = expectKind(await client.getPos(posId), 'ok').value;
        return makePos({ merchantPosId });
      },
    ],
    1202: [409, () => makePos({ beaconId })],
    1204: [
      409,
      async () => {
        simulator.setStoreActivated(storeId, false);
        const result = await start();
        simulator.setStoreActivated(storeId, true);
        return result;
      },
    ],
    1300: [409, () => client.cancelPayment(place('Captured'))],
    1301: [
      409,
      () => {
        place('Initiated');
        return start();
      },
    ],
    1303: [409, () => ready(client, place('Initiated'))],
    1304: [409, () => client.capturePayment(place('Initiated'), dkk(1000))],
    1305: [409, () => client.capturePayment(place('Reserved'), dkk(1001))],
    1306: [
      409,
      async () => {
        const key = randomUUID();
        await start({}, key);
        return start({}, key);
      },
    ],
    1307: [409, () => client.capturePayment(place('Captured'), dkk(900))],
    1308: [
      409,
      () => client.capturePayment(place('Reserved', { partialCapturePossible: false }), dkk(900)),
    ],
    1351: [409, async () => client.captureRefund(await refund())],
    1352: [
      409,
      async () => {
        const refundId = await reservedRefund();
        expectKind(await client.captureRefund(refundId), 'ok');
        return client.cancelRefund(refundId);
      },
    ],
    1354: [409, () => makeRefund({ paymentId: place('Reserved') })],
    1365: [409, () => makeRefund({ amount: { currency: 'EUR', value: 250 } })],
    1366: [
      409,
      () => {
        const paymentId = place('Captured');
        simulator.advanceClock(91 * DAY_MS);
        return makeRefund({ paymentId });
      },
    ],
    1367: [409, () => makeRefund({ amount: dkk(1001) })],
    1368: [
      409,
      async () => {
        const paymentId = place('Captured');
        simulator.setStoreBalance(storeId, 0);
        const result = await makeRefund({ paymentId });
        simulator.setStoreBalance(storeId, 1_000_000);
        return result;
      },
    ],
    1400: [403, () => otherIntegrator.getPos(posId)],
    1401: [403, () => otherIntegrator.getPayment(place('Reserved'))],
    1402: [403, async () => otherIntegrator.getRefund(await refund())],
    1403: [403, () => makePos({}, otherMerchant)],
    1406: [403, () => ready(otherMerchant, place('Paired'))],
    1407: [403, () => otherMerchant.capturePayment(place('Reserved'), dkk(1000))],
    1408: [403, () => otherMerchant.cancelPayment(place('Reserved'))],
    1409: [403, () => otherMerchant.deletePos(posId)],
    1410: [403, () => otherMerchant.getPos(posId)],
    1411: [403, () => otherMerchant.getPayment(place('Reserved'))],
  };

  test.each(Object.entries(errors))('%s', async (code, [status, provoke]) => {
    const { refusal, message, priorAttemptAmbiguous } = expectKind(await provoke(), 'refused');
    expect(refusal).toEqual({ status, code, correlationId: expect.stringMatching(/./) });
    expect(message.startsWith(explain(code).meaning)).toBe(true);
    expect(priorAttemptAmbiguous).toBe(false);
    expect(simulator.exchanges().at(-1)).toMatchObject({
      errorCode: code,
      correlationId: refusal.correlationId,
    });
  });

  test.each(['2000', '2001', '2999'])(
    '%s but the server’s own, which proves nothing',
    async (code) => {
      simulator.faults.add({ kind: 'error', code: Number(code), operation: 'getPayment' });
      const result = expectKind(await client.getPayment(place('Reserved')), 'unanswered');
      expect(result).toMatchObject({ status: 500, correlationId: expect.stringMatching(/./) });
      expect(result.detail).toBe(
        `MobilePay answered HTTP 500, code ${code}: ${explain(code).meaning} (MobilePay: The server failed.)`,
      );
    },
  );

  test('and no other is known to the client or to the simulator', () => {
    expect([...knownCodes].sort()).toEqual(Object.keys(errors).sort());
    const codes = Array.from({ length: 4000 }, (_, code) => String(code));
    const servers = codes.filter((code) => explain(code).meaning === explain('2000').meaning);
    expect(servers).toHaveLength(1000);
    const simulated = codes.filter((code) => errorOfCode(Number(code)) !== undefined);
    expect(simulated).toEqual([...Object.keys(errors), ...servers].sort());
  });
});
