import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOnlooker } from '../../src/console/onlooker.ts';
import type { FaultCode } from '../../src/contract/faults.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import { memoryOutbox } from '../backend/memory-outbox.ts';
import { sampleRefund, sampleSnapshot } from '../backend/samples.ts';
import { makeAuthority, opensslAvailable } from '../field/doctor/certificates.ts';
import { viewOf } from '../panel/view.ts';
import type { ConsoleUnderTest } from './harness.ts';
import { consoleUnderTest, silent } from './harness.ts';

const kroner = (value: number) => ({ currency: 'DKK' as const, value });

function tell(to: ConsoleUnderTest, changes: Partial<PaymentSnapshot>): void {
  const payload = sampleSnapshot(changes);
  to.onlooker.see({ of: 'commit', seconds: 0.002, told: [{ name: 'payment', payload }] });
}

test('a payment counts once for each outcome it comes to, however often it is told', async () => {
  const console = await consoleUnderTest();
  tell(console, { orderId: 'A1', outcome: 'pending' });
  tell(console, { orderId: 'A1', outcome: 'approved' });
  tell(console, { orderId: 'A1', outcome: 'approved', capturedAmount: kroner(1250) });
  tell(console, { orderId: 'A2', outcome: 'unknown' });
  tell(console, { orderId: 'A2', outcome: 'declined' });
  expect(await console.metric('beacon_payments_total{outcome="approved"}')).toBe(1);
  expect(await console.metric('beacon_payments_total{outcome="declined"}')).toBe(1);
  expect(await console.metric('beacon_payments_total{outcome="unknown"}')).toBe(1);
});

test('what an earlier boot has counted, or was sold long ago, is not counted again', async () => {
  const at = '2026-01-02T03:04:05.000Z';
  const console = await consoleUnderTest({
    payments: [{ orderId: 'A1', amount: kroner(1250), outcome: 'approved', reason: null, at }],
  });
  tell(console, { orderId: 'A1', outcome: 'approved', capturedAmount: kroner(1250) });
  tell(console, { orderId: 'old', outcome: 'approved', refundedAmount: kroner(100) });
  expect(await console.metric('beacon_payments_total{outcome="approved"}')).toBe(0);
});

test('a refund counts once', async () => {
  const console = await consoleUnderTest();
  for (const outcome of ['pending', 'approved', 'approved'] as const) {
    const payload = sampleRefund({ outcome });
    console.onlooker.see({ of: 'commit', seconds: 0.002, told: [{ name: 'refund', payload }] });
  }
  expect(await console.metric('beacon_refunds_total{outcome="approved"}')).toBe(1);
  expect(await console.metric('beacon_journal_commit_duration_seconds_count')).toBe(3);
});

test('calls to MobilePay are timed by operation, and their errors told apart by code', async () => {
  const console = await consoleUnderTest();
  const operation = 'POST /payments';
  console.onlooker.see({ of: 'api', tried: { operation, seconds: 0.2, error: null } });
  console.onlooker.see({ of: 'api', tried: { operation, seconds: 0.3, error: '1301' } });
  const labels = `operation="${operation}"`;
  expect(await console.metric(`beacon_api_request_duration_seconds_sum{${labels}}`)).toBeCloseTo(
    0.5,
  );
  expect(await console.metric(`beacon_api_errors_total{${labels},code="1301"}`)).toBe(1);
});

test('a fault counts when it begins, also one that is over at once', async () => {
  const console = await consoleUnderTest();
  const stamp = {
    bootId: '5f0c7d8e-0000-4000-8000-000000000000',
    seq: 1,
    at: '2026-01-31T10:00:00Z',
  };
  const told = (code: FaultCode, cleared: boolean) => {
    const payload = { code, message: 'x', since: stamp.at, cleared, ...stamp };
    return { name: 'fault' as const, payload };
  };
  console.onlooker.see({
    of: 'commit',
    seconds: 0.002,
    told: [told('money-lost', false), told('radio-down', false), told('radio-down', true)],
  });
  expect(await console.metric('beacon_faults_total{code="money-lost"}')).toBe(1);
  expect(await console.metric('beacon_faults_total{code="radio-down"}')).toBe(1);
  expect(await console.metric('beacon_faults_total{code="disk-full"}')).toBe(0);
});

test('the first connection and the first start of the radio are no repeats', async () => {
  const console = await consoleUnderTest();
  for (const mqttConnected of [false, true, true, false, true]) {
    console.onlooker.see({ of: 'view', view: viewOf({ mqttConnected }) });
  }
  for (let starts = 0; starts < 3; starts += 1) console.onlooker.see({ of: 'radio-start' });
  expect(await console.metric('beacon_mqtt_reconnects_total')).toBe(1);
  expect(await console.metric('beacon_mqtt_connected')).toBe(1);
  expect(await console.metric('beacon_radio_restarts_total')).toBe(2);
});

test('the outbox says how long it is and how old its oldest event', async () => {
  const outbox = memoryOutbox();
  const console = await consoleUnderTest({ journal: outbox });
  expect(await console.metric('beacon_outbox_oldest_seconds')).toBe(0);
  for (const age of [90, 10]) {
    const at = new Date(Date.now() - age * 1000).toISOString();
    outbox.append('payment', sampleSnapshot({ at }));
  }
  expect(await console.metric('beacon_outbox_length')).toBe(2);
  const oldest = await console.metric('beacon_outbox_oldest_seconds');
  expect(oldest).toBeGreaterThanOrEqual(90);
  expect(oldest).toBeLessThan(100);
});

test('faults are 1 while they last, and a blocked event loop is seen once', async () => {
  const console = await consoleUnderTest();
  console.onlooker.see({ of: 'view', view: viewOf({ faults: ['radio-down'] }) });
  expect(await console.metric('beacon_fault{code="radio-down"}')).toBe(1);
  expect(await console.metric('beacon_fault{code="money-lost"}')).toBe(0);
  const longest = 'beacon_event_loop_delay_seconds{quantile="1"}';
  // The first sample after a scrape only begins to measure.
  const blocked = async () => {
    const until = performance.now() + 300;
    while (performance.now() < until);
    return console.metric(longest);
  };
  await expect.poll(blocked).toBeGreaterThan(0.2);
  expect(await console.metric(longest)).toBeLessThan(0.2);
  expect(await console.metric('process_resident_memory_bytes')).toBeGreaterThan(1e7);
});

test('what is seen is handed on when the tick is over, and a listener that fails stops nobody', async () => {
  const onlooker = createOnlooker(silent);
  const seen: string[] = [];
  onlooker.see({ of: 'radio-start' });
  onlooker.tell((sight) => {
    seen.push(sight.of);
    throw new Error('a listener of the test');
  });
  onlooker.see({ of: 'view', view: viewOf() });
  expect(seen).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['radio-start', 'view']);
});

test.skipIf(!opensslAvailable && !process.env['CI'])(
  'the day is told on which the certificate at the broker expires, as long as there is one (needs openssl)',
  async () => {
    const name = 'beacon_broker_certificate_expiry_timestamp_seconds';
    const without = await consoleUnderTest();
    await expect(without.metric(name)).rejects.toThrow('no metric');

    makeAuthority(without.folder);
    const certificateFile = join(without.folder, 'ca.pem');
    const console = await consoleUnderTest({ certificateFile });
    const days = ((await console.metric(name)) - Date.now() / 1000) / 86_400;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    writeFileSync(certificateFile, 'no certificate any more');
    await expect(console.metric(name)).rejects.toThrow('no metric');
  },
);
