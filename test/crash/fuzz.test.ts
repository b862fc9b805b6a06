import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandNames } from '../../src/contract/commands.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { journalProblems } from './journal-check.ts';
import { isDone } from './play.ts';
import { People, sale } from './scenario.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { Shop, Street } from './shop.ts';

const missing = !mosquittoAvailable && process.env['CI'] === undefined;
const SEED = 20_240_229;
const MESSAGES_PER_TOPIC = 24;

/** Whole commands but for their time, which is over: whatever is made of them, no money may move. */
const PAST = '2020-02-29T12:00:00Z';
const amount = { currency: 'DKK', value: 1250 };
const examples: Record<string, object> = {
  'payment/start': {
    id: 'f',
    orderId: 'fuzz',
    amount,
    expiresAt: PAST,
    customerTimeoutSeconds: 60,
    restrictions: { debitCardDisallowed: true },
    label: 'Æblegrød',
    autoCapture: false,
  },
  'payment/ready': { id: 'f', orderId: 'fuzz', amount, expiresAt: PAST },
  'payment/capture': { id: 'f', orderId: 'fuzz', amount, expiresAt: PAST },
  'payment/list': { id: 'f', since: PAST },
  'refund/start': { id: 'f', orderId: 'fuzz', refundOrderId: 'r', amount, expiresAt: PAST },
  'checkin/notify': { id: 'f', PosId: '00000000-0000-4000-8000-000000000000' },
  'display/show': { id: 'f', lines: ['one', 'two'], seconds: 5 },
  // Without an id it is never carried out.
  'terminal/restart': { expiresAt: PAST },
  'terminal/log-level': { id: 'f', level: 'debug' },
};

describe.skipIf(missing)('random bytes on every command topic (needs mosquitto)', () => {
  let broker: Mosquitto;
  let street: Street;
  beforeAll(async () => {
    broker = await startMosquitto();
    street = await Street.open(broker.url);
  });
  afterAll(async () => {
    await street?.close();
    await broker?.destroy();
  });

  it(`never stop the service (seed ${SEED}): afterwards a sale works`, async () => {
    const random = seededRandom(SEED);
    const shop = await Shop.open(street, { logLevel: 'fatal' });
    try {
      shop.terminal.start();
      await shop.untilIdle();
      const bootId = shop.till.state?.bootId;
      const topics = [...commandNames, 'payment', 'payment/start/x', 'nothing/known', 'Ω', ' '];
      for (const topic of topics) {
        for (let count = 0; count < MESSAGES_PER_TOPIC; count += 1) {
          shop.till.publish(topic, anything(random, topic), random.below(20) === 0);
        }
        // Commands are taken in one after the other: this answer comes after all of them.
        const last = shop.till.send('terminal/identify', { seconds: 1 });
        await shop.until(`an answer after ${topic}`, () => last.replies.length > 0);
      }
      expect(shop.till.malformed).toEqual([]);
      expect(shop.exchanges.some(({ operation }) => operation === 'startPayment')).toBe(false);

      const people = new People(shop);
      shop.onTick = () => sale.act(people);
      sale.act(people);
      await shop.until('the end of the sale', () => isDone(shop));
      expect(shop.payment()?.status).toBe('Captured');
      expect(shop.terminal.boots).toBe(1);
      expect(shop.till.state).toMatchObject({ online: true, bootId });
      // Some of the bytes may have asked for an examination, which takes its time.
      const examined = shop.till.send('terminal/diagnose', {});
      await shop.until('the end of the examination', () => examined.replies.length > 0);
      await shop.terminal.kill();
      expect(journalProblems(shop)).toEqual([]);
    } finally {
      await shop.close();
    }
  });
});

function anything(random: SeededRandom, topic: string): Buffer {
  const example = examples[topic] ?? { id: 'f', orderId: 'fuzz', expiresAt: PAST };
  switch (random.below(4)) {
    case 0:
      return bytes(random, random.below(300));
    case 1:
      return mutatedBytes(random, Buffer.from(JSON.stringify(example)));
    case 2:
      return Buffer.from(JSON.stringify(mutatedValue(random, example)));
    default:
      return bytes(random, random.pick([0, 1, 5_000, 60_000, 70_000]));
  }
}

function bytes(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** A few bytes changed, cut out or put in. */
function mutatedBytes(random: SeededRandom, original: Buffer): Buffer {
  let text = original;
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const at = random.below(text.length + 1);
    const skipped = random.below(3);
    const put = bytes(random, random.below(3));
    text = Buffer.concat([text.subarray(0, at), put, text.subarray(at + skipped)]);
  }
  return text;
}

const odd: readonly unknown[] = [
  null,
  true,
  '',
  0,
  -1,
  1.5,
  1e308,
  'x'.repeat(2_000),
  '\u0000',
  '💶',
  [],
  {},
  [[[[[]]]]],
  { __proto__: null, constructor: 1 },
];

/** JSON of the right shape with members gone, added or of another kind. */
function mutatedValue(random: SeededRandom, example: object): object {
  const value: Record<string, unknown> = { ...example, id: `f${random.below(1_000)}` };
  const names = Object.keys(value);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const name = random.pick([...names, '__proto__', 'constructor', 'x']);
    // The past stays past, and a restart stays without an id.
    if (name === 'expiresAt') continue;
    if (random.below(3) === 0) delete value[name];
    else
      Object.defineProperty(value, name, {
        value: random.pick(odd),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  if (!('id' in example)) delete value['id'];
  return value;
}
