import { readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from './kernel-files.ts';

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/**
 * The processes that have a file open, as far as this user may see it. Whoever makes a pseudo
 * terminal, to stand in for a wire, keeps both of its ends open: that one does not count.
 */
export function holdersOf(file: string, procDir: string): number[] {
  const real = realpathSync(file);
  const filesOf = (pid: string) => {
    const folder = join(procDir, pid, 'fd');
    return namesIn(folder).map((name) => linkOf(join(folder, name)));
  };
  return namesIn(procDir)
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const files = filesOf(pid);
      const isWire = real.startsWith('/dev/pts/') && files.some((name) => name?.endsWith('/ptmx'));
      return files.includes(real) && !isWire;
    })
    .map(Number);
}
