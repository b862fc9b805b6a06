import { describe, expect, test as plainTest } from 'vitest';
import { play, storyKinds } from './story.ts';
import { inWorld } from './world.ts';

const MOST_POINTS = 60;

/** Plays the story with the plug pulled at the first, second, third … point until there is none. */
async function atEveryPoint(playAt: (point: number) => Promise<boolean>): Promise<number> {
  for (let point = 1; point <= MOST_POINTS; point += 1) {
    try {
      if (!(await playAt(point))) return point - 1;
    } catch (error) {
      throw new Error(`plug pulled at point ${point}: ${String(error)}`, { cause: error });
    }
  }
  throw new Error('the story has no end');
}

const REQUESTS_OF_A_STORY = 14;

describe('a call loses its request or its answer', () => {
  for (const kind of storyKinds) {
    for (const trouble of ['lost-request', 'lost-answer', { status: 500 }] as const) {
      plainTest(`a ${kind}, every call in turn: ${JSON.stringify(trouble)}`, async () => {
        for (let nth = 1; nth <= REQUESTS_OF_A_STORY; nth += 1) {
          await inWorld(async (world) => {
            await play(world, kind, () => world.network.spoilAt(nth, trouble));
          });
        }
      });
    }
  }

  plainTest('a sale whose plug is pulled after a call was lost: every pair', async () => {
    for (let commit = 3; commit <= 6; commit += 1) {
      for (let nth = 3; nth <= 9; nth += 1) {
        await inWorld(async (world) => {
          world.allow('log-errors', 'slow-reply', 'early-poll');
          await play(world, 'sale', (till) => {
            world.network.spoilAt(nth, 'lost-answer');
            till.journal.dieAfter(commit, () => till.crash());
          });
        });
      }
    }
  });
});

describe('the plug is pulled, and what is owed is done exactly once', () => {
  for (const kind of storyKinds) {
    plainTest(`a ${kind}, after every durable commit`, async () => {
      const points = await atEveryPoint(async (point) => {
        let pulled = false;
        await inWorld(async (world) => {
          world.allow('log-errors', 'slow-reply');
          pulled = await play(world, kind, (till) => {
            till.journal.dieAfter(point, () => till.crash());
          });
        });
        return pulled;
      });
      expect(points).toBeGreaterThanOrEqual(4);
    });

    for (const when of ['before', 'after'] as const) {
      plainTest(`a ${kind}, ${when} every request arrives`, async () => {
        const points = await atEveryPoint(async (point) => {
          let pulled = false;
          await inWorld(async (world) => {
            world.allow('log-errors', 'slow-reply', 'early-poll');
            pulled = await play(world, kind, (till) => {
              world.network.killAt(point, when, () => till.crash());
            });
          });
          return pulled;
        });
        expect(points).toBeGreaterThanOrEqual(6);
      });
    }
  }
});
