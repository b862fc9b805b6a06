#!/usr/bin/env node
// Everything that can be judged without running the product: types, format, lint, arrows, dead code.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

const checks = [
  ['lint for promises and exhaustiveness', 'eslint', ['--max-warnings=0', 'src', 'test']],
  ['types', 'tsc', ['-p', 'test/tsconfig.json']],
  ['dead code', 'knip', ['--config', 'scripts/knip.json', '--treat-config-hints-as-errors']],
  ['arrows', 'depcruise', ['--config', 'scripts/arrows.cjs', 'src']],
  ['format and lint', 'biome', ['ci', '--error-on-warnings', '--colors=off', '.']],
];

function run([name, tool, args]) {
  const startedMs = performance.now();
  const child = spawn(`node_modules/.bin/${tool}`, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      process.stdout.write(
        `${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${tool}, ${seconds} s)\n`,
      );
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const waiting = [...checks];
const results = [];
async function worker() {
  for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await run(next));
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
process.exitCode = results.every(Boolean) ? 0 : 1;
