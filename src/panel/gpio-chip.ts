import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A chip of /sys/class/gpio: its lines are numbered from `base`, which moves between kernels. */
interface GpioChip {
  label: string;
  base: number;
  lines: number;
}

/** The chip is not there, or has no such line. */
export class GpioMissing extends Error {
  override readonly name = 'GpioMissing';
}

interface Board {
  name: string;
  gpioChips: string[];
}

/** Every board's labels: the file that the wiring diagrams are drawn from. */
const { boards } = JSON.parse(
  readFileSync(new URL('../../hardware/boards.json', import.meta.url), 'utf8'),
) as { boards: Board[] };

function chipsIn(folder: string): GpioChip[] {
  const text = (chip: string, name: string) =>
    readFileSync(join(folder, chip, name), 'utf8').trim();
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^gpiochip\d+$/.test(name));
  } catch {
    return [];
  }
  return names.map((chip) => ({
    label: text(chip, 'label'),
    base: Number(text(chip, 'base')),
    lines: Number(text(chip, 'ngpio')),
  }));
}

/**
 * The number sysfs gives to a line of a chip: the chip's base is looked up by its label.
 * @throws GpioMissing naming the labels that are there, and the board they belong to
 */
export function sysfsLine(label: string, line: number, folder = '/sys/class/gpio'): number {
  const chips = chipsIn(folder);
  const chip = chips.find((each) => each.label === label);
  if (chip === undefined) {
    const seen = chips.map((each) => each.label);
    const found = seen.length === 0 ? `no GPIO chip in ${folder}` : `only ${seen.join(', ')}`;
    throw new GpioMissing(`There is no GPIO chip ${label}; ${found}.${adviceFor(seen)}`);
  }
  if (line >= chip.lines) {
    throw new GpioMissing(`The GPIO chip ${label} has ${chip.lines} lines and no line ${line}.`);
  }
  return chip.base + line;
}

function adviceFor(seen: string[]): string {
  const known = seen.find((label) => boards.some((board) => board.gpioChips.includes(label)));
  if (known === undefined) return '';
  const names = boards.flatMap(({ name, gpioChips }) => (gpioChips.includes(known) ? [name] : []));
  return ` This looks like a ${names.join(' or ')}: set chip: ${known}.`;
}
