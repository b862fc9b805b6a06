import { execFileSync } from 'node:child_process';
import type { Owner } from './durable-file.ts';
import type { Problem } from './problem.ts';

/** Whom the files are to belong to. Only root can give files away; else they are our own. */
export function ownerFor(user: string): Owner | Problem {
  if (process.geteuid?.() !== 0) return null;
  try {
    const id = (flag: string) => {
      const text = execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] });
      return Number(text.toString().trim());
    };
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return {
      code: 'config-invalid',
      what: `There is no user ${user}, as whom the service would run.`,
      remedy:
        'Install the package first (it makes that user), or name the user that runs the terminal with --user.',
    };
  }
}
