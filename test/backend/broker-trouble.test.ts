import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAedes } from '../mqtt/aedes.ts';
import { startCable } from '../mqtt/cable.ts';
import type { Mosquitto } from '../mqtt/mosquitto.ts';
import { freePort, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import type { Observer } from '../mqtt/observer.ts';
import { observe } from '../mqtt/observer.ts';
import { type SilentBroker, startSilentBroker } from '../mqtt/silent-broker.ts';
import type { LinkUnderTest } from './link-harness.ts';
import { linkUnderTest } from './link-harness.ts';
import { sampleSnapshot, sampleState } from './samples.ts';

const R = 'beacon/1/till-1';
const skip = !mosquittoAvailable && !process.env['CI'];

describe('the link and a broker in trouble', () => {
  let broker: Mosquitto | undefined;
  let register: Observer | undefined;
  let terminal: LinkUnderTest | undefined;

  afterEach(async () => {
    await terminal?.stop();
    await register?.close();
    await broker?.destroy();
    terminal = undefined;
    register = undefined;
    broker = undefined;
  });

  test.skipIf(skip).each([5, 4] as const)(
    'a broker that stops and starts again gets every event, in order (MQTT version %i)',
    async (version) => {
      broker = await startMosquitto();
      register = await observe(broker.url, version, `${R}/#`, 'register-7');
      terminal = linkUnderTest({ url: broker.url, protocolVersion: version });
      const { link, outbox, counts } = terminal;
      link.setState(sampleState());
      terminal.start();
      await register.until((m) => m.topic === `${R}/state`);
      const add = (seq: number) => {
        outbox.append('payment', sampleSnapshot({ seq }));
        link.outboxGrew();
      };
      for (let seq = 1; seq <= 10; seq += 1) add(seq);
      await broker.stop();
      await vi.waitFor(() => expect(counts.disconnected).toBe(1));
      for (let seq = 11; seq <= 20; seq += 1) add(seq);
      await broker.start();
      for (let seq = 21; seq <= 30; seq += 1) add(seq);
      await register.until((m) => m.json?.orderId && m.json.seq === 30, 10_000);
      const seqs = register.seen.filter((m) => m.json?.orderId).map((m) => m.json.seq as number);
      expect([...new Set(seqs)]).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      await vi.waitFor(() => expect(outbox.outboxLength()).toBe(0));
    },
  );

  describe('that lets it in and confirms nothing', () => {
    let silent: SilentBroker | undefined;
    afterEach(async () => {
      vi.useRealTimers();
      await silent?.close();
    });

    test.skipIf(skip).each([
      { what: 'subscription', packetType: 8 },
      { what: 'event', packetType: 3 },
    ])('leaves it for the next one after a while: no $what was confirmed', async (trouble) => {
      silent = await startSilentBroker(trouble.what !== 'subscription');
      const { heard } = silent;
      broker = await startMosquitto();
      register = await observe(broker.url, 4, `${R}/#`);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      terminal = linkUnderTest({ url: [silent.url, broker.url], protocolVersion: 4 });
      terminal.outbox.append('payment', sampleSnapshot({ seq: 1 }));
      terminal.link.setState(sampleState());
      terminal.start();
      await vi.waitFor(() => expect(heard.get(trouble.packetType)).toBeGreaterThan(0));
      expect(terminal.counts.disconnected).toBe(0);
      await vi.advanceTimersByTimeAsync(15_000);
      expect(terminal.counts.disconnected).toBe(1);
      const { seen } = register;
      const arrived = () => seen.some(({ topic }) => topic === `${R}/event/payment`);
      await vi.waitFor(() => expect(arrived()).toBe(true), 10_000);
      expect(heard.get(1)).toBe(1);
    });
  });

  test('a broker that refuses a subscription for the moment is asked again before anything is said', async () => {
    const asked: string[] = [];
    let saidTooEarly = false;
    const aedes = await startAedes(0, (topic) => {
      asked.push(topic);
      saidTooEarly ||= register?.seen.length !== 0;
      return topic === `${R}/command/#` && asked.filter((each) => each === topic).length <= 3;
    });
    const cable = await startCable(aedes.port);
    register = await observe(aedes.url, 4, `${R}/state`);
    saidTooEarly = false;
    terminal = linkUnderTest({ url: cable.url, protocolVersion: 4 });
    terminal.link.setState(sampleState());
    terminal.start();
    await register.until((m) => m.topic === `${R}/state` && m.json.online);
    expect(asked.filter((topic) => topic === `${R}/command/#`)).toHaveLength(4);
    expect(saidTooEarly).toBe(false);
    expect(cable.connections).toBe(1);
    await cable.close();
    await aedes.destroy();
  });

  test.skipIf(skip)('an event that the broker refuses stays in the outbox', async () => {
    const aclPath = join(tmpdir(), `beacon-acl-${process.pid}`);
    writeFileSync(
      aclPath,
      `topic readwrite ${R}/state\ntopic readwrite ${R}/command/#\ntopic read ${R}/#\n`,
    );
    broker = await startMosquitto(`allow_anonymous true\nacl_file ${aclPath}`);
    terminal = linkUnderTest({ url: broker.url, protocolVersion: 5 });
    const { link, outbox, counts, logLines } = terminal;
    outbox.append('payment', sampleSnapshot());
    link.setState(sampleState());
    terminal.start();
    await vi.waitFor(() => expect(counts.disconnected).toBeGreaterThanOrEqual(2), 5000);
    expect(outbox.outboxLength()).toBe(1);
    expect(logLines.join('')).toContain(`refuses ${R}/event/payment`);
  });

  test.skipIf(skip)('a refused login is tried again, and no log shows the password', async () => {
    broker = await startMosquitto('allow_anonymous false');
    const url = `mqtt://till:url-s3cret@127.0.0.1:${broker.port}`;
    terminal = linkUnderTest({ url: [url, broker.url], protocolVersion: 5, password: 's3cret' });
    const { logLines } = terminal;
    terminal.start();
    await vi.waitFor(() => {
      const refused = logLines.filter((line) => line.includes('Not authorized'));
      expect(refused.length).toBeGreaterThanOrEqual(3);
    }, 5000);
    expect(logLines.join('')).not.toContain('s3cret');
    expect(logLines.join('')).toContain(`127.0.0.1:${broker.port}`);
  });

  test('a broker that knows no MQTT 5 is spoken to in 3.1.1', async () => {
    const embedded = await startAedes();
    terminal = linkUnderTest({ url: embedded.url, protocolVersion: 5 });
    terminal.start();
    await vi.waitFor(() => expect(terminal?.counts.connected).toBe(1));
    expect(terminal.logLines.join('').match(/retryInMs/g)).toHaveLength(1);
    await terminal.stop();
    await embedded.destroy();
  });

  test('an absent broker is tried again with growing, random waits', async () => {
    terminal = linkUnderTest({ url: `mqtt://127.0.0.1:${await freePort()}`, protocolVersion: 5 });
    const { logLines } = terminal;
    terminal.start();
    await vi.waitFor(() => expect(logLines.length).toBeGreaterThanOrEqual(5), 10_000);
    const waits = logLines.map((line) => (JSON.parse(line) as { retryInMs: number }).retryInMs);
    waits.forEach((ms, n) => {
      expect(ms).toBeLessThanOrEqual(Math.min(30_000, 250 * 2 ** n));
    });
    expect(new Set(waits).size).toBeGreaterThan(1);
  });
});
