import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { ApiClient, refundBody, simulatorAndClient, startBody } from './client.ts';

let folder: string;
let dataDir: string;
const running: Simulator[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  dataDir = join(folder, 'data');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
  rmSync(folder, { recursive: true });
});

async function boot(from = dataDir) {
  const both = await simulatorAndClient({ dataDir: from });
  running.push(both.simulator);
  return both;
}

/** What a kill at this instant would leave on disk. */
function leftByKill(): string {
  const copy = join(folder, `copy-${running.length}`);
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

test('each answer that was given is still true after a kill', async () => {
  const { simulator, api } = await boot();
  const { posId, beaconId } = await api.createPos({ merchantPosId: 'till' });
  const body = startBody(posId, { orderId: 'sale' });
  const started = await api.post('/pos/v10/payments', body, { key: 'one' });
  simulator.phone.checkIn(beaconId);
  const id = started.json.paymentId;

  let next = await boot(leftByKill());
  expect(await next.api.status(id)).toBe('IssuedToUser');
  const repeat = await next.api.post('/pos/v10/payments', body, { key: 'one' });
  expect(repeat.json).toEqual(started.json);
  const found = await next.api.get('/pos/v10/pointofsales?merchantPosId=till');
  expect(found.json).toEqual({ posIds: [posId] });

  simulator.phone.accept(beaconId);
  next = await boot(leftByKill());
  expect(await next.api.status(id)).toBe('Reserved');

  await api.post(`/pos/v10/payments/${id}/capture`, { amount: 12.5 });
  next = await boot(leftByKill());
  expect(await next.api.status(id)).toBe('Captured');
  expect(next.simulator.payments()).toEqual(simulator.payments());
});

test('refunds, balances and what was done to a store are still so after a kill', async () => {
  const { simulator, api } = await boot();
  const { posId } = await api.createPos();
  const { paymentId, storeId } = simulator.placePayment({ posId, status: 'Captured' });
  simulator.setStoreBalance(storeId, 700);
  const body = refundBody(paymentId, { amount: 2 });
  const created = await api.post('/pos/v10/refunds', body, { key: 'one' });
  simulator.setStoreActivated(storeId, false);

  const next = await boot(leftByKill());
  expect(next.simulator.refunds()).toEqual(simulator.refunds());
  expect(next.simulator.state().stores).toMatchObject([
    { storeId, activated: false, balanceMinorUnits: 500 },
  ]);
  const repeat = await next.api.post('/pos/v10/refunds', body, { key: 'one' });
  expect(repeat.json).toEqual(created.json);
  const found = await next.api.get(`/pos/v10/refunds?paymentId=${paymentId}`);
  expect(found.json).toEqual({ refundIds: [created.json.refundId] });

  // From changes to a snapshot and back: nothing counts twice.
  next.simulator.advanceClock(1000);
  const last = await boot(leftByKill());
  expect(last.simulator.state().stores).toEqual(next.simulator.state().stores);
});

test('a stop and two starts keep everything, tokens and the moved clock too', async () => {
  const { simulator, api } = await boot();
  const { posId, beaconId } = await api.createPos();
  simulator.phone.checkIn(beaconId);
  simulator.advanceClock(1_000_000);
  await simulator.close();
  running.length = 0;

  const second = await boot();
  second.simulator.advanceClock(1000);
  await second.simulator.close();
  const third = await boot();
  const port = new URL(third.simulator.url).port;
  const sameToken = Object.assign(api, { url: `http://127.0.0.1:${port}` });
  expect((await sameToken.get(`/pos/v10/pointofsales/${posId}`)).status).toBe(200);
  const now = Date.parse(third.simulator.state().now);
  expect(Math.abs(now - Date.now() - 1_001_000)).toBeLessThan(2000);
});

test('a deleted PoS and revoked tokens stay so', async () => {
  const { simulator, api } = await boot();
  const { posId } = await api.createPos();
  await api.delete(`/pos/v10/pointofsales/${posId}`);
  simulator.revokeTokens();
  const next = await boot(leftByKill());
  expect(next.simulator.pos()).toEqual([]);
  const stale = Object.assign(api, { url: next.simulator.url });
  expect((await stale.get('/pos/v10/stores')).status).toBe(401);
});

test('a line torn by a kill was never answered and is dropped', async () => {
  const { api } = await boot();
  const { posId } = await api.createPos();
  await api.start(posId);
  const left = leftByKill();
  appendFileSync(join(left, 'changes.jsonl'), '[{"payment":{"paymentId":"half');
  const next = await boot(left);
  expect(next.simulator.payments()).toHaveLength(1);
  await next.api.post(`/pos/v10/payments/${next.simulator.payments()[0]?.paymentId}/cancel`);
  expect(readFileSync(join(left, 'state.json'), 'utf8')).toContain('CancelledByClient');
});

test('a damaged file is said, not overwritten', async () => {
  const { simulator, api } = await boot();
  await api.createPos();
  await simulator.close();
  writeFileSync(join(dataDir, 'state.json'), '{"version":1,');
  await expect(startSimulator({ host: '127.0.0.1', port: 0, dataDir })).rejects.toThrow(
    "state.json is not a simulator's state",
  );
  expect(readFileSync(join(dataDir, 'state.json'), 'utf8')).toBe('{"version":1,');
});

test('two simulators in one process share nothing', async () => {
  const one = await simulatorAndClient();
  const two = await simulatorAndClient();
  running.push(one.simulator, two.simulator);
  await one.api.createPos();
  expect(two.simulator.pos()).toEqual([]);
  expect((await new ApiClient(two.simulator.url).signIn()).url).toBe(two.simulator.url);
});
