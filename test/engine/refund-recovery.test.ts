import { describe, expect, test as plainTest } from 'vitest';
import { playRefund, refundStoryKinds } from './refund-story.ts';
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

describe('a call about a refund loses its request or its answer', () => {
  for (const kind of refundStoryKinds) {
    for (const trouble of ['lost-request', 'lost-answer', 'unsent', { status: 500 }] as const) {
      plainTest(`a ${kind}, every call in turn: ${JSON.stringify(trouble)}`, async () => {
        for (let nth = 1; nth <= REQUESTS_OF_A_STORY; nth += 1) {
          await inWorld(async (world) => {
            await playRefund(world, kind, () => world.network.spoilAt(nth, trouble));
          });
        }
      });
    }
  }
});

describe('the plug is pulled, and the refund is carried on, once', () => {
  for (const kind of refundStoryKinds) {
    plainTest(`a ${kind}, after every durable commit`, async () => {
      const points = await atEveryPoint(async (point) => {
        let pulled = false;
        await inWorld(async (world) => {
          world.allow('log-errors', 'slow-reply');
          pulled = await playRefund(world, kind, (till) => {
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
            pulled = await playRefund(world, kind, (till) => {
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
