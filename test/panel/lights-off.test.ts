import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noteLights } from '../../src/commands/lights-note.ts';

/** A folder that stands for /sys/class/gpio, /sys/class/leds and systemd's runtime folder at once. */
function stage(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-lights-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const env = { GPIO_FOLDER: folder, LEDS_FOLDER: folder, RUNTIME_DIRECTORY: folder };
  return {
    folder,
    env,
    read: (path: string) => readFileSync(join(folder, path), 'utf8').trim(),
    lightsOff: (...args: string[]) =>
      spawnSync('sh', ['scripts/lights-off.sh', ...args], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      }),
  };
}

const chip = { 'gpiochip512/label': 'pinctrl-bcm2711\n', 'gpiochip512/base': '512\n' };
const lights = {
  driver: 'onoff' as const,
  chip: 'pinctrl-bcm2711',
  lines: { green: 17, yellow: 27, red: 22 },
  leds: { green: 'beacon-green', yellow: 'beacon-yellow', red: 'beacon-red' },
};

it('scripts/lights-off.sh darkens the lines that were left lit, and touches no other', () => {
  const { folder, read, lightsOff } = stage({
    ...chip,
    'gpio529/value': '1',
    'gpio518/value': '1',
  });
  expect(lightsOff('pinctrl-bcm2711', '17', '27', '22').status).toBe(0);
  expect(read('gpio529/value')).toBe('0');
  expect(read('gpio518/value')).toBe('1');
  expect(existsSync(join(folder, 'gpio539'))).toBe(false);
  expect(lightsOff('pinctrl-rp1', '17')).toMatchObject({
    status: 1,
    stderr: 'lights-off.sh: there is no GPIO chip pinctrl-rp1\n',
  });
});

it('without arguments it darkens the lines that the terminal noted', () => {
  const { env, read, lightsOff } = stage({ ...chip, 'gpio534/value': '1', 'gpio518/value': '1' });
  noteLights(lights, env);
  expect(lightsOff()).toMatchObject({ status: 0, stderr: '' });
  expect(read('gpio534/value')).toBe('0');
  expect(read('gpio518/value')).toBe('1');
});

it('it darkens lights of the LED class', () => {
  const led = 'beacon-green';
  const { env, read, lightsOff } = stage({
    [`${led}/trigger`]: 'timer',
    [`${led}/brightness`]: '255',
  });
  noteLights({ ...lights, driver: 'led-class' }, env);
  expect(lightsOff()).toMatchObject({ status: 0, stderr: '' });
  expect([read(`${led}/trigger`), read(`${led}/brightness`)]).toEqual(['none', '0']);
});

it('where there are no lights, or nothing was noted, it has nothing to do', () => {
  const { env, lightsOff } = stage({});
  expect(lightsOff().status).toBe(0);
  noteLights({ ...lights, driver: 'none' }, env);
  expect(lightsOff()).toMatchObject({ status: 0, stderr: '' });
});
