import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { enter } from './client.ts';
import {
  Authority,
  type Papers,
  startTemplateBroker,
  type TemplateBroker,
  templatesToolsMissing,
} from './templates.ts';

describe.skipIf(templatesToolsMissing && !process.env['CI'])(
  'who is let in by the templates (needs mosquitto, openssl and faketime)',
  () => {
    let authority: Authority;
    let broker: TemplateBroker;
    let good: Papers;

    beforeAll(async () => {
      authority = new Authority();
      broker = await startTemplateBroker(authority);
      good = authority.admit('till-1');
    });
    afterAll(() => broker?.destroy());

    async function isLetIn(papers: Partial<Papers>, url = broker.url): Promise<boolean> {
      const client = await enter(url, papers).catch(() => undefined);
      await client?.close();
      return client !== undefined;
    }

    it('a terminal with a good certificate', async () => {
      expect(await isLetIn(good)).toBe(true);
    });

    it('nobody without TLS, or without a certificate', async () => {
      expect(await isLetIn({}, broker.url.replace('mqtts:', 'mqtt:'))).toBe(false);
      expect(await isLetIn({ ca: good.ca })).toBe(false);
    });

    it('nobody with a certificate of another authority of the same name', async () => {
      const namesake = new Authority();
      onTestFinished(() => namesake.forget());
      const other = namesake.admit('till-1');
      expect(await isLetIn({ ...other, ca: good.ca })).toBe(false);
    });

    it('nobody with an expired certificate', async () => {
      const lastWeek = { wrapper: ['faketime', '7 days ago'] };
      const days = (count: number) => ({ ...lastWeek, args: ['--days', String(count)] });
      expect(await isLetIn(authority.admit('till-2', days(6)))).toBe(false);
      expect(await isLetIn(authority.admit('till-3', days(8)))).toBe(true);
    });

    it('nobody with a revoked certificate, once the broker was given the new list', async () => {
      const stolen = authority.admit('till-4');
      const inside = await enter(broker.url, stolen);
      const thrownOut = new Promise<void>((resolve) => inside.mqtt.once('close', () => resolve()));
      authority.run(['revoke', 'till-4']);
      broker.installRevocations();
      broker.reload();
      while (await isLetIn(stolen)) await wait(20);
      expect(await isLetIn(good)).toBe(true);

      // Whoever is inside stays so until the broker starts anew.
      expect(inside.mqtt.connected).toBe(true);
      await broker.stop();
      await broker.start();
      await thrownOut;
      expect(await isLetIn(stolen)).toBe(false);
      expect(await isLetIn(good)).toBe(true);
    });

    it('keeps what waits for somebody who is away over the restart that a new list takes', async () => {
      // Not over a reload: Mosquitto 2.0.11 forgets it then, and says that the session is there.
      const session = {
        clientId: 'away',
        clean: false,
        properties: { sessionExpiryInterval: 3600 },
      };
      const away = await enter(broker.url, good, session);
      await away.mqtt.subscribeAsync('beacon/1/till-1/state', { qos: 1 });
      await away.close();
      const other = await enter(broker.url, good);
      expect(await other.publishes('beacon/1/till-1/state', 'meanwhile')).toBe(true);
      await other.close();
      await broker.stop();
      await broker.start();
      const back = await enter(broker.url, good, session);
      await back.hears('beacon/1/till-1/state meanwhile');
      await back.close();
    });
  },
);
