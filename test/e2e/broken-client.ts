import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../cli/beacon-terminal.ts';
import { beaconTerminal } from '../cli/beacon-terminal.ts';

/** One line of the built product, written wrongly. */
export interface Defect {
  /** Below dist/. */
  file: string;
  line: string;
  instead: string;
}

/**
 * Runs a copy of the built product that has this defect, and is the same otherwise.
 * @throws when the line is not there, or not there once: then the defect would prove nothing
 */
export async function withDefect(
  { file, line, instead }: Defect,
  args: (dir: string) => string[],
): Promise<Result> {
  // Below the project, so that the packages are found.
  await mkdir('.cache', { recursive: true });
  const dir = await mkdtemp('.cache/broken-client-');
  try {
    await cp('dist', join(dir, 'dist'), { recursive: true });
    await cp('package.json', join(dir, 'package.json'));
    // Read beside dist/, as installed.
    await cp('hardware', join(dir, 'hardware'), { recursive: true });
    const path = join(dir, 'dist', file);
    const source = await readFile(path, 'utf8');
    const parts = source.split(line);
    if (parts.length !== 2) {
      throw new Error(`dist/${file} has this line ${parts.length - 1} times, not once: ${line}`);
    }
    await writeFile(path, parts.join(instead));
    return await beaconTerminal(args(dir), {}, join(dir, 'dist', 'main.js'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
