import { afterEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts';
import { refundBody, simulatorAndClient } from './client.ts';

let simulator: Simulator;
afterEach(() => simulator.close());

async function polled(options: Partial<SimulatorOptions>) {
  const both = await simulatorAndClient(options);
  simulator = both.simulator;
  const { posId } = await both.api.createPos();
  const payment = `/pos/v10/payments/${await both.api.start(posId)}`;
  return { api: both.api, payment, checkin: `/pos/v10/pointofsales/${posId}/checkin` };
}

const waited = (ms: number) => {
  const until = performance.now() + ms;
  return expect.poll(() => performance.now() >= until, { interval: 1 }).toBe(true);
};

test('a poll before the delay is over is answered and noted', async () => {
  const { api, payment, checkin } = await polled({ pollDelayMs: 60_000 });
  expect((await api.get(payment)).json.pollDelayInMs).toBe(60_000);
  expect((await api.get(checkin)).json.pollDelayInMs).toBe(60_000);
  expect(simulator.violations).toEqual([]);
  expect((await api.get(payment)).status).toBe(200);
  expect((await api.get(checkin)).status).toBe(200);
  expect(simulator.violations).toMatchObject([
    { kind: 'early-poll', path: payment },
    { kind: 'early-poll', path: checkin },
  ]);
});

test('so is one of a refund, unless it asks what became of a command', async () => {
  const { api, payment } = await polled({ pollDelayMs: 60_000 });
  const paymentId = payment.split('/').at(-1) ?? '';
  simulator.forceStatus(paymentId, 'Captured');
  const { refundId } = (await api.post('/pos/v10/refunds', refundBody(paymentId))).json;
  const refund = `/pos/v10/refunds/${refundId}`;
  expect((await api.get(refund)).json.pollDelayInMs).toBe(60_000);
  await api.post(`${refund}/cancel`);
  expect((await api.get(refund)).json.status).toBe('CancelledByClient');
  expect(simulator.violations).toEqual([]);
  await api.get(refund);
  expect(simulator.violations).toMatchObject([{ kind: 'early-poll', path: refund }]);
});

test('the delay that was told is the one that counts', async () => {
  const { api, payment } = await polled({ pollDelayMs: 60_000 });
  await api.get(payment);
  simulator.setPollDelay(0);
  await api.get(payment);
  expect(simulator.violations).toHaveLength(1);
  simulator.setPollDelay(60_000);
  expect((await api.get(payment)).json.pollDelayInMs).toBe(60_000);
  expect(simulator.violations).toHaveLength(1);
});

test('a poll in time is not', async () => {
  const { api, payment } = await polled({ pollDelayMs: 20 });
  await api.get(payment);
  await waited(20);
  await api.get(payment);
  expect(simulator.violations).toEqual([]);
});

test('asking at once what became of a command is no poll', async () => {
  const { api, payment } = await polled({ pollDelayMs: 60_000 });
  await api.get(payment);
  await api.post(`${payment}/cancel`);
  await api.get(payment);
  expect(simulator.violations).toEqual([]);
});

test('an early poll is refused where that is wanted', async () => {
  const { api, payment } = await polled({ pollDelayMs: 60_000, refuseEarlyPolls: true });
  await api.get(payment);
  const early = await api.get(payment);
  expect([early.status, early.headers.get('retry-after')]).toEqual([429, '1']);
});
