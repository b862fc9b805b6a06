import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretNames } from '../../src/config/secrets.ts';
import { exitCodes } from '../../src/exit-codes.ts';

const analyze = (...args: string[]) =>
  spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
const missing = analyze('--version').error !== undefined;

const units = ['beacon-terminal.service', 'beacon-terminal-gateway@.service'];
const text = (unit: string) => readFileSync(`systemd/${unit}`, 'utf8');
const values = (unit: string, key: string) =>
  [...text(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1]);

describe.skipIf(missing && !process.env['CI'])('systemd units (needs systemd-analyze)', () => {
  it.each(units)('%s: systemd has no complaint', (unit) => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-units-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // What the package installs is not there, and systemd looks for it.
    const installed = text(unit).replaceAll(/^(Exec\w+=-?)\/usr\S+/gm, '$1/bin/true');
    expect(installed).not.toBe(text(unit));
    const file = join(folder, unit.replace('@', '@shop'));
    writeFileSync(file, installed);
    const { status, stderr } = analyze('verify', '--man=no', '--recursive-errors=no', file);
    const ours = stderr.split('\n').filter((line) => line.includes('beacon-terminal'));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });

  it.each(units)('%s: exposed no more than 2.5', (unit) => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-units-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(`systemd/${unit}`, join(folder, unit));
    const judged = analyze('security', '--offline=true', '--threshold=25', join(folder, unit));
    expect(judged.status, judged.stdout).toBe(0);
    expect(judged.stdout).toMatch(/Overall exposure level.*: [0-2]\.\d/);
  });
});

it.each(units)('%s is not started again and again for a wrong config', (unit) => {
  const codes = values(unit, 'RestartPreventExitStatus').flatMap((codes) => codes?.split(' '));
  expect(codes).toContain(String(exitCodes.config));
  expect(codes).toContain(String(exitCodes.usage));
  // What may pass by itself is tried again.
  for (const code of [exitCodes.unavailable, exitCodes.internal, exitCodes.done]) {
    expect(codes).not.toContain(String(code));
  }
  expect(values(unit, 'Restart')).toEqual(['always']);
});

it.each(units)('%s leaves no core, and lets nobody else read what it writes', (unit) => {
  expect(values(unit, 'LimitCORE')).toEqual(['0']);
  expect(values(unit, 'UMask')).toEqual(['0077']);
  // A core would be the watchdog's own wish otherwise.
  expect(values(unit, 'WatchdogSignal')).toEqual(['SIGKILL']);
});

describe("the terminal's secrets", () => {
  const stores = secretNames.map((name) => `${name}:beacon-terminal.${name}`);

  it('are handed to it from /etc/credstore, each under the name that it looks for', () => {
    expect(values('beacon-terminal.service', 'LoadCredential')).toEqual(stores);
  });

  it('or, with the drop-in, from /etc/credstore.encrypted and from nowhere else', () => {
    // Empty takes back what the unit says.
    expect(values('encrypted-secrets.conf', 'LoadCredential')).toEqual(['']);
    expect(values('encrypted-secrets.conf', 'LoadCredentialEncrypted')).toEqual(stores);
  });
});

it("the gateway's password is handed to it from where its page says", () => {
  const name = 'beacon-terminal-gateway-%i.mqtt-password';
  expect(values('beacon-terminal-gateway@.service', 'LoadCredential')).toEqual([
    `mqtt-password:${name}`,
  ]);
  expect(readFileSync('docs/gateway.md', 'utf8')).toContain(
    ` /etc/credstore/${name.replace('%i', 'shop')}\n`,
  );
});

it.each(units)('%s waits neither for the network nor for the time', (unit) => {
  expect(text(unit)).toMatch(/^After=.*network\.target.*time-sync\.target/m);
  expect(text(unit)).not.toMatch(/^(Wants|Requires|BindsTo)=/m);
  expect(text(unit)).not.toContain('network-online');
});

it('every unit is looked at', () => {
  const services = readdirSync('systemd').filter((name) => name.endsWith('.service'));
  expect(new Set(services)).toEqual(new Set(units));
});
