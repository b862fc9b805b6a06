import { expect } from 'vitest';
import { test } from './world.ts';

test('a sale: asked for, checked in, accepted, captured, told step by step', async ({ world }) => {
  const till = await world.boot();
  expect(till.state().phase).toBe('idle');
  const start = till.start('A');
  expect((await till.snapshot(start)).outcome).toBe('pending');
  expect(till.state().phase).toBe('paying');
  world.mobilePay.checkIn('A');
  await world.run(2_000);
  expect(till.last('A').platformStatus).toBe('IssuedToUser');
  world.mobilePay.accept('A');
  await world.until(() => till.state().phase === 'idle');
  expect(till.outcomes('A')).toEqual(['pending', 'approved']);
  expect(till.last('A')).toMatchObject({
    platformStatus: 'Captured',
    capturedAmount: { value: 1250 },
  });
  expect(world.requests('capture')).toHaveLength(1);
});
