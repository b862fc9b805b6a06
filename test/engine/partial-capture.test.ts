import { describe, expect } from 'vitest';
import type { Till } from './till.ts';
import { price } from './till.ts';
import type { World } from './world.ts';
import { test } from './world.ts';

const dkk = (value: number) => ({ currency: 'DKK', value }) as const;
const part = { amount: dkk(700) };

/** 12.50 held, and the register decides. `possible`: what MobilePay says of a part. */
async function reserved(world: World, possible: boolean | null = true): Promise<Till> {
  const till = await world.boot();
  await till.snapshot(till.start('A', { autoCapture: false }));
  world.mobilePay.of('A').partialCapturePossible = possible;
  world.mobilePay.accept('A');
  world.mobilePay.of('A').partialCapturePossible = possible;
  await world.until(() => till.state().phase === 'approved');
  return till;
}

describe('whether a part can be captured', () => {
  for (const possible of [true, false]) {
    test(`${possible}: is told with Reserved, before goods are handed over`, async ({ world }) => {
      const till = await reserved(world, possible);
      const first = till.told('A').find(({ platformStatus }) => platformStatus === 'Reserved');
      expect(first).toMatchObject({ outcome: 'approved', partialCapturePossible: possible });
    });
  }
});

describe('a part that can be captured', () => {
  test('is, and the snapshot tells held and captured', async ({ world }) => {
    const till = await reserved(world);
    const captured = await till.snapshot(till.capture('A', part));
    const truth = { outcome: 'approved', amount: price, capturedAmount: dkk(700), intent: null };
    expect(captured).toMatchObject(truth);
    expect(till.last('A')).toMatchObject(truth);
    expect(await till.snapshot(till.get('A'))).toMatchObject(truth);
    expect(world.requests('capture')).toMatchObject([{ amount: 700 }]);
    expect(world.mobilePay.of('A').capturedAmount).toEqual(dkk(700));
  });

  test('once more with the same amount is ok, with another or with all of it wrong-state', async ({
    world,
  }) => {
    const till = await reserved(world);
    await till.snapshot(till.capture('A', part));
    expect(await till.snapshot(till.capture('A', part))).toMatchObject({
      capturedAmount: dkk(700),
    });
    for (const more of [{ amount: dkk(550) }, { amount: dkk(1250) }, {}]) {
      expect(await till.error(till.capture('A', more))).toMatchObject({
        code: 'wrong-state',
        payment: { capturedAmount: dkk(700) },
      });
    }
    expect(world.requests('capture')).toHaveLength(1);
  });

  test('of more than is held is amount-not-allowed, and nothing is sent', async ({ world }) => {
    const till = await reserved(world);
    expect(await till.error(till.capture('A', { amount: dkk(1251) }))).toMatchObject({
      code: 'amount-not-allowed',
      field: 'amount.value',
    });
    expect(world.requests('capture')).toEqual([]);
    expect((await till.snapshot(till.capture('A'))).capturedAmount).toEqual(price);
  });

  test('whose answer is lost is asked about and repeated with the same amount', async ({
    world,
  }) => {
    const till = await reserved(world);
    world.network.always('capture', 'lost-request');
    const id = till.capture('A', part);
    expect(await till.snapshot(id)).toMatchObject({ intent: 'capture', capturedAmount: null });
    expect((await till.error(till.capture('A'))).code).toBe('wrong-state');
    expect((await till.error(till.cancel('A'))).code).toBe('wrong-state');
    till.crash();
    world.network.always('capture', 'fine');
    const next = await world.boot();
    await world.until(() => next.told('A').at(-1)?.platformStatus === 'Captured');
    expect(next.last('A').capturedAmount).toEqual(dkk(700));
    expect(new Set(world.requests('capture').map(({ amount }) => amount))).toEqual(new Set([700]));
  });

  test('is recognised where MobilePay then shows the captured amount', async ({ world }) => {
    const till = await reserved(world);
    world.network.next('capture', 'lost-answer');
    world.network.always('capture', 'lost-request');
    till.capture('A', part);
    await world.run(100);
    world.mobilePay.of('A').amount = dkk(700);
    await world.until(() => till.last('A').platformStatus === 'Captured');
    expect(till.last('A')).toMatchObject({ amount: price, capturedAmount: dkk(700) });
  });
});

describe('a part that cannot be captured', () => {
  test('known up front: refused, nothing is sent, and all of it can still be captured', async ({
    world,
  }) => {
    const till = await reserved(world, false);
    expect(await till.error(till.capture('A', part))).toMatchObject({
      code: 'partial-capture-impossible',
      payment: { outcome: 'approved', intent: null },
    });
    expect(world.requests('capture')).toEqual([]);
    expect((await till.snapshot(till.capture('A'))).capturedAmount).toEqual(price);
  });

  for (const [what, then] of [
    ['captured whole', 'Captured'],
    ['cancelled', 'CancelledByClient'],
  ] as const) {
    test(`refused by MobilePay: the intent falls, the register is told why, and it is ${what}`, async ({
      world,
    }) => {
      const till = await reserved(world, null);
      expect(till.last('A').partialCapturePossible).toBeNull();
      world.mobilePay.of('A').partialCapturePossible = false;
      expect(await till.error(till.capture('A', part))).toMatchObject({
        code: 'partial-capture-impossible',
        mobilePay: { code: '1308' },
        payment: { outcome: 'approved', intent: null, capturedAmount: null },
      });
      await world.run(100);
      expect(till.last('A'), 'MobilePay is asked at once').toMatchObject({
        partialCapturePossible: false,
        platformStatus: 'Reserved',
      });
      await till.snapshot(then === 'Captured' ? till.capture('A') : till.cancel('A'));
      await world.until(() => till.state().phase === 'idle');
      expect(world.mobilePay.of('A').status).toBe(then);
      expect(till.last('A').capturedAmount).toEqual(then === 'Captured' ? price : null);
    });
  }

  test('the same wish again is refused up front', async ({ world }) => {
    const till = await reserved(world, null);
    world.mobilePay.of('A').partialCapturePossible = false;
    await till.error(till.capture('A', part));
    await world.run(100);
    expect((await till.error(till.capture('A', part))).code).toBe('partial-capture-impossible');
    expect(world.requests('capture')).toHaveLength(1);
  });
});

describe('a payment that somebody else captured with another amount', () => {
  test('is told as it is: the wish is wrong-state', async ({ world }) => {
    const till = await reserved(world);
    world.mobilePay.captureElsewhere('A');
    expect(await till.error(till.capture('A', part))).toMatchObject({
      code: 'wrong-state',
      mobilePay: { code: '1307' },
    });
    await world.until(() => till.state().phase === 'idle');
    expect(till.last('A')).toMatchObject({ outcome: 'approved', capturedAmount: price });
  });
});
