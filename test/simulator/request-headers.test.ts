import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { ApiClient, simulatorAndClient, startBody } from './client.ts';

const STORES = '/pos/v10/stores';
const VERSION = 'x-mobilepay-client-system-version';
const VAT = 'x-mobilepay-merchant-vat-number';
const KEY = 'x-mobilepay-idempotency-key';

let simulator: Simulator;
let api: ApiClient;
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient());
});
afterAll(() => simulator.close());

const withRawHeaders = async (method: string, path: string, headers: [string, string][]) => {
  const { status, json } = await api.raw(method, path, headers);
  return { status, code: json.code };
};

describe('a token', () => {
  test('is given for client id and secret', async () => {
    expect(await api.token()).toMatchObject({
      status: 200,
      json: {
        access_token: expect.any(String),
        expires_in: 3700,
        token_type: 'Bearer',
        scope: expect.any(String),
      },
    });
  });

  test('is refused for wrong credentials and other grants', async () => {
    expect((await api.token('wrong')).status).toBe(401);
    expect((await new ApiClient(simulator.url, 'nobody').token()).status).toBe(401);
    expect((await api.token(DEMO_CLIENT_SECRET, undefined, 'password')).status).toBe(400);
    const bare = await fetch(`${simulator.url}/integrator-authentication/connect/token`, {
      method: 'POST',
    });
    expect(bare.status).toBe(401);
  });

  test('may carry the VAT number, which then is needed no more', async () => {
    const withVat = await new ApiClient(simulator.url).signIn(DEMO_CLIENT_SECRET, DEMO_VAT);
    expect((await withVat.get(STORES, { without: [VAT] })).status).toBe(200);
    expect((await withVat.get(STORES, { headers: { [VAT]: 'DK11111111' } })).json.code).toBe(
      '1159',
    );
  });

  test('with a VAT number that is none makes every call 1182', async () => {
    const odd = await new ApiClient(simulator.url).signIn(DEMO_CLIENT_SECRET, 'SE12345678');
    expect(await odd.get(STORES)).toMatchObject({ status: 400, json: { code: '1182' } });
  });

  test('ends, and can be revoked', async () => {
    const client = await new ApiClient(simulator.url).signIn();
    simulator.advanceClock(3_699_000);
    expect((await client.get(STORES)).status).toBe(200);
    simulator.advanceClock(1000);
    expect(await client.get(STORES)).toMatchObject({ status: 401, text: '' });
    await client.signIn();
    simulator.revokeTokens();
    expect((await client.get(STORES)).status).toBe(401);
    await api.signIn();
  });

  test.each(['Bearer nonsense', 'Bearer a.b', 'Basic abc', ''])(
    'that reads "%s" is 401 without a body',
    async (authorization) => {
      const reply = await api.get(STORES, { headers: { authorization } });
      expect(reply).toMatchObject({ status: 401, text: '' });
    },
  );
});

describe('the headers', () => {
  test.each([
    ['1153', 'no version', { without: [VERSION] }],
    ['1161', 'a version of two numbers', { headers: { [VERSION]: '1.2' } }],
    ['1161', 'a version with words', { headers: { [VERSION]: '1.2.3-beta' } }],
    ['1151', 'no VAT number', { without: [VAT] }],
    ['1159', 'a malformed VAT number', { headers: { [VAT]: '12345678' } }],
    ['1159', "a stranger's VAT number", { headers: { [VAT]: 'DK00000000' } }],
  ])('are refused with %s for %s', async (code, _why, options) => {
    expect(await api.get(STORES, options)).toMatchObject({ status: 400, json: { code } });
  });

  test('are refused with 1157 and 1155 when they are there twice', async () => {
    const vat: [string, string] = [VAT, DEMO_VAT];
    const version: [string, string] = [VERSION, '1.2.3'];
    expect(await withRawHeaders('GET', STORES, [version, version, vat])).toEqual({
      status: 400,
      code: '1157',
    });
    expect(await withRawHeaders('GET', STORES, [version, vat, vat])).toEqual({
      status: 400,
      code: '1155',
    });
  });

  test('of answers name the time and a correlation id', async () => {
    const reply = await api.get(STORES);
    expect(reply.headers.get('correlationid')).toMatch(/^[0-9a-f-]{36}$/);
    const date = Date.parse(reply.headers.get('date') ?? '');
    expect(Math.abs(date - Date.now())).toBeLessThan(2000);
  });

  test('say another time on order', async () => {
    simulator.setDateOffset(-3_600_000);
    const date = Date.parse((await api.get(STORES)).headers.get('date') ?? '');
    simulator.setDateOffset(0);
    expect(Math.abs(date - (Date.now() - 3_600_000))).toBeLessThan(2000);
  });

  test('lack the client id: answered, but noted', async () => {
    simulator.violations.length = 0;
    expect((await api.get(STORES, { without: ['x-ibm-client-id'] })).status).toBe(200);
    expect(simulator.violations).toMatchObject([{ kind: 'client-id-missing', path: STORES }]);
  });
});

describe('an idempotency key', () => {
  test.each(['/pos/v10/payments', '/pos/v10/payments/prepare', '/pos/v10/pointofsales'])(
    'is demanded for POST %s',
    async (path) => {
      const missing = await api.post(path, {}, { key: null });
      expect(missing).toMatchObject({ status: 400, json: { code: '1164' } });
      const long = await api.post(path, {}, { key: 'x'.repeat(37) });
      expect(long).toMatchObject({ status: 400, json: { code: '1162' } });
      const twice = await withRawHeaders('POST', path, [
        [VERSION, '1.2.3'],
        [VAT, DEMO_VAT],
        [KEY, randomUUID()],
        [KEY, randomUUID()],
      ]);
      expect(twice).toEqual({ status: 400, code: '1163' });
    },
  );

  test('with a comma in it is one key', async () => {
    const { posId } = await api.createPos();
    const reply = await api.post('/pos/v10/payments', startBody(posId), { key: 'a, b' });
    expect(reply.status).toBe(200);
  });
});

describe('a repeat', () => {
  test('with the same key and body gets the same answer and creates nothing', async () => {
    const { posId, beaconId } = await api.createPos();
    const key = randomUUID();
    const body = startBody(posId);
    const first = await api.post('/pos/v10/payments', body, { key });
    simulator.phone.checkIn(beaconId);
    simulator.phone.accept(beaconId);
    const second = await api.post('/pos/v10/payments', body, { key });
    expect(second).toMatchObject({ status: 200, json: first.json });
    expect(simulator.payments().filter((payment) => payment.posId === posId)).toHaveLength(1);
  });

  test('with the same key and another body, or for another call, is 1306', async () => {
    const { posId } = await api.createPos();
    const key = randomUUID();
    const body = startBody(posId);
    await api.post('/pos/v10/payments', body, { key });
    for (const [path, other] of [
      ['/pos/v10/payments', { ...body, amount: 12.51 }],
      ['/pos/v10/payments', `${JSON.stringify(body)} `],
      ['/pos/v10/payments/prepare', body],
    ] as const) {
      const reply = await api.post(path, other, { key });
      expect([reply.status, reply.json.code]).toEqual([409, '1306']);
    }
  });

  test('of a PoS create gets the same PoS', async () => {
    const storeId = (await api.get(STORES)).json.storeIds[0];
    const body = { merchantPosId: 'once', storeId, name: 'x', supportedBeaconTypes: ['QR'] };
    const key = randomUUID();
    const first = await api.post('/pos/v10/pointofsales', body, { key });
    const second = await api.post('/pos/v10/pointofsales', body, { key });
    expect(second.json).toEqual(first.json);
  });

  test('after a refusal is tried again', async () => {
    const { posId } = await api.createPos();
    const blocking = await api.start(posId);
    const key = randomUUID();
    const body = startBody(posId);
    expect((await api.post('/pos/v10/payments', body, { key })).json.code).toBe('1301');
    await api.post(`/pos/v10/payments/${blocking}/cancel`);
    expect((await api.post('/pos/v10/payments', body, { key })).status).toBe(200);
  });

  test('a day later is a new request', async () => {
    const { posId } = await api.createPos();
    const key = randomUUID();
    const body = startBody(posId);
    const first = await api.post('/pos/v10/payments', body, { key });
    simulator.advanceClock(24 * 3_600_000);
    await api.signIn();
    const second = await api.post('/pos/v10/payments', body, { key });
    expect(second.json.paymentId).not.toBe(first.json.paymentId);
  });
});
