import { spawn } from 'node:child_process';
import { chmodSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { display } from '../../../src/field/doctor/checks/display.ts';
import { gpioChip, gpioPermission } from '../../../src/field/doctor/checks/gpio.ts';
import { serialPorts } from '../../../src/field/doctor/checks/serial.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from '../../serial/pty-pair.ts';
import { look, patientWith, serviceWith, treeOf } from './patient.ts';

const chip = (label: string) => ({
  'class/gpio/gpiochip512/label': `${label}\n`,
  'class/gpio/gpiochip512/base': '512\n',
  'class/gpio/gpiochip512/ngpio': '54\n',
  'class/gpio/export': '',
});
const wired = { 'panel.lights.driver': 'onoff', 'panel.buttons.driver': 'onoff' };
const leds = { 'panel.lights.driver': 'led-class' };
const lamps = Object.fromEntries(
  ['green', 'yellow', 'red'].flatMap((colour) => [
    [`class/leds/beacon-${colour}/brightness`, '0\n'],
    [`class/leds/beacon-${colour}/trigger`, '[none]\n'],
  ]),
);
/** A service that is an ordinary user, with the groups 20 and 997. */
const ordinary = (groups = '20 997') =>
  treeOf({
    '4711/status': `Uid:\t991\t991\t991\t991\nGid:\t991\t991\t991\t991\nGroups:\t${groups}\n`,
  });

describe('gpio-chip', () => {
  it('is well when the board has every line', async () => {
    const patient = patientWith(wired, { sysDir: treeOf(chip('pinctrl-bcm2711')) });
    expect(await look(gpioChip, patient)).toMatchObject({
      verdict: 'ok',
      evidence: 'pinctrl-bcm2711: lines 17, 27, 22, 5, 6',
    });
  });

  it('fails on another board, and says which label to set', async () => {
    const patient = patientWith(wired, { sysDir: treeOf(chip('pinctrl-rp1')) });
    expect(await look(gpioChip, patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('This looks like a Raspberry Pi 5: set chip: pinctrl-rp1'),
      fault: 'gpio-missing',
    });
  });

  it('fails where a lamp of the LED class is missing', async () => {
    const { 'class/leds/beacon-red/brightness': _, ...others } = lamps;
    expect(await look(gpioChip, patientWith(leds, { sysDir: treeOf(lamps) }))).toMatchObject({
      verdict: 'ok',
    });
    expect(await look(gpioChip, patientWith(leds, { sysDir: treeOf(others) }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('there is no lamp beacon-red'),
      fault: 'gpio-missing',
    });
  });

  it('is skipped where nothing uses it', async () => {
    expect(await look(gpioChip)).toMatchObject({ verdict: 'skipped' });
  });
});

describe('gpio-permission', () => {
  it('goes by the user and groups of the service, even when root runs doctor', async () => {
    const sysDir = treeOf(lamps);
    const service = serviceWith();
    const locked = patientWith(leds, { sysDir, procDir: ordinary(), service });
    expect(await look(gpioPermission, locked)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('the service (process 4711, user 991) may not write to'),
      fault: 'no-permission',
    });
    for (const path of Object.keys(lamps)) chmodSync(join(sysDir, path), 0o666);
    expect(await look(gpioPermission, locked)).toMatchObject({ verdict: 'ok' });
  });

  it('is no fault of a service that does not run', async () => {
    const procDir = treeOf({ 'self/status': 'Uid:\t1000\t1000\t1000\t1000\nGroups:\t\n' });
    const patient = patientWith(leds, { sysDir: treeOf(lamps), procDir });
    expect(await look(gpioPermission, patient)).toMatchObject({ verdict: 'warning', fault: null });
  });
});

const at = (port: string, driver = 'nextion') => ({
  'panel.display.driver': driver,
  'panel.display.port': port,
});

describe('serial-ports', () => {
  it('fails where the port is not there, or is no port', async () => {
    const missing = patientWith(at('/dev/ttyUSB99'));
    expect(await look(serialPorts, missing)).toMatchObject({
      verdict: 'failed',
      evidence: 'panel.display.port: there is no /dev/ttyUSB99',
      fault: 'display-unreachable',
    });
    const file = join(treeOf({ display: 'plain' }), 'display');
    expect(await look(serialPorts, patientWith(at(file)))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('is no serial port'),
    });
  });

  it('fails where the service may not open it', async () => {
    // A device that only root may open, on every machine.
    const patient = patientWith(at('/dev/console'), {
      procDir: ordinary(''),
      service: serviceWith(),
    });
    expect(await look(serialPorts, patient)).toMatchObject({
      verdict: 'failed',
      fault: 'no-permission',
      remedy: expect.stringContaining('dialout'),
    });
  });

  it('is skipped where none is configured', async () => {
    expect(await look(serialPorts)).toMatchObject({ verdict: 'skipped' });
  });
});

async function plugged(): Promise<PtyPair> {
  const pair = await createPtyPair();
  onTestFinished(() => pair.dispose());
  return pair;
}

describe.skipIf(skipWithoutSocat)('a real serial port (needs socat)', () => {
  it('is free', async () => {
    const { port } = await plugged();
    expect(await look(serialPorts, patientWith(at(port)))).toMatchObject({
      verdict: 'ok',
      evidence: `panel.display.port: ${port}, free`,
    });
  });

  it('is held by another program, which is named', async () => {
    const { port } = await plugged();
    const holder = spawn('sh', ['-c', `exec 3<"${port}"; exec sleep 60`], { stdio: 'ignore' });
    onTestFinished(() => void holder.kill());
    const found = await vi.waitUntil(async () => {
      const finding = await look(serialPorts, patientWith(at(port)));
      return finding.evidence.includes('sleep') ? finding : undefined;
    });
    expect(found).toMatchObject({
      verdict: 'failed',
      evidence: `panel.display.port: ${port} is held by sleep (process ${holder.pid})`,
      fault: 'display-unreachable',
    });
    const ours = patientWith(at(port), { service: serviceWith({}, holder.pid) });
    expect(await look(serialPorts, ours)).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringContaining(`in use by the service (process ${holder.pid})`),
    });
  });

  it('that the kernel writes its console to is a warning', async () => {
    const { port } = await plugged();
    const procDir = treeOf({
      cmdline: `console=tty1 console=${realpathSync(port).split('/').at(-1)},115200\n`,
    });
    expect(await look(serialPorts, patientWith(at(port), { procDir }))).toMatchObject({
      verdict: 'warning',
      evidence: expect.stringContaining('the kernel writes its console'),
    });
  });

  it('lets a Nextion answer, or finds that there is none', async () => {
    const pair = await plugged();
    const answering = vi
      .waitUntil(() => pair.received().includes('sendme'))
      .then(() => {
        pair.send(Uint8Array.of(0x66, 0, 0xff, 0xff, 0xff));
      });
    expect(await look(display, patientWith(at(pair.port)))).toMatchObject({ verdict: 'ok' });
    await answering;
    expect(await look(display, patientWith(at(pair.port)))).toMatchObject({
      verdict: 'failed',
      evidence: `${pair.port}: no answer at 9600 baud`,
      fault: 'display-unreachable',
    });
  });

  it('takes a picture for a display that cannot answer, which a person can check', async () => {
    const pair = await plugged();
    expect(await look(display, patientWith(at(pair.port, 'escpos')))).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringContaining('it should show "beacon-terminal" now'),
    });
    await vi.waitUntil(() => pair.received().includes('till-1'));
    expect(pair.received().toString('latin1')).toContain('beacon-terminal');
  });
});

describe('display', () => {
  it('fails where the port cannot be opened', async () => {
    for (const driver of ['nextion', 'escpos', 'character-lcd']) {
      expect(await look(display, patientWith(at('/dev/no-display', driver)))).toMatchObject({
        verdict: 'failed',
        fault: 'display-unreachable',
      });
    }
  });

  it('is left to the service that has it, and judged by what that reports', async () => {
    const port = '/dev/no-display';
    const well = patientWith(at(port), { service: serviceWith() });
    expect(await look(display, well)).toMatchObject({
      verdict: 'ok',
      evidence: `${port}: in use by the service (process 4711), which reaches it`,
    });
    const service = serviceWith({ faults: ['display-unreachable'] });
    expect(await look(display, patientWith(at(port), { service }))).toMatchObject({
      verdict: 'failed',
      fault: 'display-unreachable',
    });
  });

  it('takes the bytes of an LCD', async () => {
    const folder = treeOf({ lcd: '' });
    const patient = patientWith(at(join(folder, 'lcd'), 'character-lcd'));
    expect(await look(display, patient)).toMatchObject({ verdict: 'ok' });
  });

  it('is skipped where there is none', async () => {
    expect(await look(display)).toMatchObject({ verdict: 'skipped' });
  });
});
