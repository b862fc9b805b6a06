import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

it('scripts/lights-off.sh darkens the lines that were left lit, and touches no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-gpio-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of [
    ['gpiochip512/label', 'pinctrl-bcm2711\n'],
    ['gpiochip512/base', '512\n'],
    ['gpio529/value', '1'],
    ['gpio518/value', '1'],
  ] as const) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const run = (...args: string[]) =>
    spawnSync('sh', ['scripts/lights-off.sh', ...args], {
      env: { ...process.env, GPIO_FOLDER: folder },
      encoding: 'utf8',
    });
  expect(run('pinctrl-bcm2711', '17', '27', '22').status).toBe(0);
  expect(readFileSync(join(folder, 'gpio529/value'), 'utf8').trim()).toBe('0');
  expect(readFileSync(join(folder, 'gpio518/value'), 'utf8')).toBe('1');
  expect(existsSync(join(folder, 'gpio539'))).toBe(false);
  expect(run('pinctrl-rp1', '17')).toMatchObject({
    status: 1,
    stderr: 'lights-off.sh: there is no GPIO chip pinctrl-rp1\n',
  });
});
