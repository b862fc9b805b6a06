import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/resolve.ts';

/**
 * Notes in systemd's runtime folder which lights are ours, for scripts/lights-off.sh: it darkens what a
 * killed terminal left lit.
 */
export function noteLights(lights: Config['panel']['lights'], env: NodeJS.ProcessEnv): void {
  const folder = env['RUNTIME_DIRECTORY'];
  if (!folder) return;
  const words = wordsOf(lights);
  writeFileSync(join(folder, 'lights'), `${words.join(' ')}\n`, { mode: 0o600 });
}

function wordsOf({ driver, chip, lines, leds }: Config['panel']['lights']): (string | number)[] {
  switch (driver) {
    case 'none':
    case 'virtual':
      return [];
    case 'onoff':
      return [chip, ...Object.values(lines).filter((line) => line !== undefined)];
    case 'led-class':
      return ['leds', ...Object.values(leds)];
  }
}
