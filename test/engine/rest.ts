import type { World } from './world.ts';

/** Whatever was tried has ended, burst and all, and is not tried again for a while. */
export async function untilAtRest(world: World): Promise<void> {
  await world.until(() => {
    const last = world.requests().at(-1);
    if (last?.endedAtMs === undefined) return false;
    const isLastTry = last.attempt === 3 || last.operation.startsWith('get');
    const restedMs = Date.now() - last.endedAtMs;
    return isLastTry && restedMs > 1_000 && restedMs < 60_000;
  }, 400_000);
}
