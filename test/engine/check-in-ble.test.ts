import { describe, expect } from 'vitest';
import type { World } from './world.ts';
import { test } from './world.ts';

const ble = { token: 'dG9rZW4=', authenticator: 'cHJvb2Y=' };
const asked = (world: World): number => world.requests('getCheckin').length;

describe('a phone checks in over the beacon', () => {
  test('the register hears what it wrote, and MobilePay is asked at once', async ({ world }) => {
    const till = await world.boot();
    world.mobilePay.arrive();
    till.engine.hearCheckIn(ble);
    expect(till.events('checkin')).toMatchObject([{ checkedIn: false, via: 'ble', ble }]);
    await world.until(() => till.state().phase === 'checked-in', 500);
    expect(asked(world)).toBe(1);
    expect(till.events('checkin')[1]).toMatchObject({ checkedIn: true, via: 'poll', ble: null });
  });

  test('only MobilePay says that somebody is there', async ({ world }) => {
    const till = await world.boot();
    till.engine.hearCheckIn(ble);
    await world.run(5_000);
    expect(asked(world)).toBeGreaterThan(1);
    expect(till.state().phase).toBe('idle');
    expect(till.events('checkin')).toHaveLength(1);
  });

  test('again and again: no more requests than the poll delay allows', async ({ world }) => {
    const till = await world.boot();
    for (let second = 0; second < 10; second += 1) {
      till.engine.hearCheckIn(ble);
      till.engine.hearCheckIn(ble);
      await world.run(1_000);
    }
    const times = world.requests('getCheckin').map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(till.events('checkin')).toHaveLength(20);
  });

  test('while a payment is in hand: told, and nothing else', async ({ world }) => {
    const till = await world.boot();
    await till.answer(till.start('order-1'));
    till.engine.hearCheckIn(ble);
    await world.run(2_000);
    expect(till.events('checkin')).toMatchObject([{ via: 'ble', ble }]);
    expect(asked(world)).toBe(0);
  });
});
