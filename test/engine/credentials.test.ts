import { describe, expect } from 'vitest';
import { test } from './world.ts';

const refusal = { status: 401, credentialsRefused: true } as const;

describe('credentials that MobilePay refuses later', () => {
  test('are a fault and put the terminal out of order; accepted again, it sells by itself', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.always('all', refusal);
    await till.answer(till.start('A'));
    expect(till.state()).toMatchObject({ phase: 'out-of-order', faults: ['credentials-refused'] });
    expect(till.views.at(-1)).toMatchObject({ phase: 'out-of-order' });
    await world.run(1_800_000);
    expect(till.faults()).toEqual(['credentials-refused']);
    expect((await till.error(till.start('B'))).code).toBe('not-authorized');
    const asked = world.requests('authorize').length;
    await world.run(600_000);
    expect(world.requests('authorize').length - asked, 'asked ever less often').toBeLessThan(4);
    world.network.always('all', 'fine');
    await world.until(() => till.state().faults.length === 0, 400_000);
    await world.until(() => till.state().phase === 'idle', 400_000);
    expect((await till.snapshot(till.start('C'))).outcome).toBe('pending');
    expect(till.idles(), 'ready was said once').toBe(1);
  });

  test('while an old token still serves are a fault, and the terminal sells on', async ({
    world,
  }) => {
    const till = await world.boot();
    world.network.tokenServes = true;
    world.network.always('authorize', refusal);
    await till.renewToken();
    expect(till.state()).toMatchObject({ phase: 'idle', faults: ['credentials-refused'] });
    expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
    world.network.tokenServes = false;
    await world.until(() => till.state().phase === 'out-of-order', 30_000);
    world.network.always('authorize', 'fine');
    await world.until(() => till.state().faults.length === 0, 60_000);
    expect(till.faults()).toEqual(['credentials-refused']);
  });

  test('while every call rejects even a new token do not come and go', async ({ world }) => {
    const till = await world.boot();
    world.network.always('all', refusal);
    world.network.always('authorize', 'fine');
    await till.answer(till.start('A'));
    await world.run(600_000);
    expect(till.events('fault').map(({ code, cleared }) => [code, cleared])).toEqual([
      ['credentials-refused', false],
    ]);
    world.network.always('all', 'fine');
    await world.until(() => till.state().faults.length === 0, 400_000);
  });
});
