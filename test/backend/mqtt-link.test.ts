import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startAedes } from '../mqtt/aedes.ts';
import { mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import type { Observer } from '../mqtt/observer.ts';
import { observe } from '../mqtt/observer.ts';
import type { LinkUnderTest } from './link-harness.ts';
import { linkUnderTest, R } from './link-harness.ts';
import { sampleSnapshot, sampleState } from './samples.ts';

const brokers = [
  { name: 'Mosquitto, MQTT 5', version: 5, needsMosquitto: true },
  { name: 'Mosquitto, MQTT 3.1.1', version: 4, needsMosquitto: true },
  { name: 'aedes, MQTT 3.1.1', version: 4, needsMosquitto: false },
] as const;

describe.each(brokers)('the link to the register on $name', ({ version, needsMosquitto }) => {
  const skip = needsMosquitto && !mosquittoAvailable && !process.env['CI'];
  let broker: { url: string; destroy(): Promise<void> };
  let register: Observer;
  const opened: LinkUnderTest[] = [];

  beforeAll(async () => {
    if (!skip) broker = needsMosquitto ? await startMosquitto() : await startAedes();
  });
  afterAll(async () => {
    await broker?.destroy();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.stop()));
    await register.publish(`${R}/state`, '', { retain: true });
    await register.publish(`${R}/info`, '', { retain: true });
    await register.close();
  });

  function open(over: Partial<Parameters<typeof linkUnderTest>[0]> = {}) {
    const made = linkUnderTest({ url: broker.url, protocolVersion: version, ...over });
    opened.push(made);
    made.start();
    return made;
  }

  test.skipIf(skip)('says per change: event, state, reply, in this order', async () => {
    register = await observe(broker.url, version, `${R}/#`);
    const { link, outbox } = open();
    link.setState(sampleState());
    await register.until((m) => m.topic === `${R}/state`);
    for (let revision = 1; revision <= 40; revision += 1) {
      outbox.append('payment', sampleSnapshot({ revision, seq: revision }));
      link.outboxGrew();
      link.setState(sampleState({ seq: revision }));
      link.reply(
        { topic: null, correlationData: null },
        { id: `c${revision}`, ok: true, result: null },
      );
    }
    await register.until((m) => m.topic === `${R}/reply` && m.json.id === 'c40');
    const order = register.seen
      .filter((m) => m.topic !== `${R}/state` || m.json.seq > 0)
      .map((m) => m.topic.slice(R.length + 1));
    expect(order).toEqual(Array(40).fill(['event/payment', 'state', 'reply']).flat());
    await vi.waitFor(() => expect(outbox.outboxLength()).toBe(0));
  });
});
