import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEMO_BRAND_ID, DEMO_LOCATION_ID } from '../../src/simulator/demo.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts';
import { type ApiClient, simulatorAndClient } from './client.ts';

interface Received {
  method: string | undefined;
  path: string | undefined;
  type: string | undefined;
  body: unknown;
  /** What the point of sale's check-in was when the notification came. */
  checkedIn: boolean;
}

/** What the callback answers, one after another; then 200. Null: it hangs up. */
let answers: (number | null)[];
let received: Received[];
let callback: Server;
let url: string;
let simulator: Simulator;
let api: ApiClient;

beforeEach(async () => {
  answers = [];
  received = [];
  callback = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const checkedIn = simulator.state().pos.some((pos) => pos.customerCheckedIn);
      const type = headers['content-type'];
      received.push({ method, path, type, body: JSON.parse(text), checkedIn });
      const status = answers.length === 0 ? 200 : answers.shift();
      if (typeof status === 'number') response.writeHead(status, { location: '/other' }).end();
      else request.socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(callback, 'listening');
  url = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/mobilepay`;
});
afterEach(async () => {
  await simulator.close();
  callback.closeAllConnections();
  callback.close();
});

async function open(options: Partial<SimulatorOptions> = {}) {
  ({ simulator, api } = await simulatorAndClient({
    callbacks: { shop: url },
    notificationRetryMs: 5,
    ...options,
  }));
  return api.createPos({ merchantPosId: 'till-1', callbackAlias: 'shop' });
}

const ended = () =>
  expect
    .poll(() => simulator.notifications().every(({ state }) => state !== 'under way'), {
      interval: 2,
    })
    .toBe(true);

test('a check-in is told to the callback of the alias, once it is a fact', async () => {
  const { posId, beaconId } = await open();
  simulator.phone.checkIn(beaconId);
  await ended();
  expect(received).toEqual([
    {
      method: 'POST',
      path: '/mobilepay',
      type: 'application/json',
      body: {
        MerchantId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        MerchantBrandId: DEMO_BRAND_ID,
        MerchantLocationId: DEMO_LOCATION_ID,
        MerchantPosId: 'till-1',
        PosId: posId,
      },
      checkedIn: true,
    },
  ]);
  expect(simulator.notifications()).toMatchObject([
    { url, posId, state: 'delivered', attempts: [{ status: 200 }] },
  ]);
});

test('it is told three times more until it is answered exactly 200', async () => {
  const { beaconId } = await open();
  answers = [204, 302, null];
  simulator.phone.checkIn(beaconId);
  await ended();
  expect(received).toHaveLength(4);
  expect(new Set(received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const [notification] = simulator.notifications();
  expect(notification?.attempts.map(({ status }) => status)).toEqual([204, 302, null, 200]);
  expect(notification?.state).toBe('delivered');
});

test('after four tries it is given up', async () => {
  const { beaconId } = await open();
  answers = [500, 500, 500, 500];
  simulator.phone.checkIn(beaconId);
  await ended();
  expect(received).toHaveLength(4);
  expect(simulator.notifications()).toMatchObject([{ state: 'given up' }]);
  expect(simulator.state().notifications).toEqual(simulator.notifications());
});

test('each check-in is told, a second look of the same customer is not', async () => {
  const { posId, beaconId } = await open();
  await api.start(posId);
  simulator.phone.checkIn(beaconId);
  simulator.phone.checkIn(beaconId);
  simulator.phone.accept(beaconId);
  simulator.phone.checkIn(beaconId);
  await ended();
  expect(received).toHaveLength(2);
});

test('without an alias, or with one that leads nowhere, nobody is told', async () => {
  await open({ callbacks: {} });
  const silent = await api.createPos({ callbackAlias: 'shop' });
  const plain = await api.createPos();
  simulator.phone.checkIn(silent.beaconId);
  simulator.phone.checkIn(plain.beaconId);
  expect(simulator.notifications()).toEqual([]);

  const set = await fetch(`${simulator.controlUrl}/simulator/callbacks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ alias: 'shop', url }),
  });
  expect(set.status).toBe(200);
  simulator.phone.checkIn(silent.beaconId);
  await ended();
  expect(received).toHaveLength(1);
  simulator.setCallback('shop', null);
  simulator.phone.checkIn(silent.beaconId);
  expect(simulator.notifications()).toHaveLength(1);
});

test('closing does not wait for what is still under way', async () => {
  const { beaconId } = await open({ notificationRetryMs: 3_600_000 });
  answers = [500];
  simulator.phone.checkIn(beaconId);
  await expect.poll(() => received.length, { interval: 2 }).toBe(1);
  await simulator.close();
  expect(simulator.notifications()).toMatchObject([{ state: 'given up' }]);
});
