#!/usr/bin/env node
// `npm run test:crash [-- --full] [-- --seed N]`: the crash test, sampled or with every pair.
import { spawnSync } from 'node:child_process';

const env = { ...process.env };
const rest = [];
const args = process.argv.slice(2);
for (let index = 0; index < args.length; index += 1) {
  const argument = args[index];
  if (argument === '--full') env.CRASH_FULL = '1';
  else if (argument === '--seed') {
    index += 1;
    env.CRASH_SEED = args[index];
  } else rest.push(argument);
}
const { status } = spawnSync(
  'node_modules/.bin/vitest',
  ['run', '--project', 'process', 'test/crash', ...rest],
  { stdio: 'inherit', env },
);
process.exitCode = status ?? 1;
