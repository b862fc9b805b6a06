import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { problemsOf } from './invariants.ts';
import { isDone } from './play.ts';
import { cancelledSale, People, sale } from './scenario.ts';
import { Shop, Street } from './shop.ts';

const missing = !mosquittoAvailable && process.env['CI'] === undefined;

describe.skipIf(missing)('a plug pulled while the customer decides (needs mosquitto)', () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(async () => {
    await broker?.destroy();
  });

  /** Pulls the plug as soon as the customer has the payment; puts it back after the deadline. */
  async function offAcrossTheDeadline(meanwhile: (shop: Shop) => void): Promise<Shop> {
    const street = await Street.open(broker.url);
    const shop = await Shop.open(street, { payment: { customerTimeoutSeconds: 5 } });
    const people = new People(shop);
    shop.onTick = () => {
      if (!people.deciding) sale.act(people);
    };
    shop.terminal.start();
    await shop.until('the customer has the payment', () => people.deciding);
    await shop.terminal.kill();
    shop.onTick = () => {};
    meanwhile(shop);
    const deadlineMs = Date.parse(people.known?.deadline ?? '');
    await wait(deadlineMs - Date.now() + 100);
    shop.terminal.start();
    await shop.until('the decline', () => people.known?.outcome === 'declined');
    await shop.until('the end of the sale', () => isDone(shop));
    shop.till.send('payment/get', { orderId: shop.orderId });
    await shop.until('the last answer', () => isDone(shop));
    return shop;
  }

  async function closeAll(shop: Shop): Promise<void> {
    await shop.close();
    await shop.street.close();
  }

  it('declines an approval that came after the deadline, gives the money back and says so', async () => {
    const shop = await offAcrossTheDeadline((closed) => closed.accept());
    try {
      expect(problemsOf(shop, cancelledSale)).toEqual([]);
      expect(shop.till.newest(shop.orderId)?.reason).toBe('late-approval');
      expect(shop.payment()?.history.map(({ status }) => status)).toContain('Reserved');
      const faults = shop.till.heard.filter(({ topic }) => topic === 'event/fault');
      expect(faults.map(({ payload }) => payload)).toEqual([
        expect.objectContaining({ code: 'late-approval', cleared: false }),
      ]);
      expect(shop.till.heard.some(({ text }) => text.includes('"approved"'))).toBe(false);
    } finally {
      await closeAll(shop);
    }
  });

  it('calls it a time-out when the customer had not approved', async () => {
    const shop = await offAcrossTheDeadline(() => {});
    try {
      expect(problemsOf(shop, cancelledSale)).toEqual([]);
      expect(shop.till.newest(shop.orderId)?.reason).toBe('customer-timeout');
    } finally {
      await closeAll(shop);
    }
  });
});
