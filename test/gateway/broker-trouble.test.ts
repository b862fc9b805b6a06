import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { observe } from '../mqtt/observer.ts';
import { gatewayUnderTest, infoOf, notificationOf } from './harness.ts';
import { startMuteBroker } from './mute-broker.ts';

const posId = randomUUID();
const info = JSON.stringify(infoOf('till-1', posId));

test('a broker that is slow to tell of the terminals is waited for', async () => {
  const broker = await startMuteBroker([randomUUID(), randomUUID(), randomUUID()]);
  broker.tellSlowly(350);
  const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
  await gateway.ready;
  expect(await gateway.metric('beacon_gateway_known_terminals')).toBe(3);
});

describe('a broker that does not confirm', () => {
  test('is 503 after two seconds, and the next notification is none the worse', async () => {
    const broker = await startMuteBroker([posId]);
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
    await gateway.ready;
    const begunMs = performance.now();
    const silent = await gateway.post(notificationOf(posId));
    const tookMs = performance.now() - begunMs;
    expect([silent.status, silent.json.error]).toEqual([
      503,
      'the broker has not confirmed; try again',
    ]);
    expect(tookMs).toBeGreaterThan(1_900);
    expect(tookMs).toBeLessThan(4_000);
    expect(gateway.logLines.join('')).toContain('did not confirm within 2000 ms');

    for (const release of broker.held.splice(0)) release();
    const next = gateway.post(notificationOf(posId));
    await expect.poll(() => broker.held.length).toBe(1);
    broker.held[0]?.();
    expect((await next).status).toBe(200);
  });

  test('and goes away is 503 at once, not when the two seconds are over', async () => {
    const broker = await startMuteBroker([posId]);
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
    await gateway.ready;
    const answer = gateway.post(notificationOf(posId));
    await expect.poll(() => broker.held.length).toBe(1);
    const cutMs = performance.now();
    broker.cut();
    expect((await answer).status).toBe(503);
    expect(performance.now() - cutMs).toBeLessThan(1_500);
    expect(gateway.logLines.join('')).toContain('the broker did not take it: Connection closed');
  });

  test('has sixteen under way, and those who waited in vain are not sent later', async () => {
    const posIds = Array.from({ length: 40 }, () => randomUUID());
    const broker = await startMuteBroker(posIds);
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
    await gateway.ready;
    const answers = await Promise.all(posIds.map((id) => gateway.post(notificationOf(id))));
    expect(answers.map(({ status }) => status)).toEqual(posIds.map(() => 503));
    expect(broker.held).toHaveLength(16);

    for (const release of broker.held.splice(0)) release();
    const next = gateway.post(notificationOf(posIds[0] ?? ''));
    await expect.poll(() => broker.held.length).toBe(1);
    broker.held[0]?.();
    expect((await next).status).toBe(200);
    expect(broker.held).toHaveLength(1);
  });

  test('and goes away is 503 at once for those who wait for room as well', async () => {
    const posIds = Array.from({ length: 40 }, () => randomUUID());
    const broker = await startMuteBroker(posIds);
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
    await gateway.ready;
    const answers = Promise.all(posIds.map((id) => gateway.post(notificationOf(id))));
    await expect.poll(() => broker.held.length).toBe(16);
    const cutMs = performance.now();
    broker.cut();
    expect((await answers).map(({ status }) => status)).toEqual(posIds.map(() => 503));
    expect(performance.now() - cutMs).toBeLessThan(1_500);
  });
});

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'a broker that knows rights (needs mosquitto)',
  () => {
    const rights = ['topic read beacon/1/+/info', 'topic write beacon/1/+/command/checkin/notify'];

    /** The rights are those of the user `gateway`; who gives no name may do everything. */
    async function brokerWith(lines: string[]): Promise<Mosquitto> {
      const folder = mkdtempSync(join(tmpdir(), 'beacon-acl-'));
      const file = join(folder, 'acl');
      writeFileSync(file, `topic readwrite #\nuser gateway\n${lines.join('\n')}\n`);
      const broker = await startMosquitto(`allow_anonymous true\nacl_file ${file}`);
      onTestFinished(async () => {
        await broker.destroy();
        rmSync(folder, { recursive: true });
      });
      return broker;
    }

    async function statusWith(lines: string[], protocolVersion: 4 | 5 = 5) {
      const broker = await brokerWith(lines);
      const observer = await observe(broker.url, 5);
      await observer.publish('beacon/1/till-1/info', info, { retain: true });
      const gateway = await gatewayUnderTest(broker.url, {
        mqtt: { username: 'gateway', protocolVersion },
      });
      await gateway.ready;
      const { status } = await gateway.post(notificationOf(posId));
      if (status === 200) {
        await observer.until(({ topic }) => topic === 'beacon/1/till-1/command/checkin/notify');
      }
      await observer.close();
      return { status, log: gateway.logLines.join('') };
    }

    test('the rights of the documentation are enough', async () => {
      expect((await statusWith(rights)).status).toBe(200);
    });

    test('without the right to publish it is 503, and the log says who refused', async () => {
      const { status, log } = await statusWith(rights.slice(0, 1));
      expect(status).toBe(503);
      expect(log).toContain('the broker did not take it: ');
    });

    test('without the right to read the infos no terminal is known', async () => {
      expect((await statusWith(rights.slice(1))).status).toBe(404);
    });
  },
);

test('a broker that is not there is awaited: 503, and the log says where it should be', async () => {
  const gateway = await gatewayUnderTest('mqtt://127.0.0.1:1');
  expect((await gateway.post(notificationOf(posId))).status).toBe(503);
  await expect.poll(() => gateway.logLines.join('')).toContain('"broker":"127.0.0.1:1"');
});
