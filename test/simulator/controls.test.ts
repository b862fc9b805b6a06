import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_CLIENT_SECRET } from '../../src/simulator/demo.ts';
import type { Exchange } from '../../src/simulator/exchange.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, refundBody, simulatorAndClient, startBody } from './client.ts';

let simulator: Simulator;
let api: ApiClient;
const seen: Exchange[] = [];
let changes = 0;
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({
    onExchange: (exchange) => seen.push(exchange),
    onChange: () => {
      changes += 1;
    },
  }));
});
afterAll(() => simulator.close());

async function control(method: string, path: string, body?: unknown) {
  const response = await fetch(`${simulator.controlUrl}/simulator${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}

describe('by HTTP', () => {
  test('the state is shown: PoS, payments, violations, counts', async () => {
    const { posId, beaconId } = await api.createPos();
    const paymentId = await api.start(posId);
    await control('POST', '/phone', { action: 'check-in', beaconId });
    const { json } = await control('GET', '/state');
    expect(json).toMatchObject({
      network: 'up',
      violations: [],
      counts: { createPos: 1, startPayment: 1, getToken: 1 },
      pos: [{ posId, beaconId, customerCheckedIn: true }],
      payments: [{ paymentId, status: 'IssuedToUser', terms: { amountMinorUnits: 1250 } }],
    });
    expect(JSON.stringify(json)).not.toContain(DEMO_CLIENT_SECRET);
    await control('POST', '/phone', { action: 'accept', beaconId, partialCapturePossible: false });
    expect((await control('GET', '/state')).json.payments).toMatchObject([
      { status: 'Reserved', partialCapturePossible: false },
    ]);
    expect((await control('POST', '/phone', { action: 'refuse', beaconId })).status).toBe(409);
  });

  test('the phone shows a card and a club membership of choice', async () => {
    const { posId, beaconId } = await api.createPos();
    const restrictions = { creditCardDisallowed: true };
    await api.start(posId, { restrictions });
    await control('POST', '/phone', { action: 'check-in', beaconId, loyaltyIds: ['gold'] });
    const accept = (card: string) =>
      control('POST', '/phone', { action: 'accept', beaconId, card });
    expect(await accept('credit')).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('credit') },
    });
    expect((await accept('debit')).status).toBe(200);
    expect(simulator.payments().at(-1)).toMatchObject({
      status: 'Reserved',
      customer: { loyaltyIds: ['gold'] },
    });
  });

  test('faults are put on order, listed and cleared', async () => {
    await control('POST', '/faults', { kind: '500', operation: 'findStores', count: 9 });
    expect((await api.get('/pos/v10/stores')).status).toBe(500);
    expect((await control('GET', '/faults')).json.faults).toMatchObject([{ fired: 1 }]);
    await control('DELETE', '/faults');
    expect((await api.get('/pos/v10/stores')).status).toBe(200);
  });

  test.each([
    ['/faults', { kind: 'earthquake' }],
    ['/faults', { kind: '500', nth: 0 }],
    ['/network', { state: 'wobbly' }],
    ['/payments', { posId: 'x', status: 'Reserved' }],
    ['/payments', { posId: '00000000-0000-4000-8000-000000000000', status: 'Reserved' }],
    ['/clock', { advanceMs: -1 }],
  ])('nonsense on %s is refused: %j', async (path, body) => {
    expect(await control('POST', path, body)).toMatchObject({
      status: 400,
      json: { message: expect.any(String) },
    });
  });

  test('a foreign payment is placed and moved about', async () => {
    const { posId } = await api.createPos();
    const { json } = await control('POST', '/payments', {
      posId,
      status: 'Reserved',
      orderId: 'foreign',
      amountMinorUnits: 500,
    });
    const path = `/pos/v10/payments/${json.paymentId}`;
    expect((await api.get(path)).json).toMatchObject({
      orderId: 'foreign',
      amount: 5,
      status: 'Reserved',
      posId,
    });
    await control('POST', `/payments/${json.paymentId}/status`, { status: 'CancelledByMobilePay' });
    expect(await api.status(json.paymentId)).toBe('CancelledByMobilePay');
    expect((await control('POST', '/payments/x/status', { status: 'Captured' })).status).toBe(400);
  });

  test('a refund is moved about, a store is emptied and closed', async () => {
    const { posId } = await api.createPos();
    const { paymentId, storeId } = simulator.placePayment({ posId, status: 'Captured' });
    const { refundId } = (await api.post('/pos/v10/refunds', refundBody(paymentId))).json;
    await control('POST', `/refunds/${refundId}/status`, { status: 'CancelledByMobilePay' });
    const { json } = await control('GET', '/state');
    expect(json.refunds).toMatchObject([{ refundId, status: 'CancelledByMobilePay' }]);
    expect((await control('POST', '/refunds/x/status', { status: 'Captured' })).status).toBe(400);

    const store = { balanceMinorUnits: 5, activated: false };
    expect((await control('POST', `/stores/${storeId}`, store)).json).toMatchObject(store);
    expect((await control('GET', '/state')).json.stores).toMatchObject([store]);
    expect((await control('POST', '/stores/x', store)).status).toBe(400);
    await control('POST', `/stores/${storeId}`, { balanceMinorUnits: 0, activated: true });
  });

  test('what clients are told of polling is changed', async () => {
    await control('POST', '/polling', { pollDelayMs: 7, refuseEarlyPolls: true });
    const { posId } = await api.createPos();
    const path = `/pos/v10/pointofsales/${posId}/checkin`;
    expect((await api.get(path)).json.pollDelayInMs).toBe(7);
    await control('POST', '/polling', { pollDelayMs: 1000, refuseEarlyPolls: false });
    expect((await control('POST', '/polling', { pollDelayMs: -1 })).status).toBe(400);
  });

  test('the clock is moved and tokens are revoked', async () => {
    const before = Date.parse((await control('GET', '/state')).json.now);
    await control('POST', '/clock', { advanceMs: 60_000 });
    expect(Date.parse((await control('GET', '/state')).json.now) - before).toBeGreaterThan(59_000);
    await control('DELETE', '/tokens');
    expect((await api.get('/pos/v10/stores')).status).toBe(401);
    await api.signIn();
  });

  test('a person finds a page', async () => {
    await api.createPos({ name: '<b>Kasse & co</b>' });
    const { posId } = await api.createPos();
    const { paymentId } = simulator.placePayment({ posId, status: 'Captured' });
    await api.post('/pos/v10/refunds', refundBody(paymentId, { refundOrderId: 'back-7' }));
    const page = await control('GET', '');
    expect(page.text).toContain('back-7');
    expect(page.text).toContain('<h1>PoS V10 simulator</h1>');
    expect(page.text).toContain('&lt;b>Kasse &amp; co&lt;/b>');
  });
});

describe('an exchange', () => {
  test('tells what crossed the wire, without secrets', async () => {
    const { posId } = await api.createPos();
    seen.length = 0;
    const reply = await api.post('/pos/v10/payments', startBody(posId, { orderId: 'told' }));
    await expect.poll(() => seen.length, { interval: 1 }).toBe(1);
    expect(seen[0]).toEqual({
      id: expect.any(Number),
      operation: 'startPayment',
      method: 'POST',
      path: '/pos/v10/payments',
      arrivedAtMs: expect.any(Number),
      durationMs: expect.any(Number),
      status: 200,
      errorCode: null,
      summary: 'told, 12.50 DKK → Initiated',
      fault: null,
      correlationId: reply.headers.get('correlationid'),
    });
    expect(Math.abs((seen[0]?.arrivedAtMs ?? 0) - Date.now())).toBeLessThan(2000);
    const { json } = await control('GET', '/exchanges');
    expect(json.exchanges.at(-1)).toEqual(seen[0]);
    expect(JSON.stringify(json)).not.toMatch(/Bearer|Basic|secret/);
  });

  test('names the error code', async () => {
    seen.length = 0;
    await api.get('/pos/v10/pointofsales');
    await expect.poll(() => seen.length, { interval: 1 }).toBe(1);
    expect(seen[0]).toMatchObject({ status: 400, errorCode: '1121' });
  });
});

test('a change is told to whoever shows the state', async () => {
  const { posId, beaconId } = await api.createPos();
  await api.start(posId);
  const before = changes;
  simulator.phone.checkIn(beaconId);
  expect(changes).toBe(before + 1);
  await api.get('/pos/v10/stores');
  expect(changes).toBe(before + 1);
});

test('an unknown path is 404, a body that is no text form 415', async () => {
  expect(await api.get('/pos/v10/nothing')).toMatchObject({ status: 404, text: '' });
  const headers = { 'content-type': 'image/png' };
  const response = await fetch(`${simulator.url}/pos/v10/payments`, {
    method: 'POST',
    headers,
    body: 'x',
  });
  expect(response.status).toBe(415);
});
