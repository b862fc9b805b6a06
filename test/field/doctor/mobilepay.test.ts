import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  mobilepayDns,
  mobilepayPos,
  mobilepayTls,
  mobilepayToken,
} from '../../../src/field/doctor/checks/mobilepay.ts';
import { clock } from '../../../src/field/doctor/checks/time.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET } from '../../../src/simulator/demo.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { batch, journalAt, journalPath } from '../../journal/samples.ts';
import { freePort } from '../../mqtt/mosquitto.ts';
import { ApiClient } from '../../simulator/client.ts';
import { makeAuthority, opensslAvailable } from './certificates.ts';
import { look, patientWith, temporaryFolder } from './patient.ts';

/** A simulator of its own, and a terminal that speaks to it. */
async function simulated(keys: Record<string, unknown> = {}, secret = DEMO_CLIENT_SECRET) {
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => simulator.close());
  const patient = patientWith({
    'mobilepay.baseUrl': simulator.url,
    'mobilepay.clientId': DEMO_CLIENT_ID,
    'journal.path': journalPath(),
    ...keys,
  });
  patient.terminal.secrets = { mobilepayClientSecret: secret, mqttPassword: undefined };
  return { simulator, patient };
}

describe('mobilepay-dns', () => {
  it('fails where the name is not known', async () => {
    const patient = patientWith({ 'mobilepay.baseUrl': 'https://api.mobilepay.invalid' });
    expect(await look(mobilepayDns, patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(/^api\.mobilepay\.invalid is not known \(E/),
      fault: 'api-unreachable',
    });
  });
});

describe('mobilepay-tls', () => {
  it('lets the simulator be, on this machine, if it is there', async () => {
    const { patient } = await simulated();
    expect(await look(mobilepayTls, patient)).toMatchObject({ verdict: 'ok' });
    const nobody = patientWith({ 'mobilepay.baseUrl': `http://127.0.0.1:${await freePort()}` });
    expect(await look(mobilepayTls, nobody)).toMatchObject({
      verdict: 'failed',
      fault: 'api-unreachable',
    });
    const closed = patientWith({ 'mobilepay.baseUrl': `https://127.0.0.1:${await freePort()}` });
    expect(await look(mobilepayTls, closed)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('no TLS there (ECONNREFUSED)'),
    });
  });

  it.skipIf(!opensslAvailable && !process.env['CI'])(
    'fails where something else answers in its place (needs openssl)',
    async () => {
      const { cert, key } = makeAuthority(join(temporaryFolder(), 'ca')).issue('portal', {
        san: 'IP:127.0.0.1',
      });
      const portal = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
      portal.listen(0, '127.0.0.1');
      await once(portal, 'listening');
      onTestFinished(() => void portal.close());
      const { port } = portal.address() as AddressInfo;
      const patient = patientWith({ 'mobilepay.baseUrl': `https://127.0.0.1:${port}` });
      expect(await look(mobilepayTls, patient)).toMatchObject({
        verdict: 'failed',
        evidence: expect.stringMatching(/certificate of portal, signed by Shop CA, is not trusted/),
        remedy: expect.stringContaining('portal'),
      });
    },
  );
});

describe('mobilepay-token', () => {
  it('is well with the right secret', async () => {
    const { patient } = await simulated();
    expect(await look(mobilepayToken, patient)).toMatchObject({ verdict: 'ok' });
  });

  it('fails with a wrong one, which it never tells', async () => {
    const { patient } = await simulated({}, 'the-wrong-secret');
    const finding = await look(mobilepayToken, patient);
    expect(finding).toMatchObject({ verdict: 'failed', fault: 'credentials-refused' });
    expect(JSON.stringify(finding)).not.toContain('the-wrong-secret');
  });

  it('fails where nobody answers', async () => {
    const { patient, simulator } = await simulated();
    await simulator.close();
    expect(await look(mobilepayToken, patient)).toMatchObject({
      verdict: 'failed',
      fault: 'api-unreachable',
    });
  });
});

describe('mobilepay-pos', () => {
  const NAME = 'Kasse 1';
  const beaconId = '123456789012345';

  async function withPos(keys: Record<string, unknown> = {}) {
    const { simulator, patient } = await simulated({ 'pos.beaconId': beaconId, ...keys });
    const client = await new ApiClient(simulator.url).signIn();
    await client.createPos({ merchantPosId: 'till-1', name: NAME, beaconId });
    return patient;
  }

  it('is well when it stands there as it is configured', async () => {
    expect(await look(mobilepayPos, await withPos())).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringContaining(`till-1 is "${NAME}", beacon id ${beaconId}`),
    });
  });

  it('warns when it differs, or does not stand there', async () => {
    expect(await look(mobilepayPos, await withPos({ 'pos.name': 'Kasse 2' }))).toMatchObject({
      verdict: 'warning',
      fault: 'pos-outdated',
    });
    const { patient } = await simulated();
    expect(await look(mobilepayPos, patient)).toMatchObject({
      verdict: 'warning',
      evidence: 'MobilePay has no point of sale till-1',
    });
  });

  it('fails for a merchant that is not ours', async () => {
    const { patient } = await simulated({ 'mobilepay.merchantVat': 'DK87654321' });
    expect(await look(mobilepayPos, patient)).toMatchObject({
      verdict: 'failed',
      remedy: expect.stringContaining('mobilepay.merchantVat'),
    });
  });

  it('fails with what the service wrote down, when it could not make one', async () => {
    const { patient } = await simulated();
    const { path } = patient.terminal.config.journal;
    const message = 'There is no such store at MobilePay. Correct pos.storeId.';
    const text = JSON.stringify({
      kind: 'store-not-found',
      message,
      since: '2026-01-31T10:00:00Z',
    });
    journalAt(path).commit(batch({ notes: [{ name: 'setup-problem', text }] }));
    expect(await look(mobilepayPos, patient)).toMatchObject({
      verdict: 'failed',
      evidence: message,
    });
  });
});

describe('clock', () => {
  it.each([
    [0, 'ok', /^within 2 s/],
    [90_000, 'failed', /^(89|90) s behind MobilePay's/],
    [-3_600_000, 'failed', /^(3599|3600) s ahead of MobilePay's/],
  ])(
    'compares itself with the Date of MobilePay, which is off by %i ms',
    async (offset, verdict, evidence) => {
      const { simulator, patient } = await simulated();
      simulator.setDateOffset(offset);
      expect(await look(clock, patient)).toMatchObject({
        verdict,
        evidence: expect.stringMatching(evidence),
        fault: verdict === 'ok' ? null : 'clock-untrusted',
      });
    },
  );

  it('is skipped where nobody answers', async () => {
    const nobody = patientWith({ 'mobilepay.baseUrl': `http://127.0.0.1:${await freePort()}` });
    expect(await look(clock, nobody)).toMatchObject({ verdict: 'skipped' });
  });
});
