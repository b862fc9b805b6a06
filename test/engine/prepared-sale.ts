import type { Till } from './till.ts';
import type { World } from './world.ts';

export const HOUR_MS = 3_600_000;
export const dkk = (value: number) => ({ currency: 'DKK', value }) as const;

export async function untilTold(world: World, till: Till, status: string): Promise<void> {
  await world.until(() => till.told('A').at(-1)?.platformStatus === status);
}

/** A terminal with a prepared payment, and nobody there yet. */
export async function prepared(world: World): Promise<Till> {
  const till = await world.boot();
  await till.snapshot(till.prepare('A'));
  return till;
}

/** A customer has checked in. */
export async function paired(world: World): Promise<Till> {
  const till = await prepared(world);
  world.mobilePay.checkIn('A');
  await untilTold(world, till, 'Paired');
  return till;
}

/** The customer has the payment on the phone. */
export async function asked(world: World, more: Record<string, unknown> = {}): Promise<Till> {
  const till = await paired(world);
  await till.snapshot(till.ready('A', more));
  return till;
}
