import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, enter } from './client.ts';
import {
  Authority,
  startTemplateBroker,
  type TemplateBroker,
  templatesToolsMissing,
  WITNESS,
} from './templates.ts';

describe.skipIf(templatesToolsMissing && !process.env['CI'])(
  "a shop's broker with a bridge to head office (needs mosquitto, openssl and faketime)",
  () => {
    let headOffice: TemplateBroker;
    let shop: TemplateBroker;
    const clients: Client[] = [];

    beforeEach(async () => {
      const center = new Authority();
      headOffice = await startTemplateBroker(center, { acl: 'head-office.acl' });
      const bridge = { port: headOffice.port, papers: center.admit('shop-10001') };
      shop = await startTemplateBroker(new Authority(), { bridge });
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) await client.close();
      await shop.destroy();
      await headOffice.destroy();
    });

    async function visit(broker: TemplateBroker, name: string, filter: string) {
      const client = await enter(broker.url, broker.authority.admit(name));
      clients.push(client);
      await client.mqtt.subscribeAsync(filter, { qos: 1 });
      return client;
    }

    it('tells head office how a terminal is, and nothing of its payments', async () => {
      const watcher = await visit(headOffice, WITNESS, 'beacon/#');
      const till = await visit(shop, 'till-1', 'beacon/1/till-1/command/#');
      const other = await visit(shop, 'till-2', 'beacon/1/till-2/command/#');
      for (const [client, name] of [
        [other, 'till-2'],
        [till, 'till-1'],
      ] as const) {
        for (const kind of ['event/payment', 'event/checkin', 'reply', 'info', 'event/fault']) {
          expect(await client.publishes(`beacon/1/${name}/${kind}`, kind)).toBe(true);
        }
        expect(await client.publishes(`beacon/1/${name}/state`, 'the end', true)).toBe(true);
      }
      await watcher.hears('beacon/1/till-1/state the end');
      // Of till-2 head office knows nothing: no line of its list names it.
      expect(watcher.heard).toEqual([
        'beacon/1/till-1/info info',
        'beacon/1/till-1/event/fault event/fault',
        'beacon/1/till-1/state the end',
      ]);
    });

    it('brings a notification and a wish of care to the terminal, and no sale', async () => {
      const till = await visit(shop, 'till-1', 'beacon/1/till-1/command/#');
      const master = await visit(headOffice, WITNESS, 'other/#');
      const gateway = await visit(headOffice, 'gateway-1', 'beacon/1/+/info');
      const care = await visit(headOffice, 'care', 'beacon/1/+/state');
      // When this has come, the bridge stands.
      await till.publishes('beacon/1/till-1/state', 'here', true);
      await care.hears('beacon/1/till-1/state here');
      expect(await master.publishes('beacon/1/till-1/command/payment/start', 'sale')).toBe(true);
      expect(await gateway.publishes('beacon/1/till-1/command/checkin/notify', 'hint')).toBe(true);
      expect(await care.publishes('beacon/1/till-1/command/terminal/restart', 'wish')).toBe(true);
      await till.hears('beacon/1/till-1/command/terminal/restart wish');
      expect(till.heard.toSorted()).toEqual([
        'beacon/1/till-1/command/checkin/notify hint',
        'beacon/1/till-1/command/terminal/restart wish',
      ]);
    });

    it('goes on in the shop while head office is away, and tells it afterwards', async () => {
      const till = await visit(shop, 'till-1', 'beacon/1/till-1/command/#');
      const register = await visit(shop, 'register-1', 'beacon/1/till-1/#');
      await till.publishes('beacon/1/till-1/state', 'before', true);
      const early = await visit(headOffice, 'care', 'beacon/1/+/state');
      await early.hears('beacon/1/till-1/state before');
      await headOffice.stop();
      expect(await register.publishes('beacon/1/till-1/command/payment/start', 'sale')).toBe(true);
      await till.hears('beacon/1/till-1/command/payment/start sale');
      expect(await till.publishes('beacon/1/till-1/event/fault', 'meanwhile')).toBe(true);
      expect(await till.publishes('beacon/1/till-1/state', 'after', true)).toBe(true);
      await register.hears('beacon/1/till-1/state after');
      await headOffice.start();
      const late = await visit(headOffice, 'care', 'beacon/1/+/state');
      await expect
        .poll(() => late.heard.at(-1), { timeout: 45_000 })
        .toBe('beacon/1/till-1/state after');
    });
  },
);
