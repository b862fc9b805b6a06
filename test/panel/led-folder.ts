import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rhythm } from '../../src/contract/device.ts';

/** A folder that looks like /sys/class/leds: plain files, which say what was written last. */
export function createLedFolder(names: string[], triggers = '[none] timer pattern') {
  const path = mkdtempSync(join(tmpdir(), 'beacon-leds-'));
  const plug = () => {
    for (const name of names) {
      mkdirSync(join(path, name));
      for (const [file, text] of [
        ['trigger', triggers],
        ['brightness', '0'],
        ['max_brightness', '255'],
        ['delay_on', ''],
        ['delay_off', ''],
        ['pattern', ''],
      ] as const) {
        writeFileSync(join(path, name, file), text);
      }
    }
  };
  const unplug = () => {
    for (const name of names) rmSync(join(path, name), { recursive: true, force: true });
  };
  const read = (name: string, file: string) => readFileSync(join(path, name, file), 'utf8');
  plug();
  return {
    path,
    plug,
    unplug,
    read,
    exists: (name: string) => existsSync(join(path, name)),
    /** What the kernel would make of the files. */
    rhythm(name: string): Rhythm {
      const trigger = read(name, 'trigger').split(' ')[0] ?? '';
      if (trigger === 'none' || trigger === '[none]') {
        return read(name, 'brightness') === '0' ? 'off' : 'on';
      }
      if (trigger === 'pattern') return 'double-blink';
      return Number(read(name, 'delay_on')) > 500 ? 'slow-blink' : 'fast-blink';
    },
    dispose: () => rmSync(path, { recursive: true, force: true }),
  };
}
