import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GpioMissing, sysfsLine } from '../../src/panel/gpio-chip.ts';
import { createGpioReport } from '../../src/panel/gpio-fault.ts';

interface Chip {
  label: string;
  base: number;
  lines: number;
}

/** A folder that looks like /sys/class/gpio. */
function gpioFolder(chips: Chip[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-gpio-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'export'), '');
  for (const { label, base, lines } of chips) {
    const chip = join(folder, `gpiochip${base}`);
    mkdirSync(chip);
    writeFileSync(join(chip, 'label'), `${label}\n`);
    writeFileSync(join(chip, 'base'), `${base}\n`);
    writeFileSync(join(chip, 'ngpio'), `${lines}\n`);
  }
  return folder;
}
const pi = (label: string, base: number) => [
  { label, base, lines: 54 },
  { label: 'raspberrypi-exp-gpio', base: base + 54, lines: 8 },
];
const { boards } = JSON.parse(readFileSync('hardware/boards.json', 'utf8')) as {
  boards: { name: string; gpioChips: string[] }[];
};

describe('the number of a GPIO line in sysfs', () => {
  it.each([0, 399, 512, 571])('is counted from the base of its chip, here %i', (base) => {
    expect(sysfsLine('pinctrl-bcm2711', 17, gpioFolder(pi('pinctrl-bcm2711', base)))).toBe(
      base + 17,
    );
  });

  it.each(boards)('is found on a $name', ({ gpioChips: [label = ''] }) => {
    expect(sysfsLine(label, 6, gpioFolder(pi(label, 512)))).toBe(518);
  });

  it('is not found on another board, whose labels and key are named', () => {
    const folder = gpioFolder(pi('pinctrl-rp1', 571));
    expect(() => sysfsLine('pinctrl-bcm2711', 17, folder)).toThrow(
      new GpioMissing(
        'There is no GPIO chip pinctrl-bcm2711; only pinctrl-rp1, raspberrypi-exp-gpio. This looks like a Raspberry Pi 5: set chip: pinctrl-rp1.',
      ),
    );
  });

  it('is not found where there are no chips, or not so many lines', () => {
    expect(() => sysfsLine('pinctrl-rp1', 1, '/nowhere')).toThrow(/no GPIO chip in \/nowhere/);
    const folder = gpioFolder(pi('pinctrl-rp1', 571));
    expect(() => sysfsLine('pinctrl-rp1', 54, folder)).toThrow(/has 54 lines and no line 54/);
  });
});

describe('what goes wrong at a GPIO line', () => {
  function reported() {
    const faults = new Set<string>();
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const report = createGpioReport(
      (code, present) => void (present ? faults.add(code) : faults.delete(code)),
      logger,
    );
    return { report, faults, lines };
  }

  it('is a missing chip or a missing permission, and heals', () => {
    const { report, faults } = reported();
    report(new GpioMissing('There is no GPIO chip x; only y.'));
    expect([...faults]).toEqual(['gpio-missing']);
    report(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }));
    expect([...faults]).toEqual(['no-permission']);
    report(undefined);
    expect([...faults]).toEqual([]);
  });

  it('is logged once with what was seen, however often it is tried', () => {
    const { report, lines } = reported();
    report(undefined);
    for (let i = 0; i < 3; i += 1) report(new GpioMissing('There is no GPIO chip x; only y.'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('only y');
    report(undefined);
    expect(lines).toHaveLength(2);
  });
});
