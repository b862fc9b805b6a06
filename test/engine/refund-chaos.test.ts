import { afterEach, test, vi } from 'vitest';
import { playRefundChaos } from './refund-chaos.ts';
import { inWorld } from './world.ts';

/** `CHAOS_SEED=7 CHAOS_STORIES=1` plays one story again; more stories make a longer night. */
const first = Number(process.env['CHAOS_SEED'] ?? 1);
const stories = Number(process.env['CHAOS_STORIES'] ?? 8);

afterEach(() => vi.restoreAllMocks());

test(`refunds in a bad network, with pulled plugs: the money is right (${stories} stories from seed ${first})`, {
  timeout: 10_000 + stories * 2_000,
}, async () => {
  for (let seed = first; seed < first + stories; seed += 1) {
    try {
      await inWorld(async (world) => await playRefundChaos(world, seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
});
