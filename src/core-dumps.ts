import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A core would hold every secret in plain. Under our units, and where nobody has raised the limit, there
 * is none anyhow; else this process, and what it starts, is told to leave none.
 * @returns why it may still leave one, or null
 */
export function forbidCoreDumps(): string | null {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return null; // Not Linux: a developer's machine.
  }
  if (/^Max core file size +0 /m.test(limits)) return null;
  const { error, status } = spawnSync('prlimit', ['--core=0', '--pid', String(process.pid)]);
  if (status === 0) return null;
  return `a crash may write secrets into a core file (prlimit: ${error?.message ?? status}); run: ulimit -c 0`;
}
