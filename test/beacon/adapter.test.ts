import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adapterObstacle } from '../../src/beacon/radio/adapter.ts';
import { faultOfError } from '../../src/beacon/radio/fault-of-error.ts';

let sys: string;
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), 'beacon-sys-'));
});
afterEach(() => rmSync(sys, { recursive: true }));

function plugIn(name: string): void {
  mkdirSync(join(sys, 'class/bluetooth', name), { recursive: true });
}
function addSwitch(number: number, files: Record<string, string>): void {
  const folder = join(sys, `class/rfkill/rfkill${number}`);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries({ soft: '0', hard: '0', ...files })) {
    writeFileSync(join(folder, file), `${text}\n`);
  }
}

describe('an adapter', () => {
  it('is there or is not, each by its own number', () => {
    plugIn('hci1');
    expect(adapterObstacle(1, sys)).toBeNull();
    expect(adapterObstacle(0, sys)).toMatchObject({ fault: 'adapter-missing' });
  });

  it('is blocked by its own switch and by one of the whole device, but by no other', () => {
    plugIn('hci0');
    addSwitch(0, { type: 'wlan', name: 'phy0', soft: '1' });
    addSwitch(1, { type: 'bluetooth', name: 'hci1', soft: '1' });
    expect(adapterObstacle(0, sys)).toBeNull();
    addSwitch(2, { type: 'bluetooth', name: 'laptop_bluetooth', hard: '1' });
    expect(adapterObstacle(0, sys)).toEqual({
      fault: 'adapter-blocked',
      detail: 'hci0 is blocked, by a switch on the device',
    });
  });
});

it.each([
  [{ code: 'EBUSY' }, 'adapter-busy'],
  [{ code: 'EPERM' }, 'no-permission'],
  [{ code: 'EACCES' }, 'no-permission'],
  [{ code: 'ENODEV' }, 'adapter-missing'],
  [{ code: 'EAFNOSUPPORT' }, 'adapter-missing'],
  [{ code: '', errno: 132 }, 'adapter-blocked'],
  [{ code: 'MODULE_NOT_FOUND' }, 'radio-down'],
  [{ message: 'something else' }, 'radio-down'],
])('the error %j is the fault %s', (error, fault) => {
  expect(faultOfError(Object.assign(new Error('bind'), error)).fault).toBe(fault);
});
