import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { problemsOf } from './invariants.ts';
import { isDone } from './play.ts';
import { People, sale } from './scenario.ts';
import { Shop, Street } from './shop.ts';

/** What `faketime` preloads; the program itself would stand between us and the terminal. */
const library = spawnSync('faketime', ['-f', '+1h', 'sh', '-c', 'echo "$LD_PRELOAD"'], {
  encoding: 'utf8',
}).stdout?.trim();

const missing = (!mosquittoAvailable || library === undefined) && process.env['CI'] === undefined;
const MINUTE_MS = 60_000;

function wrongBy(offset: '+1h' | '-1h'): Record<string, string> {
  return { LD_PRELOAD: library ?? '', FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

describe.skipIf(missing)('a clock that is wrong (needs mosquitto and faketime)', () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(async () => {
    await broker?.destroy();
  });

  async function inShop(
    environment: Record<string, string>,
    story: (shop: Shop, people: People) => Promise<void>,
  ): Promise<void> {
    const street = await Street.open(broker.url);
    const shop = await Shop.open(street, { environment });
    try {
      await story(shop, new People(shop));
    } finally {
      await shop.close();
      await street.close();
    }
  }

  function start(shop: Shop, orderId: string, expiresInMs: number, members: object = {}) {
    return shop.till.send('payment/start', {
      orderId,
      amount: { currency: 'DKK', value: 1250 },
      expiresAt: new Date(Date.now() + expiresInMs).toISOString(),
      ...members,
    });
  }

  it.each(['+1h', '-1h'] as const)('sells all the same when it is %s off', async (offset) => {
    await inShop(wrongBy(offset), async (shop, people) => {
      shop.terminal.start();
      await shop.untilIdle();
      expect(shop.till.heard.some(({ text }) => text.includes('"clock-untrusted"'))).toBe(true);

      // By the wall clock of the terminal this would lie in the past, or too far ahead.
      const sent = start(shop, shop.orderId, 30 * MINUTE_MS);
      shop.onTick = () => sale.act(people);
      await shop.until('the end of the sale', () => isDone(shop));
      shop.till.send('payment/get', { orderId: shop.orderId });
      await shop.until('the last answer', () => isDone(shop));
      expect(problemsOf(shop, sale)).toEqual([]);
      expect(sent.replies[0]?.reply.ok).toBe(true);

      const known = shop.till.newest(shop.orderId);
      const atMs = Date.parse(known?.at ?? '');
      const leftMs = Date.parse(known?.deadline ?? '') - Date.now();
      expect(Math.abs(atMs - Date.now())).toBeLessThan(20_000);
      expect(leftMs).toBeGreaterThan(140_000);
      expect(leftMs).toBeLessThan(185_000);
    });
  });

  it.each(['+1h', '-1h'] as const)(
    "judges expiry by MobilePay's Date when it is %s off",
    async (offset) => {
      await inShop(wrongBy(offset), async (shop) => {
        shop.terminal.start();
        await shop.untilIdle();
        const late = start(shop, 'late', -5_000);
        const distant = start(shop, 'distant', 62 * MINUTE_MS);
        await shop.until('both answers', () => late.replies.length + distant.replies.length > 1);
        expect(late.replies[0]?.reply).toMatchObject({ ok: false, error: { code: 'expired' } });
        expect(distant.replies[0]?.reply).toMatchObject({
          ok: false,
          error: { code: 'invalid-request', field: 'expiresAt' },
        });
        expect(shop.exchanges.some(({ operation }) => operation === 'startPayment')).toBe(false);
      });
    },
  );

  it.each(['+1h', '-1h'] as const)(
    'gives the customer the time promised when it is %s off',
    async (offset) => {
      await inShop(wrongBy(offset), async (shop) => {
        shop.terminal.start();
        await shop.untilIdle();
        const startedMs = performance.now();
        start(shop, shop.orderId, MINUTE_MS, { customerTimeoutSeconds: 5 });
        const known = () => shop.till.newest(shop.orderId);
        await shop.until('the time-out', () => known()?.outcome === 'declined');
        // A Date tells whole seconds only.
        expect(performance.now() - startedMs).toBeGreaterThan(3_900);
        expect(known()?.reason).toBe('customer-timeout');
        await shop.until('the cancel', () => shop.payment()?.status === 'CancelledByClient');
      });
    },
  );

  it('finishes a sale when the clock falls back an hour while the plug is pulled', async () => {
    const environment: Record<string, string> = {};
    await inShop(environment, async (shop, people) => {
      shop.onTick = () => {
        if (!people.deciding) sale.act(people);
      };
      shop.terminal.start();
      await shop.until('the customer has the payment', () => people.deciding);
      await shop.terminal.kill();
      Object.assign(environment, wrongBy('-1h'));
      shop.accept();
      shop.terminal.start();
      await shop.until('the end of the sale', () => isDone(shop));
      shop.till.send('payment/get', { orderId: shop.orderId });
      await shop.until('the last answer', () => isDone(shop));
      expect(problemsOf(shop, sale)).toEqual([]);
    });
  });
});
