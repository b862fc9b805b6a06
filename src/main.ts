#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=20
// A service that runs for years on a small board: a small young generation, which made a quarter of
// its resident memory, and an old one that is collected after growing by a fifth
// (docs/benchmarks.md).
import { CommanderError } from 'commander';
import { createProgram } from './commands/program.ts';
import { forbidCoreDumps } from './core-dumps.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { TerminalError } from './terminal-error.ts';

// `history | head` closes our stdout early: that is no error.
process.stdout.on('error', () => process.exit(exitCodes.done));

process.setUncaughtExceptionCaptureCallback((error) => process.exit(report(error)));

const coreTrouble = forbidCoreDumps();
if (coreTrouble !== null) process.stderr.write(`${coreTrouble}\n`);

process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram((exitCode) => {
    code = exitCode;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

/** Expected errors are told in a sentence; only our own mistakes show a stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has written what there is to say.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof TerminalError && exitCodeOf(error.code) !== exitCodes.internal) {
    process.stderr.write(`${withoutFinalNewline(error.message)}\n`);
    return exitCodeOf(error.code);
  }
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    // An error that brings its exit code along was foreseen where it was thrown.
    process.stderr.write(`${withoutFinalNewline(error.message)}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitCodes.internal;
}

function withoutFinalNewline(text: string): string {
  return text.replace(/\n$/, '');
}
