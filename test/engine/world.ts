import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as plainTest, vi } from 'vitest';
import { judge } from './judge.ts';
import { createSurroundings, type Surroundings } from './surroundings.ts';
import { type BootOptions, createTill, type Till } from './till.ts';

export const NOON = Date.parse('2026-03-02T12:00:00.000Z');

export interface World extends Surroundings {
  boot(options?: BootOptions): Promise<Till>;
}

/** MobilePay, a disk, a network, and one terminal after the other among them. */
function createWorld(folder: string) {
  const surroundings = createSurroundings(folder);
  const tills: Till[] = [];
  const world: World = {
    ...surroundings,
    async boot(options = {}) {
      const till = createTill(surroundings, `boot-${tills.length + 1}`, options);
      tills.push(till);
      till.engine.start();
      if (options.atOnce !== true) await surroundings.run(60);
      return till;
    },
  };
  return {
    world,
    async finish(): Promise<void> {
      for (const till of tills) await till.stop();
      judge(surroundings, tills);
    },
  };
}

/** Real files, but where the disk need not be waited for: what reaches it is the journal's test. */
const memoryDisk = '/dev/shm';
const room = existsSync(memoryDisk) ? memoryDisk : tmpdir();

/** A story in a world and on a clock of its own; judged when it is over. */
export async function inWorld(story: (world: World) => Promise<void>): Promise<void> {
  vi.useFakeTimers({
    now: NOON,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  const folder = mkdtempSync(join(room, 'beacon-engine-'));
  const { world, finish } = createWorld(folder);
  try {
    await story(world);
    await finish();
  } finally {
    vi.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A test that is one story. */
export const test = plainTest.extend<{ world: World }>({
  world: async ({ task: _task }, use) => await inWorld(use),
});
