import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RadioFault } from './radio-messages.ts';

export interface Obstacle {
  fault: RadioFault;
  detail: string;
}

/**
 * What the kernel says against using the adapter hciN, or null. To be asked before bleno is loaded:
 * without an adapter that can end the process. `sysDir`: /sys.
 */
export function adapterObstacle(hciDevice: number, sysDir: string): Obstacle | null {
  const name = `hci${hciDevice}`;
  if (!existsSync(join(sysDir, 'class/bluetooth', name))) {
    return { fault: 'adapter-missing', detail: `there is no Bluetooth adapter ${name}` };
  }
  const blocking = switchesIn(join(sysDir, 'class/rfkill')).find(
    (each) => each.type === 'bluetooth' && each.blocks && isAbout(each.name, name),
  );
  if (blocking === undefined) return null;
  const remedy =
    blocking.blocks === 'hard' ? 'by a switch on the device' : 'run: rfkill unblock bluetooth';
  return { fault: 'adapter-blocked', detail: `${name} is blocked, ${remedy}` };
}

/** A switch of a whole platform has another name than an adapter's. */
function isAbout(switchName: string, adapter: string): boolean {
  return switchName === adapter || !/^hci\d+$/.test(switchName);
}

function switchesIn(folder: string) {
  try {
    return readdirSync(folder).map((entry) => {
      const read = (file: string) => readOr(join(folder, entry, file));
      const hard = read('hard') === '1' ? ('hard' as const) : null;
      const soft = read('soft') === '1' ? ('soft' as const) : null;
      return { type: read('type'), name: read('name'), blocks: hard ?? soft };
    });
  } catch {
    // A kernel without rfkill blocks nothing.
    return [];
  }
}

/** One that goes just now reads as empty. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
