import type { Till } from './till.ts';
import type { World } from './world.ts';

export const dkk = (value: number) => ({ currency: 'DKK', value }) as const;

/** A booted terminal with a captured sale `A` of 12.50 kr. */
export async function sold(world: World, orderId = 'A'): Promise<Till> {
  const till = await world.boot();
  await sell(world, till, orderId);
  return till;
}

export async function sell(world: World, till: Till, orderId: string): Promise<void> {
  await till.snapshot(till.start(orderId));
  world.mobilePay.accept(orderId);
  await world.until(() => till.last(orderId).platformStatus === 'Captured');
}
