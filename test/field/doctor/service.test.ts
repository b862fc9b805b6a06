import { describe, expect, it } from 'vitest';
import { brokerLogin } from '../../../src/field/doctor/checks/broker-login.ts';
import { configuration, secretsInPlace } from '../../../src/field/doctor/checks/configuration.ts';
import { service } from '../../../src/field/doctor/checks/service.ts';
import { patientOf } from '../../../src/field/doctor/doctor.ts';
import type { World } from '../../../src/field/doctor/world.ts';
import { thisMachine } from '../../../src/field/doctor/world.ts';
import { look, noService, patientWith, serviceWith, treeOf } from './patient.ts';

const unit = (state: string, restarts = 0) => ({
  output: async (program: string) =>
    program === 'systemctl'
      ? `LoadState=loaded\nActiveState=${state}\nSubState=${state === 'active' ? 'running' : state}\nNRestarts=${restarts}\n`
      : null,
});

describe('service', () => {
  it('is well while it runs and reports no fault', async () => {
    const patient = patientWith({}, { service: serviceWith(), ...unit('active') });
    expect(await look(service, patient)).toMatchObject({
      verdict: 'ok',
      evidence:
        'it runs (process 4711), phase idle; systemd: active (running), 0 restarts, no faults',
    });
  });

  it('fails when systemd has given up on it, or it is out of order', async () => {
    expect(await look(service, patientWith({}, unit('failed')))).toMatchObject({
      verdict: 'failed',
      remedy: 'Read: journalctl -u beacon-terminal -e',
    });
    const out = serviceWith({ phase: 'out-of-order', faults: ['credentials-refused'] });
    expect(await look(service, patientWith({}, { service: out }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('phase out-of-order, faults: credentials-refused'),
    });
  });

  it('warns when it does not run', async () => {
    expect(await look(service, patientWith({}, unit('inactive')))).toMatchObject({
      verdict: 'warning',
      remedy: 'Start it: systemctl start beacon-terminal',
    });
  });

  it('warns of faults, with what to do about them', async () => {
    const faulty = patientWith({}, { service: serviceWith({ faults: ['duplicate-terminal'] }) });
    expect(await look(service, faulty)).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('faults: duplicate-terminal'),
      remedy: 'Stop the other device, or give it a terminal.id of its own.',
    });
    const newer = patientWith({}, { service: serviceWith({ faults: ['of-a-newer-version'] }) });
    expect(await look(service, newer)).toMatchObject({ verdict: 'warning' });
  });

  it('warns when it was started again and again, or the broker does not show it', async () => {
    const restarted = patientWith({}, { service: serviceWith(), ...unit('active', 7) });
    expect(await look(service, restarted)).toMatchObject({ verdict: 'warning' });
    const hidden = patientWith({}, { service: { ...noService, pid: 4711 } });
    expect(await look(service, hidden)).toMatchObject({
      verdict: 'warning',
      evidence: 'it runs (process 4711), but the broker does not show it online',
    });
    const unasked = patientWith({}, { service: { ...noService, pid: 4711, trouble: 'ENOTFOUND' } });
    expect(await look(service, unasked)).toMatchObject({
      evidence: 'it runs (process 4711), but it cannot be asked: ENOTFOUND',
    });
  });

  it('warns when another machine is this terminal', async () => {
    const elsewhere = { ...serviceWith(), pid: null };
    expect(await look(service, patientWith({}, { service: elsewhere }))).toMatchObject({
      verdict: 'warning',
      fault: 'duplicate-terminal',
    });
    expect(await look(service, patientWith({}, { service: noService }))).toMatchObject({
      fault: null,
    });
  });
});

const complete = `terminal: { id: till-1 }
mqtt: { url: mqtts://broker.example:8883, username: till-1 }
mobilepay: { clientId: client, merchantVat: DK12345678 }
pos: { name: Kasse 1 }
`;
const of = (text: string, env: NodeJS.ProcessEnv = {}, world: Partial<World> = {}) => {
  const folder = treeOf({ 'config.yaml': `${text}secretsDir: /no/such/folder\n` });
  return patientOf(`${folder}/config.yaml`, env, {
    ...thisMachine(),
    runDir: '/nowhere',
    etcDir: '/nowhere',
    ...world,
  });
};
const secret = { BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: 'the-client-secret' };

describe('config', () => {
  it('is well, or names the first thing to mend and how many more there are', async () => {
    expect(await look(configuration, of(complete))).toMatchObject({ verdict: 'ok' });
    const wrong = of(complete.replace('till-1', 'kasse æ').replace('DK12345678', 'SE12345678'));
    expect(await look(configuration, wrong)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(
        /config\.yaml:1:17: terminal\.id: must be .* \(and 1 more\)$/,
      ),
      remedy: expect.stringContaining('beacon-terminal config check'),
    });
    expect(await look(configuration, patientOf('/no/such/file', {}, thisMachine()))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('there is no such file'),
    });
  });
});

describe('secrets', () => {
  it('are well when all that is needed is there, and are never shown', async () => {
    const password = { BEACON_TERMINAL_MQTT_PASSWORD: 'the-mqtt-password' };
    const finding = await look(secretsInPlace, of(complete, { ...secret, ...password }));
    expect(finding).toMatchObject({ verdict: 'ok' });
    expect(JSON.stringify(finding)).not.toMatch(/the-client-secret|the-mqtt-password/);
  });

  it('fail where one is missing', async () => {
    expect(await look(secretsInPlace, of(complete))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('the secret mobilepay-client-secret is missing'),
    });
    expect(await look(secretsInPlace, of(complete, secret))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('neither the secret mqtt-password nor mqtt.cert'),
    });
  });

  it('are found where systemd has them for the service, running or not', async () => {
    const both = {
      'mobilepay-client-secret': 'the-client-secret\n',
      'mqtt-password': 'the-password\n',
    };
    const under = (prefix: string) =>
      treeOf(Object.fromEntries(Object.entries(both).map(([name, text]) => [prefix + name, text])));
    const runDir = under('credentials/beacon-terminal.service/');
    const running = of(complete, {}, { runDir });
    expect(await look(secretsInPlace, running)).toMatchObject({ verdict: 'ok' });
    expect(running.terminal?.secrets?.mqttPassword).toBe('the-password');
    const stopped = of(complete, {}, { etcDir: under('credstore/beacon-terminal.') });
    expect(await look(secretsInPlace, stopped)).toMatchObject({ verdict: 'ok' });
    expect(stopped.terminal?.secrets?.mqttPassword).toBe('the-password');
  });

  it('that systemd alone can decrypt are no reason to alarm anybody', async () => {
    const etcDir = treeOf({ 'credstore.encrypted/beacon-terminal.mqtt-password': 'sealed' });
    const patient = of(complete, {}, { etcDir, uid: 1000 });
    expect(await look(secretsInPlace, patient)).toMatchObject({ verdict: 'skipped' });
    expect(await look(brokerLogin, patient)).toMatchObject({ verdict: 'skipped' });
  });

  it('fail where root cannot decrypt them either', async () => {
    const etcDir = treeOf({ 'credstore.encrypted/beacon-terminal.mqtt-password': 'sealed' });
    expect(await look(secretsInPlace, of(complete, {}, { etcDir, uid: 0 }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('cannot decrypt'),
      remedy: expect.stringContaining('systemd-creds encrypt'),
    });
  });
});
