import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ApiClient, simulatorAndClient } from './client.ts';

let simulator: Simulator;
let api: ApiClient;
beforeAll(async () => {
  ({ simulator, api } = await simulatorAndClient({ controlPort: 0 }));
});
afterAll(() => simulator.close());
afterEach(() => simulator.setNetwork('up'));

const control = (body: unknown, url = simulator.controlUrl) =>
  fetch(`${url}/simulator/network`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a cut network ends calls under way and takes no new ones', async () => {
  simulator.faults.add({ kind: 'slow', delayMs: 60_000 });
  const arrived = simulator.count('findStores');
  const underWay = api.get('/pos/v10/stores');
  underWay.catch(() => {});
  await expect.poll(() => simulator.count('findStores'), { interval: 2 }).toBe(arrived + 1);
  simulator.setNetwork('cut');
  await expect(underWay).rejects.toThrow();
  await expect(api.get('/pos/v10/stores')).rejects.toThrow();
  expect(simulator.count('findStores')).toBe(arrived + 1);
  expect(simulator.network).toBe('cut');

  simulator.setNetwork('up');
  expect((await api.get('/pos/v10/stores')).status).toBe(200);
});

test('a slow network answers each call late', async () => {
  simulator.setNetwork('slow', 60);
  const before = performance.now();
  expect((await api.get('/pos/v10/stores')).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(55);
});

test('the controls on their own port stay reachable while it is cut', async () => {
  expect((await control({ state: 'cut' })).status).toBe(200);
  await expect.poll(() => simulator.network, { interval: 2 }).toBe('cut');
  await expect(api.get('/pos/v10/stores')).rejects.toThrow();
  await control({ state: 'up' });
  await expect.poll(() => simulator.network, { interval: 2 }).toBe('up');
  expect((await api.get('/pos/v10/stores')).status).toBe(200);
});

test('a cut by way of the API itself can end by itself', async () => {
  expect((await control({ state: 'cut', forMs: 300 }, simulator.url)).status).toBe(200);
  await expect.poll(() => simulator.network, { interval: 1 }).toBe('cut');
  await expect.poll(() => simulator.network, { interval: 2 }).toBe('up');
  expect((await api.get('/pos/v10/stores')).status).toBe(200);
});
