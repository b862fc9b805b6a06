import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { STOCK_CMDLINE } from './stock-image.ts';

const SECRET = 'planted-client-secret';
const OVERLAY = 'overlayroot=tmpfs:recurse=0';
const started = STOCK_CMDLINE.replace(/ init=\S+/, '');

/** What the script calls on a device: each says how it was called, and ends as the test wants it. */
const stubs = [
  ...['apt-get', 'dpkg', 'update-initramfs', 'ssh-keygen', 'systemctl', 'mount', 'sync'],
  ...['beacon-terminal', 'lsinitramfs', 'uname'],
];

describe('beacon-card, on the device', () => {
  let device: string;
  const at = (path: string) => join(device, path);
  const boot = 'boot/firmware/cmdline.txt';
  const data = 'var/lib/beacon-data';
  const given = `${data}/first-boot`;

  /** Has a command end with a status, and say something. */
  const answer = (command: string, status: number, says = '') => {
    writeFileSync(at(`bin/${command}.status`), String(status));
    writeFileSync(at(`bin/${command}.says`), says);
  };
  const calls = () =>
    existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trimEnd().split('\n') : [];
  const called = (start: string) => calls().filter((call) => call.startsWith(start));
  const card = (...args: string[]) =>
    spawnSync(join('scripts/card', 'beacon-card'), args, {
      encoding: 'utf8',
      env: { PATH: `${at('bin')}:${process.env['PATH']}`, BEACON_CARD_ROOT: device },
    });

  beforeEach(() => {
    device = mkdtempSync(join(tmpdir(), 'beacon-device-'));
    const here = device;
    onTestFinished(() => rmSync(here, { recursive: true }));
    for (const folder of ['bin', 'boot/firmware', given]) {
      mkdirSync(at(folder), { recursive: true });
    }
    for (const command of stubs) {
      writeFileSync(
        at(`bin/${command}`),
        `#!/bin/sh\necho "${command} $*" >>"${at('calls')}"\ncat "$0.says"\nexit "$(cat "$0.status")"\n`,
        { mode: 0o755 },
      );
      answer(command, 0);
    }
    answer('uname', 0, '6.12.47+rpt-rpi-v8\n');
    answer('lsinitramfs', 0, 'init\nscripts/init-bottom/overlayroot\n');
    writeFileSync(at(boot), started);
    writeFileSync(at(`${data}/first-boot-pending`), '');
    writeFileSync(at(`${given}/answers.yaml`), 'terminal: { id: till-1 }\n');
    writeFileSync(at(`${given}/client-secret`), `${SECRET}\n`);
    writeFileSync(at(`${given}/ca.pem`), 'a certificate\n');
    writeFileSync(at(`${given}/1-beacon-terminal.deb`), '');
  });

  it('installs, provisions, wipes what it was given, locks and restarts, in this order', () => {
    const { status, stderr } = card('first-boot');
    expect(status, stderr).toBe(0);
    const order = calls().map((call) => call.split(device).join(''));
    const indexOf = (start: string) => order.findIndex((call) => call.startsWith(start));
    const steps = [
      'ssh-keygen -A',
      'dpkg --configure -a',
      'apt-get -q -o DPkg::Lock::Timeout=300 update',
      `apt-get -q -y -o DPkg::Lock::Timeout=300 install overlayroot /${given}/1-beacon-terminal.deb`,
      'update-initramfs -u -k all',
      `beacon-terminal provision --from /${given}/answers.yaml --broker-ca /${given}/ca.pem --client-secret-file /${given}/client-secret`,
      'lsinitramfs /boot/firmware/initramfs8',
      'mount -o remount,rw /boot/firmware',
      'systemctl reboot',
    ].map(indexOf);
    expect(steps).not.toContain(-1);
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
    expect(existsSync(at(given))).toBe(false);
    expect(existsSync(at(`${data}/first-boot-pending`))).toBe(false);
    expect(readFileSync(at(boot), 'utf8')).toBe(`${started.trimEnd()} ${OVERLAY}\n`);
    expect(readdirSync(at('boot/firmware'))).toEqual(['cmdline.txt']);
    expect(stderr + calls().join()).not.toContain(SECRET);
  });

  it('hands provision a row of a batch and a password as files', () => {
    writeFileSync(at(`${given}/batch.csv`), 'terminal.id\ntill-7\n');
    writeFileSync(at(`${given}/row`), 'till-7\n');
    writeFileSync(at(`${given}/mqtt-password`), 'pw\n');
    expect(card('first-boot').status).toBe(0);
    expect(called('beacon-terminal provision')[0]).toMatch(
      /--csv \S+\/batch\.csv --row till-7 --mqtt-password-file \S+\/mqtt-password/,
    );
  });

  it.each([
    ['the network is away', 'apt-get', 100, 69, /not installed yet.*again in a minute/],
    ['MobilePay refuses', 'beacon-terminal', 77, 77, /not provisioned yet.*again in a minute/],
    ['the certificate is not signed yet', 'beacon-terminal', 75, 75, /not provisioned yet/],
  ])(
    'keeps everything while %s, and goes on when it is tried again',
    (_why, command, ends, status, message) => {
      answer(command, ends);
      const first = card('first-boot');
      expect(first.status).toBe(status);
      expect(first.stderr).toMatch(message);
      expect(readFileSync(at(`${given}/client-secret`), 'utf8')).toContain(SECRET);
      expect(readFileSync(at(boot), 'utf8')).toBe(started);
      expect(called('systemctl reboot')).toEqual([]);

      answer(command, 0);
      expect(card('first-boot').status).toBe(0);
      expect(existsSync(at(given))).toBe(false);
      expect(readFileSync(at(boot), 'utf8')).toContain(OVERLAY);
      expect(called('systemctl reboot')).toHaveLength(1);
      // It may wait for days: not every minute of them writes an initramfs to the card.
      expect(called('update-initramfs')).toHaveLength(1);
    },
  );

  it('a finding of doctor does not keep it from being locked', () => {
    answer('beacon-terminal', 1);
    const { status, stderr } = card('first-boot');
    expect(status).toBe(0);
    expect(stderr).toContain('doctor has found something');
    expect(readFileSync(at(boot), 'utf8')).toContain(OVERLAY);
  });

  it('is not locked with an initramfs that would leave the root writable; secrets are gone all the same', () => {
    answer('lsinitramfs', 0, 'init\n');
    const { status, stderr } = card('first-boot');
    expect(status).toBe(1);
    expect(stderr).toMatch(/initramfs8 does not know overlayroot.*auto_initramfs/);
    expect(readFileSync(at(boot), 'utf8')).toBe(started);
    expect(existsSync(at(given))).toBe(false);

    answer('lsinitramfs', 0, 'scripts/init-bottom/overlayroot\n');
    expect(card('first-boot').status).toBe(0);
    // What was done is not done again.
    expect(called('beacon-terminal provision')).toHaveLength(1);
    expect(readFileSync(at(boot), 'utf8')).toContain(OVERLAY);
  });

  it('looks at the initramfs of a Pi 5 on a Pi 5', () => {
    answer('uname', 0, '6.12.47+rpt-rpi-2712\n');
    expect(card('lock').status).toBe(0);
    expect(called('lsinitramfs')[0]).toMatch(/initramfs_2712$/);
  });

  it('does nothing where nothing is pending, such as without the data partition', () => {
    rmSync(at(data), { recursive: true });
    const { status, stderr } = card('first-boot');
    expect(status).toBe(1);
    expect(stderr).toContain('not mounted');
    expect(calls()).toEqual([]);
  });

  it('unlocks for an upgrade and locks again, however often it is told', () => {
    for (const command of ['lock', 'lock']) expect(card(command).status).toBe(0);
    expect(readFileSync(at(boot), 'utf8')).toBe(`${started.trimEnd()} ${OVERLAY}\n`);
    for (const command of ['unlock', 'unlock']) expect(card(command).status).toBe(0);
    expect(readFileSync(at(boot), 'utf8')).toBe(started);
    expect(card('frobnicate').status).toBe(64);
  });

  it('a boot partition that cannot be written to keeps its command line', () => {
    answer('mount', 32);
    expect(card('lock')).toMatchObject({ status: 1, stderr: expect.stringContaining('on lock') });
    expect(readFileSync(at(boot), 'utf8')).toBe(started);
  });
});

const analyze = (...args: string[]) =>
  spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
const missing = analyze('--version').error !== undefined;

describe.skipIf(missing && !process.env['CI'])('units of the card (need systemd-analyze)', () => {
  it.each(['beacon-card-first-boot.service', 'beacon-card-boot-read-only.service'])(
    '%s: systemd has no complaint',
    (unit) => {
      const folder = mkdtempSync(join(tmpdir(), 'beacon-units-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const text = readFileSync(`scripts/card/${unit}`, 'utf8');
      // The script is on the device only.
      const installed = text.replace('/usr/local/sbin/beacon-card', '/bin/true');
      writeFileSync(join(folder, unit), installed);
      const { status, stderr } = analyze(
        ...['verify', '--man=no', '--recursive-errors=no', join(folder, unit)],
      );
      const ours = stderr.split('\n').filter((line) => line.includes('beacon-card'));
      expect({ status, ours }).toEqual({ status: 0, ours: [] });
    },
  );

  it('the first boot is repeated until it succeeds, and never afterwards', () => {
    const text = readFileSync('scripts/card/beacon-card-first-boot.service', 'utf8');
    expect(text).toMatch(/^Restart=on-failure$/m);
    expect(text).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(text).toMatch(/^ConditionPathExists=\/var\/lib\/beacon-data\/first-boot-pending$/m);
  });
});
