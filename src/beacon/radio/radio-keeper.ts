import { setTimeout as sleep } from 'node:timers/promises';
import type { Obstacle } from './adapter.ts';
import type { RadioChild, RadioProgram } from './radio-child.ts';
import { startRadioChild } from './radio-child.ts';
import type { RadioReport } from './radio-messages.ts';

export interface KeeperOptions {
  program: RadioProgram;
  /** How often the adapter is looked at. */
  lookMs: number;
  /** The first wait before a restart; doubles with each failure in a row. */
  restartMs: number;
  restartMaxMs: number;
  /** A radio that has worked so long has not failed to start. */
  stableMs: number;
  obstacle: () => Obstacle | null;
  /** A new process: it is to be told everything. */
  onStart: (child: RadioChild) => void;
  onReport: (report: RadioReport) => void;
  /** There is no process, and why; a new one is tried as soon as that makes sense. */
  onDown: (why: Obstacle) => void;
}

/** Keeps the radio's process running as long as there is an adapter for it. */
export function keepRadio(options: KeeperOptions): { close(): Promise<void> } {
  const closing = new AbortController();
  let child: RadioChild | undefined;

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal }).catch(() => {});
  }

  async function runOnce(): Promise<Obstacle> {
    const running = startRadioChild(options.program, options.onReport);
    child = running;
    // bleno does not notice an adapter that is torn out.
    const look = setInterval(() => {
      const obstacle = options.obstacle();
      if (obstacle !== null) running.kill(obstacle);
    }, options.lookMs);
    options.onStart(running);
    const ending = await running.ended;
    clearInterval(look);
    child = undefined;
    return ending;
  }

  async function keep(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      const obstacle = options.obstacle();
      if (obstacle !== null) {
        options.onDown(obstacle);
        await pause(options.lookMs);
        continue;
      }
      const startedAt = performance.now();
      const why = await runOnce();
      if (closing.signal.aborted) return;
      options.onDown(why);
      if (performance.now() - startedAt > options.stableMs) failures = 0;
      // What the kernel tells of is waited for above; the rest is tried again, ever more rarely.
      if (options.obstacle() !== null) continue;
      await pause(Math.min(options.restartMs * 2 ** failures, options.restartMaxMs));
      failures += 1;
    }
  }

  const kept = keep();
  return {
    async close() {
      closing.abort();
      await child?.close();
      await kept;
    },
  };
}
