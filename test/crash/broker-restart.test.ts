import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { problemsOf } from './invariants.ts';
import { isDone } from './play.ts';
import { cancelledSale, People, type Scenario, sale } from './scenario.ts';
import { Shop, Street } from './shop.ts';

const missing = !mosquittoAvailable && process.env['CI'] === undefined;

describe.skipIf(missing)('a broker that stops and starts (needs mosquitto)', () => {
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

  /** Plays until the customer has the payment on the screen, then takes the broker away. */
  async function brokerGoneWhileDeciding(scenario: Scenario): Promise<Shop> {
    const shop = await Shop.open(street);
    const people = new People(shop);
    shop.onTick = () => {
      if (!people.deciding) scenario.act(people);
    };
    shop.terminal.start();
    await shop.until('the customer has the payment', () => people.deciding);
    await broker.stop();
    return shop;
  }

  async function expectGoodEnd(shop: Shop, scenario: Scenario): Promise<void> {
    await shop.until('the end of the sale', () => isDone(shop), 30_000);
    expect(problemsOf(shop, scenario)).toEqual([]);
    expect(shop.terminal.boots).toBe(1);
  }

  it('misses nothing of a sale that is captured while the broker is away', async () => {
    const shop = await brokerGoneWhileDeciding(sale);
    try {
      shop.accept();
      await shop.until('the capture', () => shop.payment()?.status === 'Captured');
      expect(shop.till.newest(shop.orderId)?.outcome).toBe('pending');
      await broker.start();
      await shop.until(
        'the good news',
        () => shop.till.newest(shop.orderId)?.outcome === 'approved',
        30_000,
      );
      shop.till.send('payment/get', { orderId: shop.orderId });
      await expectGoodEnd(shop, sale);
    } finally {
      await shop.close();
    }
  });

  it('hears a cancel that was sent while the broker was away', async () => {
    const shop = await brokerGoneWhileDeciding(cancelledSale);
    try {
      shop.till.send('payment/cancel', { orderId: shop.orderId });
      await broker.start();
      await shop.until(
        'the cancel',
        () => shop.till.newest(shop.orderId)?.outcome === 'declined',
        30_000,
      );
      shop.till.send('payment/get', { orderId: shop.orderId });
      await expectGoodEnd(shop, cancelledSale);
    } finally {
      await shop.close();
    }
  });
});
