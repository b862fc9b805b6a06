import { spawnSync } from 'node:child_process';

/**
 * Brings dist/ up to date before processes are started from it, so that no test runs yesterday's
 * program. Type errors do not stop it: they fail `npm run check`, and the JavaScript is written.
 */
export function setup(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    encoding: 'utf8',
  });
  if (status !== 0) process.stderr.write(`npm run build failed:\n${stdout}${stderr}\n`);
}
