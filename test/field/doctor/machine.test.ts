import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { power, temperature } from '../../../src/field/doctor/checks/board.ts';
import { nativeModules } from '../../../src/field/doctor/checks/native-modules.ts';
import { runtime } from '../../../src/field/doctor/checks/runtime.ts';
import { cardWear } from '../../../src/field/doctor/checks/storage.ts';
import { timeSync } from '../../../src/field/doctor/checks/time.ts';
import { thisMachine } from '../../../src/field/doctor/world.ts';
import { look, patientWith, temporaryFolder, treeOf } from './patient.ts';

describe('runtime', () => {
  it('is well on this Node, and names the board', async () => {
    const procDir = treeOf({ 'device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0' });
    expect(await look(runtime, patientWith({}, { procDir }))).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(/Node 2\d.*, Raspberry Pi 4 Model B Rev 1\.4$/),
    });
  });

  it.each(['18.20.4', '20.18.1'])('fails on Node %s', async (nodeVersion) => {
    expect(await look(runtime, patientWith({}, { nodeVersion }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining('Node 20.19 or newer is needed'),
    });
  });
});

describe('native-modules', () => {
  const { output } = thisMachine();

  it('loads what every terminal needs, in a process of its own', async () => {
    expect(await look(nativeModules(), patientWith({}, { output }))).toMatchObject({
      verdict: 'ok',
      evidence: expect.stringMatching(/^better-sqlite3: loaded by Node .*, ABI \d+$/),
    });
  });

  /** A folder whose node_modules holds this as its better-sqlite3. */
  function installed(javascript: string, files: Record<string, string> = {}): string {
    const folder = temporaryFolder();
    const home = join(folder, 'node_modules/better-sqlite3');
    mkdirSync(home, { recursive: true });
    for (const [name, text] of Object.entries({ 'index.js': javascript, ...files })) {
      writeFileSync(join(home, name), text);
    }
    return join(folder, 'main.js');
  }

  it('fails where a native part cannot be loaded, with what Node says', async () => {
    const from = installed("require('./native.node')", { 'native.node': 'not a library' });
    expect(await look(nativeModules(from), patientWith({}, { output }))).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(/better-sqlite3: .*native\.node.* \(Node .*, ABI \d+\)/),
      remedy: expect.stringContaining('npm rebuild better-sqlite3'),
    });
  });

  it('fails where one takes its process along, and names it and those behind it', async () => {
    const from = installed('process.abort()');
    const patient = patientWith({ 'whiteBox.port': '/dev/ttyGS0' }, { output });
    expect(await look(nativeModules(from), patient)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringMatching(
        /better-sqlite3: it ended the process that loaded it; serialport: it was not tried/,
      ),
    });
  });

  it('fails where an optional package is not installed, if a driver needs it', async () => {
    const from = installed('module.exports = class { close() {} }');
    const lights = patientWith({ 'panel.lights.driver': 'onoff' }, { output });
    expect(await look(nativeModules(from), patientWith({}, { output }))).toMatchObject({
      verdict: 'ok',
    });
    expect(await look(nativeModules(from), lights)).toMatchObject({
      verdict: 'failed',
      evidence: expect.stringContaining("onoff: Cannot find module 'onoff'"),
    });
  });
});

describe('time-sync', () => {
  const says = (text: string | null) => async (program: string) =>
    program === 'timedatectl' ? text : null;

  it('goes by what timedatectl says of the kernel', async () => {
    expect(await look(timeSync, patientWith({}, { output: says('yes\n') }))).toMatchObject({
      verdict: 'ok',
    });
    expect(await look(timeSync, patientWith({}, { output: says('no\n') }))).toMatchObject({
      verdict: 'failed',
      remedy: expect.stringContaining('timedatectl set-ntp true'),
    });
  });

  it('goes by the file of systemd-timesyncd where that cannot be asked', async () => {
    const runDir = treeOf({ 'systemd/timesync/synchronized': '' });
    const output = says(null);
    expect(await look(timeSync, patientWith({}, { output, runDir }))).toMatchObject({
      verdict: 'ok',
    });
    expect(await look(timeSync, patientWith({}, { output, runDir: '/nowhere' }))).toMatchObject({
      verdict: 'warning',
    });
  });
});

describe('temperature', () => {
  it.each([
    ['54200', 'ok'],
    ['71900', 'warning'],
    ['82300', 'failed'],
  ])('of %s thousandths is %s', async (temp, verdict) => {
    const sysDir = treeOf({
      'class/thermal/thermal_zone0/temp': '40000\n',
      'class/thermal/thermal_zone1/temp': `${temp}\n`,
      'class/thermal/cooling_device0/type': 'fan\n',
    });
    expect(await look(temperature, patientWith({}, { sysDir }))).toMatchObject({
      verdict,
      evidence: expect.stringContaining(`${Math.round(Number(temp) / 1000)} °C`),
    });
  });

  it('is skipped where the machine does not tell', async () => {
    const patient = patientWith({}, { sysDir: '/nowhere' });
    expect(await look(temperature, patient)).toMatchObject({ verdict: 'skipped' });
  });
});

describe('power', () => {
  const firmware = 'devices/platform/soc/soc:firmware/get_throttled';

  it.each([
    ['0', 'ok'],
    ['50000', 'warning'],
    ['50005', 'failed'],
    ['4', 'ok'],
  ])('goes by the bits of the firmware: %s is %s', async (bits, verdict) => {
    const sysDir = treeOf({ [firmware]: `${bits}\n` });
    expect(await look(power, patientWith({}, { sysDir }))).toMatchObject({ verdict });
  });

  it('goes by the voltage sensor, among others', async () => {
    const sensors = (alarm: string) =>
      treeOf({
        'class/hwmon/hwmon0/name': 'cpu_thermal\n',
        'class/hwmon/hwmon1/name': 'rpi_volt\n',
        'class/hwmon/hwmon1/in0_lcrit_alarm': `${alarm}\n`,
      });
    const verdictOf = async (alarm: string) =>
      (await look(power, patientWith({}, { sysDir: sensors(alarm) }))).verdict;
    expect(await verdictOf('0')).toBe('ok');
    expect(await verdictOf('1')).toBe('failed');
  });
});

describe('card-wear', () => {
  const healthy = {
    'fs/ext4/features/lazy_itable_init': 'supported\n',
    'fs/ext4/mmcblk0p2/errors_count': '0\n',
    'fs/ext4/mmcblk0p2/lifetime_write_kbytes': `${38 * 1024 * 1024}\n`,
    'block/mmcblk0/device/type': 'SD\n',
    'block/mmcblk0/device/name': 'SC32G\n',
    'block/mmcblk0boot0/device/type': 'MMC\n',
  };
  const of = (files: Record<string, string>) =>
    look(cardWear, patientWith({}, { sysDir: treeOf({ ...healthy, ...files }) }));

  it('says what a card and its file systems have been through', async () => {
    expect(await of({})).toMatchObject({
      verdict: 'ok',
      evidence: 'mmcblk0 (SD SC32G); mmcblk0p2 without errors, 38 GB written',
    });
  });

  it('fails where a file system has had errors', async () => {
    expect(await of({ 'fs/ext4/mmcblk0p2/errors_count': '3\n' })).toMatchObject({
      verdict: 'failed',
      evidence: 'mmcblk0p2: ext4 has had 3 errors',
    });
  });

  it.each([
    ['0x01 0x02', '0x01', 'ok'],
    ['0x08 0x03', '0x01', 'warning'],
    ['0x01 0x01', '0x02', 'warning'],
    ['0x0b 0x02', '0x01', 'failed'],
    ['0x01 0x01', '0x03', 'failed'],
  ])('of an eMMC with life %s and end-of-life %s is %s', async (life, end, verdict) => {
    const files = {
      'block/mmcblk0/device/life_time': `${life}\n`,
      'block/mmcblk0/device/pre_eol_info': `${end}\n`,
    };
    expect(await of(files)).toMatchObject({ verdict });
  });
});
