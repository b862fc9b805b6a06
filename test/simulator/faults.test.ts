import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, simulatorAndClient, startBody } from './client.ts';

let simulator: Simulator;
let api: ApiClient;
let posId: string;
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient());
});
afterAll(() => simulator.close());
beforeEach(async () => {
  simulator.faults.clear();
  ({ posId } = await api.createPos());
});

const BASE = '/pos/v10/payments';
const start = () => api.post(BASE, startBody(posId));
const mine = () => simulator.payments().filter((payment) => payment.posId === posId);

describe('a fault on order', () => {
  test('lost-request ends the connection before anything is done', async () => {
    simulator.faults.add({ kind: 'lost-request', operation: 'startPayment' });
    await expect(start()).rejects.toThrow();
    expect(mine()).toEqual([]);
    expect((await start()).status).toBe(200);
  });

  test('reset does so with a TCP reset', async () => {
    simulator.faults.add({ kind: 'reset', operation: 'startPayment' });
    const error = await start().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(mine()).toEqual([]);
  });

  test('lost-answer does all and says nothing', async () => {
    simulator.faults.add({ kind: 'lost-answer', operation: 'startPayment' });
    await expect(start()).rejects.toThrow();
    expect(mine()).toMatchObject([{ status: 'Initiated' }]);
    expect(simulator.exchanges().at(-1)).toMatchObject({
      operation: 'startPayment',
      status: null,
      fault: 'lost-answer',
    });
  });

  test('500 fails without effect, or with it', async () => {
    simulator.faults.add({ kind: '500', operation: 'startPayment' });
    expect(await start()).toMatchObject({
      status: 500,
      json: { code: '2000', correlationId: expect.any(String) },
    });
    expect(mine()).toEqual([]);
    simulator.faults.add({ kind: '500', operation: 'startPayment', acted: true });
    expect((await start()).status).toBe(500);
    expect(mine()).toHaveLength(1);
  });

  test('error answers any code of PoS V10, or one of the server', async () => {
    simulator.faults.add({ kind: 'error', code: 1308, operation: 'startPayment' });
    simulator.faults.add({ kind: 'error', code: 2999, operation: 'findRefunds' });
    simulator.faults.add({ kind: 'error', operation: 'getPos' });
    expect(await start()).toMatchObject({ status: 409, json: { code: '1308' } });
    expect(mine()).toEqual([]);
    const refunds = await api.get(`/pos/v10/refunds?paymentId=${posId}`);
    expect(refunds).toMatchObject({ status: 500, json: { code: '2999', origin: 'PoS' } });
    expect(await api.get(`/pos/v10/pointofsales/${posId}`)).toMatchObject({
      status: 500,
      json: { code: '2000' },
    });
    expect(simulator.exchanges().at(-1)).toMatchObject({ fault: 'error', errorCode: '2000' });
    expect(() => simulator.faults.add({ kind: 'error', code: 3000 })).toThrow('3000');
  });

  test('slow answers late, and has acted at once', async () => {
    simulator.faults.add({ kind: 'slow', operation: 'startPayment', delayMs: 400 });
    const before = performance.now();
    const answer = start();
    await expect.poll(() => mine().length, { interval: 5 }).toBe(1);
    expect(performance.now() - before).toBeLessThan(400);
    expect((await answer).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(395);
  });

  test('slow can act late as well', async () => {
    simulator.faults.add({ kind: 'slow', operation: 'startPayment', delayMs: 50, acted: false });
    const answer = start();
    await expect.poll(() => simulator.count('startPayment'), { interval: 2 }).toBeGreaterThan(0);
    expect(mine()).toEqual([]);
    expect((await answer).status).toBe(200);
  });

  test('garbage is half a JSON', async () => {
    simulator.faults.add({ kind: 'garbage', operation: 'startPayment' });
    const reply = await start();
    expect(reply).toMatchObject({ status: 200, json: null });
    expect(reply.text).toMatch(/^\{"paym/);
    expect(mine()).toHaveLength(1);
  });

  test.each([200, 403])('html is a captive portal that says %i', async (status) => {
    simulator.faults.add({ kind: 'html', operation: 'startPayment', status });
    const reply = await start();
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toContain('text/html');
    expect(reply.text).toContain('<html>');
    expect(mine()).toEqual([]);
  });

  test('429 says when to come again', async () => {
    simulator.faults.add({ kind: '429', operation: 'startPayment', retryAfterSeconds: 7 });
    const reply = await start();
    expect([reply.status, reply.headers.get('retry-after'), reply.text]).toEqual([429, '7', '']);
    expect(mine()).toEqual([]);
  });

  test('wrong-type gives every member another type', async () => {
    simulator.faults.add({ kind: 'wrong-type', operation: 'startPayment' });
    expect((await start()).json).toEqual({ paymentId: 7 });
    simulator.faults.add({ kind: 'wrong-type', operation: 'getPayment' });
    const reply = await api.get(`${BASE}/${mine()[0]?.paymentId}`);
    expect(reply.json).toMatchObject({ amount: 'many', status: 7, pollDelayInMs: 'many' });
  });

  test('unknown-status invents a payment status, or an HTTP status', async () => {
    const { paymentId } = (await start()).json;
    simulator.faults.add({ kind: 'unknown-status', operation: 'getPayment' });
    expect((await api.get(`${BASE}/${paymentId}`)).json).toMatchObject({ status: 'Teleported' });
    simulator.faults.add({ kind: 'unknown-status', operation: 'cancelPayment' });
    expect((await api.post(`${BASE}/${paymentId}/cancel`)).status).toBe(299);
  });

  test('hits the token call too', async () => {
    simulator.faults.add({ kind: '500', operation: 'getToken' });
    expect((await api.token()).status).toBe(500);
    expect((await api.token()).status).toBe(200);
  });
});

describe('which request it hits', () => {
  test('is told by method and path', async () => {
    simulator.faults.add({ kind: '500', method: 'post', path: '/pos/v10/payments/{id}/capture' });
    const { paymentId } = simulator.placePayment({ posId, status: 'Reserved' });
    expect((await api.get(`${BASE}/${paymentId}`)).status).toBe(200);
    const capture = () => api.post(`${BASE}/${paymentId}/capture`, { amount: 10 });
    expect((await capture()).status).toBe(500);
    expect((await capture()).status).toBe(200);
  });

  test('is told by its number and how many follow', async () => {
    simulator.faults.add({ kind: '500', operation: 'findPos', nth: 2, count: 2 });
    const statuses: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      statuses.push((await api.get('/pos/v10/pointofsales?merchantPosId=x')).status);
    }
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(simulator.faults.list()).toMatchObject([{ matched: 4, fired: 2 }]);
  });

  test('may be the next one of all, and several faults queue', async () => {
    simulator.faults.add({ kind: '500' });
    simulator.faults.add({ kind: '429', nth: 2 });
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1)
      statuses.push((await api.get('/pos/v10/stores')).status);
    expect(statuses).toEqual([500, 429, 200]);
  });
});
