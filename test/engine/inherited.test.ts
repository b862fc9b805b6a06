import { describe, expect } from 'vitest';
import type { Till } from './till.ts';
import { price, soon } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

/** A boot that hangs in recovery: commands that move money are held. */
async function starting(world: World): Promise<Till> {
  world.network.next('authorize', { answerAfterMs: 1_900 });
  return await world.boot({ atOnce: true });
}

/** The process ends with the commit after so many more. */
function dieAfterCommits(till: Till, commits: number): void {
  till.journal.dieAfter(commits, () => till.crash());
}

async function reservedByHand(world: World): Promise<Till> {
  const till = await world.boot();
  await till.snapshot(till.start('A', { autoCapture: false }));
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'approved');
  return till;
}

describe('commands of an earlier boot that stand in the journal without an answer', () => {
  test('two starts of one order, killed between them: the second is a duplicate', async ({
    world,
  }) => {
    // Its PoS is known: nothing but the starts is committed.
    await (await world.boot()).stop();
    const before = await starting(world);
    const first = before.start('A');
    const second = before.start('A');
    dieAfterCommits(before, 1);
    await world.until(() => before.gone());
    const till = await world.boot();
    expect((await till.snapshot(first)).outcome).toBe('pending');
    expect(await till.error(second)).toMatchObject({
      code: 'duplicate-order',
      payment: { orderId: 'A' },
    });
    expect(world.mobilePay.held('A')).toHaveLength(1);
  });

  test('a start of an order that was answered long ago is a duplicate', async ({ world }) => {
    const first = await world.boot();
    await first.snapshot(first.start('A'));
    first.crash();
    const second = await starting(world);
    const id = second.start('A');
    second.crash();
    const till = await world.boot();
    expect((await till.error(id)).code).toBe('duplicate-order');
  });

  test('a capture of another amount is wrong-state, one of the same is ok', async ({ world }) => {
    const first = await reservedByHand(world);
    world.network.always('capture', { status: 500 });
    first.capture('A', { amount: { ...price, value: 700 } });
    await world.run(100);
    first.crash();
    const second = await starting(world);
    const other = second.capture('A');
    const same = second.capture('A', { amount: { ...price, value: 700 } });
    second.crash();
    world.network.always('capture', 'fine');
    const till = await world.boot();
    expect((await till.error(other)).code).toBe('wrong-state');
    expect(await till.snapshot(same)).toMatchObject({
      capturedAmount: { currency: 'DKK', value: 700 },
    });
  });

  test('a capture that was not begun is not begun later', async ({ world }) => {
    (await reservedByHand(world)).crash();
    const second = await starting(world);
    const id = second.capture('A');
    second.crash();
    const till = await world.boot();
    expect((await till.error(id)).code).toBe('unreachable');
    await world.run(10_000);
    expect(world.requests('capture')).toEqual([]);
  });

  test('a capture of an order the journal lacks is not looked up for it', async ({ world }) => {
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved', foreign: true });
    const before = await starting(world);
    const id = before.send('payment/capture', { orderId: 'other', expiresAt: soon() });
    before.crash();
    const till = await world.boot();
    expect((await till.error(id)).code).toBe('unreachable');
    expect(world.requests('find')).toEqual([]);
  });
});
