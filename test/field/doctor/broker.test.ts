import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OnlineState } from '../../../src/contract/messages.ts';
import { topicsOf } from '../../../src/contract/topics.ts';
import { brokerAcl, brokerLogin } from '../../../src/field/doctor/checks/broker-login.ts';
import { brokerReachable } from '../../../src/field/doctor/checks/broker-reachable.ts';
import { brokerCertificate, brokerTls } from '../../../src/field/doctor/checks/broker-tls.ts';
import { viewService } from '../../../src/field/doctor/service-view.ts';
import { startAedes } from '../../mqtt/aedes.ts';
import { freePort, mosquittoAvailable, startMosquitto } from '../../mqtt/mosquitto.ts';
import { observe } from '../../mqtt/observer.ts';
import { type Authority, makeAuthority, opensslAvailable } from './certificates.ts';
import { look, patientWith } from './patient.ts';

const skip = !(mosquittoAvailable && opensslAvailable) && !process.env['CI'];
const { state, allCommands, reportedConfig } = topicsOf('beacon/1', 'till-1');
const LOCAL = 'IP:127.0.0.1,DNS:localhost';

let folder: string;
let authority: Authority;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beacon-doctor-broker-'));
  if (!skip) authority = makeAuthority(join(folder, 'ca'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A Mosquitto that is gone after the test. */
async function broker(lines: readonly string[] = []) {
  const started = await startMosquitto(lines.join('\n'));
  onTestFinished(() => started.destroy());
  return started;
}

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A Mosquitto with TLS, and a certificate of those dates and names. */
async function secureBroker(
  options: { from?: number; to?: number; san?: string },
  lines: string[] = [],
) {
  const { cert, key } = authority.issue('broker', { san: LOCAL, ...options });
  const { port } = await broker([
    'allow_anonymous true',
    `certfile ${cert}`,
    `keyfile ${key}`,
    ...lines,
  ]);
  return { url: `mqtts://127.0.0.1:${port}` };
}

describe('broker-reachable', () => {
  it('fails where nobody takes the call, and where the name is not known', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    expect(await look(brokerReachable, patientWith({ 'mqtt.url': url }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('no connection (ECONNREFUSED)'),
    });
    const nameless = patientWith({ 'mqtt.url': 'mqtts://broker.invalid:8883' });
    expect(await look(brokerReachable, nameless)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(/broker\.invalid:8883: the name is not known \(E/),
    });
  });

  it.skipIf(skip)(
    'warns while another of the list is there, and goes on with that one',
    async () => {
      const dead = `mqtt://127.0.0.1:${await freePort()}`;
      const { url } = await broker();
      const patient = patientWith({ 'mqtt.url': [dead, url] });
      expect(await look(brokerReachable, patient)).toMatchObject({ verdict: 'warning' });
      expect(patient.terminal.brokers.map(({ label }) => `mqtt://${label}`)).toEqual([url]);
      expect(await look(brokerLogin, patient)).toMatchObject({ verdict: 'ok' });
    },
  );
});

describe.skipIf(skip)('broker-tls, at a real broker (needs mosquitto and openssl)', () => {
  it('is well with a certificate that mqtt.ca has signed, and warns when its end is near', async () => {
    const good = await secureBroker({});
    expect(
      await look(brokerTls, patientWith({ 'mqtt.url': good.url, 'mqtt.ca': authority.cert })),
    ).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(
        /TLSv1\.3, certificate of broker, signed by Shop CA, until 20/,
      ),
    });
    const ending = await secureBroker({ to: 5.5 });
    expect(
      await look(brokerTls, patientWith({ 'mqtt.url': ending.url, 'mqtt.ca': authority.cert })),
    ).toMatchObject({ verdict: 'warning', evidence: expect.stringContaining(': 5 days') });
  });

  it.each([
    ['expired', { from: -20, to: -3 }, /expired on 20/, /Renew the broker's certificate/],
    ['not valid yet', { from: 3, to: 20 }, /is valid from 20.* on only/, /Set the clock/],
    ['for another name', { san: 'DNS:other.example' }, /is for another name/, /Renew/],
  ])('fails with a certificate that is %s', async (_, options, evidence, remedy) => {
    const { url } = await secureBroker(options);
    const patient = patientWith({ 'mqtt.url': url, 'mqtt.ca': authority.cert });
    expect(await look(brokerTls, patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(evidence),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('fails with a certificate of an authority that nobody named', async () => {
    const { url } = await secureBroker({});
    expect(await look(brokerTls, patientWith({ 'mqtt.url': url }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('is not trusted'),
      remedy: expect.stringContaining('mqtt.ca'),
    });
  });

  it('fails where no TLS is spoken, or mqtt.ca cannot be read', async () => {
    const { port } = await broker();
    const url = `mqtts://127.0.0.1:${port}`;
    expect(await look(brokerTls, patientWith({ 'mqtt.url': url }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('no TLS there'),
    });
    const patient = patientWith({ 'mqtt.url': url, 'mqtt.ca': '/no/such/ca.pem' });
    expect(await look(brokerTls, patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('/no/such/ca.pem'),
    });
  });

  it('warns of a broker without TLS on another machine', async () => {
    const patient = patientWith({ 'mqtt.url': 'mqtt://broker.example' });
    expect(await look(brokerTls, patient)).toMatchObject({ verdict: 'warning' });
    const here = patientWith({ 'mqtt.url': 'mqtt://127.0.0.1' });
    expect(await look(brokerTls, here)).toMatchObject({ verdict: 'ok' });
  });
});

describe.skipIf(skip)("broker-certificate, the terminal's own (needs openssl)", () => {
  const of = ({ cert, key }: { cert: string; key: string }) =>
    look(brokerCertificate, patientWith({ 'mqtt.cert': cert, 'mqtt.key': key }));

  it('is well, near its end, over, or for another key', async () => {
    expect(await of(authority.issue('till-1'))).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringContaining('CN=till-1'),
    });
    expect(await of(authority.issue('till-1', { to: 20 }))).toMatchObject({ verdict: 'warning' });
    expect(await of(authority.issue('till-1', { from: -9, to: -1 }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('expired on'),
    });
    const { key } = authority.issue('till-2');
    expect(await of({ ...authority.issue('till-1'), key })).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('is not the key of'),
    });
  });

  it('fails where a file is not there or is none, and never shows what is in it', async () => {
    const garbage = fileWith('garbage.pem', 'not-a-key-but-perhaps-secret');
    expect(await of({ cert: '/no/cert.pem', key: garbage })).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('(ENOENT)'),
    });
    const broken = await of({ ...authority.issue('till-1'), key: garbage });
    expect(broken.verdict).toBe('failed');
    expect(JSON.stringify(broken)).not.toContain('perhaps-secret');
  });

  it('is skipped where there is none', async () => {
    expect(await look(brokerCertificate)).toMatchObject({ verdict: 'skipped' });
  });
});

describe.skipIf(skip)('broker-login, at a real broker (needs mosquitto and openssl)', () => {
  async function guarded() {
    const file = fileWith('passwords', '');
    const made = spawnSync('mosquitto_passwd', ['-b', file, 'till-1', 'the-right-password']);
    expect(made.status, String(made.stderr)).toBe(0);
    return await broker(['allow_anonymous false', `password_file ${file}`]);
  }

  it.each([5, 4])(
    'with MQTT version %i, fails with a wrong password, which it never tells',
    async (version) => {
      const { url } = await guarded();
      const keys = { 'mqtt.url': url, 'mqtt.username': 'till-1', 'mqtt.protocolVersion': version };
      const patient = patientWith(keys);
      const withPassword = (mqttPassword: string) => ({
        ...patient,
        terminal: { ...patient.terminal, secrets: { mobilepayClientSecret: 'x', mqttPassword } },
      });
      expect(await look(brokerLogin, withPassword('the-right-password'))).toMatchObject({
        verdict: 'ok',
        evidence: expect.stringMatching(/let in as till-1, MQTT (5|3\.1\.1)$/),
      });
      const wrong = await look(brokerLogin, withPassword('the-wrong-password'));
      expect(wrong).toMatchObject({
        verdict: 'failed',
        evidence: expect.stringMatching(/does not (let this user in|know this user)/),
        remedy: expect.stringContaining('mqtt-password'),
      });
      expect(JSON.stringify(wrong)).not.toContain('the-wrong-password');
    },
  );

  it('fails with a client certificate that is over', async () => {
    const { url } = await secureBroker({}, [
      `cafile ${authority.cert}`,
      'require_certificate true',
    ]);
    const as = ({ cert, key }: { cert: string; key: string }) =>
      look(
        brokerLogin,
        patientWith({
          'mqtt.url': url,
          'mqtt.ca': authority.cert,
          'mqtt.cert': cert,
          'mqtt.key': key,
        }),
      );
    expect(await as(authority.issue('till-1'))).toMatchObject({ verdict: 'ok' });
    expect(await as(authority.issue('till-1', { from: -9, to: -1 }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(/refuses the terminal's certificate/),
    });
    expect(
      await look(brokerLogin, patientWith({ 'mqtt.url': url, 'mqtt.ca': authority.cert })),
    ).toMatchObject({
      verdict: 'failed',
    });
  });

  it('fails where somebody else answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const patient = patientWith({ 'mqtt.url': `mqtt://127.0.0.1:${port}` });
    expect(await look(brokerLogin, patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('no MQTT there'),
    });
  });
});

describe.skipIf(skip)('broker-acl, at a real broker (needs mosquitto)', () => {
  const rights = (lines: string[]) =>
    broker(['allow_anonymous true', `acl_file ${fileWith('acl', `${lines.join('\n')}\n`)}`]);
  const of = (url: string, version = 5) =>
    patientWith({ 'mqtt.url': url, 'mqtt.username': 'till-1', 'mqtt.protocolVersion': version });

  it.each([5, 4])(
    'with MQTT version %i, goes round by the state, which stays what it is',
    async (version) => {
      const { url } = await rights([
        'user watcher',
        'topic readwrite #',
        'pattern readwrite beacon/1/%u/#',
      ]);
      expect(await look(brokerAcl, of(url, version))).toMatchObject({
        verdict: 'ok',
        evidence: expect.stringMatching(
          /written to beacon\/1\/till-1\/state and read back in \d+ ms/,
        ),
      });
      const watcher = await observe(url.replace('//', '//watcher:x@'), 5);
      const retained = await watcher.until(({ topic }) => topic === state);
      expect(retained.json).toEqual({ online: false, bootId: expect.any(String) });
      await look(brokerAcl, of(url, version));
      const again = await watcher.until((message) => message !== retained);
      expect(again.json).toEqual(retained.json);
      await watcher.close();
    },
  );

  it.each([
    ['no rights at all', ['user nobody', 'topic readwrite #']],
    ["another terminal's", ['pattern readwrite beacon/1/%u-b/#']],
    ['read only', ['pattern read beacon/1/%u/#']],
    ['write only', ['pattern write beacon/1/%u/#']],
  ])('fails with %s, and says what to grant', async (_, lines) => {
    const { url } = await rights(lines);
    const found = await Promise.all([5, 4].map((version) => look(brokerAcl, of(url, version))));
    for (const finding of found) {
      expect(finding).toMatchObject({
        verdict: 'failed',
        evidence: expect.stringMatching(/may not write to|does not come back/),
        remedy: "Give till-1 in the broker's ACL: readwrite beacon/1/till-1/#",
      });
    }
  });

  it('is well with the rights of our templates', async () => {
    const { url } = await rights([readFileSync('docs/broker/beacon.acl', 'utf8')]);
    expect(await look(brokerAcl, of(url))).toMatchObject({ verdict: 'ok' });
  });

  it.each([
    ['be read', ['pattern write beacon/1/%u/config/reported']],
    ['be written', ['pattern read beacon/1/%u/config/#']],
  ])('warns where the report of its configuration may not %s', async (_, lines) => {
    const { url } = await rights([
      'pattern readwrite beacon/1/%u/state',
      'pattern read beacon/1/%u/command/#',
      ...lines,
    ]);
    const found = await Promise.all([5, 4].map((version) => look(brokerAcl, of(url, version))));
    for (const finding of found) {
      expect(finding).toMatchObject({
        verdict: 'warning',
        evidence: expect.stringMatching(
          /no configuration from afar: (it may not write to|what it writes to) beacon\/1\/till-1\/config\/reported/,
        ),
        remedy: "Give till-1 in the broker's ACL: readwrite beacon/1/till-1/#",
      });
    }
  });

  it('warns where it may not subscribe to wishes for another configuration', async () => {
    const { url, destroy } = await startAedes(
      0,
      (topic) => topic === 'beacon/1/till-1/config/desired',
    );
    onTestFinished(destroy);
    expect(await look(brokerAcl, of(url))).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('it may not subscribe to beacon/1/till-1/config/desired'),
    });
  });

  it('leaves a report that stands as it is', async () => {
    const { url } = await broker();
    const watcher = await observe(url, 5);
    const report = { version: 'v7', config: {}, wish: null, at: '2026-01-31T10:00:00.000Z' };
    await watcher.publish(reportedConfig, report, { retain: true });
    expect(await look(brokerAcl, of(url))).toMatchObject({ verdict: 'ok' });
    await watcher.publish('probe', {});
    await watcher.until(({ topic }) => topic === 'probe');
    const reports = watcher.seen.filter(({ topic }) => topic === reportedConfig);
    expect(reports.map(({ json }) => json)).toEqual([report, report]);
    await watcher.close();
  });

  it('leaves the state of a running service alone, and reads it', async () => {
    const { url } = await broker();
    const online: OnlineState = {
      online: true,
      bootId: 'b-1',
      seq: 3,
      phase: 'idle',
      payment: null,
      refund: null,
      beacon: { mode: 'two-way', advertising: true },
      api: { reachable: true },
      faults: ['pos-outdated'],
      at: '2026-01-31T10:00:00.000Z',
    };
    const watcher = await observe(url, 5);
    await watcher.publish(state, online, { retain: true });
    const patient = of(url);
    // What a service says that may not write its report, or a doctor sees that may not read it.
    expect(await look(brokerAcl, patient)).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('config/reported cannot be read'),
    });
    await watcher.publish(reportedConfig, { version: null }, { retain: true });
    expect(await look(brokerAcl, patient)).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringContaining('the service is online there'),
    });
    expect(await viewService(patient.terminal, patient.terminal.brokers)).toEqual({
      pid: null,
      trouble: null,
      state: {
        online: true,
        phase: 'idle',
        beacon: { advertising: true },
        faults: ['pos-outdated'],
      },
    });
    await watcher.publish('probe', {});
    await watcher.until(({ topic }) => topic === 'probe');
    expect(watcher.seen.filter(({ topic }) => topic === state)).toHaveLength(1);
    expect(watcher.seen.filter(({ topic }) => topic.startsWith(allCommands.slice(0, -1)))).toEqual(
      [],
    );
    await watcher.close();
  });
});
