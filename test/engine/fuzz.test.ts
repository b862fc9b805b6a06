import { expect } from 'vitest';
import { commandNames } from '../../src/contract/commands.ts';
import { randomOf } from './chaos.ts';
import { price, soon } from './till.ts';
import { test } from './world.ts';

const SEED = 20_260_302;
const MESSAGES = 3_000;

test(`${MESSAGES} random payloads on every command topic: all answered, none stops the terminal, nothing starts`, async ({
  world,
}) => {
  const random = randomOf(SEED);
  const till = await world.boot();
  const before = world.requests('create').length;
  const members = [
    'id',
    'orderId',
    'refundOrderId',
    'paymentId',
    'amount',
    'expiresAt',
    'open',
    'since',
    'on',
    'seconds',
    '__proto__',
  ];
  const values: unknown[] = [
    null,
    true,
    0,
    -1,
    1e300,
    'x',
    'æ',
    '\u0000',
    [],
    {},
    [[]],
    soon(),
    price,
  ];

  const bytes = () => Uint8Array.from({ length: random.below(60) }, () => random.below(256));
  const object = () =>
    Object.fromEntries(
      Array.from({ length: random.below(5) }, () => [random.pick(members), random.pick(values)]),
    );
  const cut = (text: string) => text.slice(0, random.below(text.length + 1));
  const start = () => JSON.stringify({ id: 'c', orderId: 'A', amount: price, expiresAt: soon() });

  for (let count = 0; count < MESSAGES; count += 1) {
    const name = random.pick([...commandNames, 'nonsense', '', '../..']) ?? '';
    const kind = random.below(3);
    const replies = world.trace.length;
    if (kind === 0) till.sendRaw(name, bytes());
    else if (kind === 1) till.sendRaw(name, JSON.stringify(object()));
    else till.sendRaw(name, cut(start()).slice(0, -1));
    if (kind === 0) expect(world.trace.length).toBeGreaterThan(replies);
  }
  await world.run(1_000);
  expect(world.requests('create')).toHaveLength(before);
  expect(world.requests('createRefund')).toEqual([]);
  expect((await till.snapshot(till.start('A'))).outcome).toBe('pending');
});
