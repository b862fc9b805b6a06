import { describe, expect, it } from 'vitest';
import {
  bluetoothAdapter,
  bluetoothOwner,
  bluetoothPermission,
  bluetoothRfkill,
  radio,
} from '../../../src/field/doctor/checks/bluetooth.ts';
import { look, noService, patientWith, serviceWith, treeOf } from './patient.ts';

const twoWay = { 'beacon.mode': 'two-way' };
const adapter = { 'class/bluetooth/hci0/uevent': 'DEVTYPE=host\n' };

const sys = (files: Record<string, string> = {}) => treeOf({ ...adapter, ...files });
const capabilities = (bits: string, uid = 991) =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t991\t991\t991\t991\nGroups:\t20 997\nCapEff:\t${bits}\n`;
const NET_ADMIN_AND_RAW = '0000000000003000';

describe('the adapter', () => {
  it('is well when the kernel has it', async () => {
    expect(await look(bluetoothAdapter, patientWith(twoWay, { sysDir: sys() }))).toMatchObject({
      verdict: 'ok',
      evidence: 'hci0 is there',
    });
  });

  it('that is not there is the fault adapter-missing, and those that are there are named', async () => {
    const patient = patientWith({ ...twoWay, 'beacon.hciDevice': 1 }, { sysDir: sys() });
    expect(await look(bluetoothAdapter, patient)).toMatchObject({
      verdict: 'failed',
      evidence: 'there is no Bluetooth adapter hci1; there is hci0',
      fault: 'adapter-missing',
    });
  });

  it('is looked for only where a beacon needs it', async () => {
    const sysDir = treeOf({});
    const off = patientWith({}, { sysDir });
    const virtual = patientWith({ ...twoWay, 'beacon.driver': 'virtual' }, { sysDir });
    expect(await look(bluetoothAdapter, off)).toMatchObject({
      verdict: 'skipped',
      evidence: 'beacon.mode is off',
    });
    expect(await look(bluetoothAdapter, virtual)).toMatchObject({ verdict: 'skipped' });
  });
});

describe('rfkill', () => {
  const rfkill = (soft: string) => ({
    'class/rfkill/rfkill0/type': 'bluetooth\n',
    'class/rfkill/rfkill0/name': 'hci0\n',
    'class/rfkill/rfkill0/soft': `${soft}\n`,
    'class/rfkill/rfkill0/hard': '0\n',
  });

  it('that blocks is the fault adapter-blocked', async () => {
    const patientOf = (soft: string) => patientWith(twoWay, { sysDir: sys(rfkill(soft)) });
    expect(await look(bluetoothRfkill, patientOf('0'))).toMatchObject({ verdict: 'ok' });
    expect(await look(bluetoothRfkill, patientOf('1'))).toMatchObject({
      verdict: 'failed',
      fault: 'adapter-blocked',
      remedy: 'Run: rfkill unblock bluetooth',
    });
  });
});

describe('the owner of the adapter', () => {
  const withDaemon = () => treeOf({ '812/comm': 'bluetoothd\n', '1/comm': 'systemd\n' });

  it('is nobody else', async () => {
    const procDir = treeOf({ '1/comm': 'systemd\n' });
    expect(await look(bluetoothOwner, patientWith(twoWay, { procDir }))).toMatchObject({
      verdict: 'ok',
      evidence: 'no bluetoothd',
    });
  });

  it('that is bluetoothd is the fault adapter-busy', async () => {
    const patient = patientWith(twoWay, { procDir: withDaemon() });
    expect(await look(bluetoothOwner, patient)).toMatchObject({
      verdict: 'failed',
      evidence: 'bluetoothd runs (process 812)',
      fault: 'adapter-busy',
      remedy: 'Run: systemctl disable --now bluetooth',
    });
  });

  it('may be bluetoothd on another adapter, while the service advertises', async () => {
    const patient = patientWith(twoWay, { procDir: withDaemon(), service: serviceWith() });
    expect(await look(bluetoothOwner, patient)).toMatchObject({ verdict: 'warning' });
  });

  it('may be another program, by what the service reports', async () => {
    const service = serviceWith({ faults: ['adapter-busy'], beacon: { advertising: false } });
    const patient = patientWith(twoWay, { procDir: treeOf({}), service });
    expect(await look(bluetoothOwner, patient)).toMatchObject({
      verdict: 'failed',
      fault: 'adapter-busy',
    });
  });
});

describe('the permission to use it', () => {
  it('is the capabilities of the running service', async () => {
    const procDir = treeOf({ '4711/status': capabilities(NET_ADMIN_AND_RAW) });
    const patient = patientWith(twoWay, { procDir, service: serviceWith() });
    expect(await look(bluetoothPermission, patient)).toMatchObject({
      verdict: 'ok',
      evidence: 'the service (process 4711, user 991) has NET_ADMIN and NET_RAW',
    });
  });

  it('that the service lacks is the fault no-permission, each capability named', async () => {
    const procDir = treeOf({ '4711/status': capabilities('0000000000001000') });
    const patient = patientWith(twoWay, { procDir, service: serviceWith() });
    expect(await look(bluetoothPermission, patient)).toMatchObject({
      verdict: 'failed',
      evidence: 'the service (process 4711, user 991) lacks NET_RAW',
      fault: 'no-permission',
    });
  });

  it('that only whoever runs doctor lacks is a warning', async () => {
    const procDir = treeOf({ 'self/status': capabilities('0', 1000) });
    expect(await look(bluetoothPermission, patientWith(twoWay, { procDir }))).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('this user (1000) lacks NET_ADMIN and NET_RAW'),
    });
  });
});

describe('the radio', () => {
  const of = (service: typeof noService) => look(radio, patientWith(twoWay, { service }));

  it('is on the air, down, silent, or nobody knows', async () => {
    expect(await of(serviceWith())).toMatchObject({ verdict: 'ok' });
    const silent = { beacon: { advertising: false } };
    expect(await of(serviceWith({ ...silent, faults: ['radio-down'] }))).toMatchObject({
      verdict: 'failed',
      fault: 'radio-down',
    });
    expect(await of(serviceWith(silent))).toMatchObject({ verdict: 'failed', fault: null });
    expect(await of(noService)).toMatchObject({ verdict: 'skipped' });
  });
});
