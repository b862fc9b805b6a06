import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { TerminalError } from '../../src/terminal-error.ts';
import { startAedes } from '../mqtt/aedes.ts';
import type { Cable } from '../mqtt/cable.ts';
import { startCable } from '../mqtt/cable.ts';
import { mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import type { Observer } from '../mqtt/observer.ts';
import { observe } from '../mqtt/observer.ts';
import type { LinkUnderTest } from './link-harness.ts';
import { linkUnderTest } from './link-harness.ts';
import { sampleSnapshot, sampleState } from './samples.ts';

const brokers = [
  { name: 'Mosquitto, MQTT 5', version: 5, needsMosquitto: true },
  { name: 'Mosquitto, MQTT 3.1.1', version: 4, needsMosquitto: true },
  { name: 'aedes, MQTT 3.1.1', version: 4, needsMosquitto: false },
] as const;

const nowhere = { topic: null, correlationData: null };

describe.each(brokers)('the link to the register on $name', ({ version, needsMosquitto }) => {
  const skip = needsMosquitto && !mosquittoAvailable && !process.env['CI'];
  let broker: { url: string; port: number; destroy(): Promise<void> };
  let cable: Cable;
  let register: Observer;
  /** A terminal of its own for each test, so that no session or retained message is inherited. */
  let terminalId = '';
  let R = '';
  let tests = 0;
  const opened: LinkUnderTest[] = [];

  beforeAll(async () => {
    if (!skip) broker = needsMosquitto ? await startMosquitto() : await startAedes();
  });
  afterAll(async () => {
    await broker?.destroy();
  });
  beforeEach(async () => {
    if (skip) return;
    tests += 1;
    terminalId = `till-${tests}`;
    R = `beacon/1/${terminalId}`;
    cable = await startCable(broker.port);
    register = await observe(broker.url, version, `${R}/#`);
  });
  afterEach(async () => {
    if (skip) return;
    await Promise.all(opened.splice(0).map((each) => each.stop()));
    await register.close();
    await cable.close();
  });

  function open(over: Partial<Parameters<typeof linkUnderTest>[0]> = {}) {
    const made = linkUnderTest({ url: cable.url, terminalId, protocolVersion: version, ...over });
    opened.push(made);
    made.start();
    return made;
  }
  async function openOnline(over: Partial<Parameters<typeof linkUnderTest>[0]> = {}) {
    const made = open(over);
    const bootId = over.bootId ?? 'boot-1';
    made.link.setState(sampleState({ bootId }));
    await register.until((m) => m.topic === `${R}/state` && m.json?.bootId === bootId);
    return made;
  }
  const states = () => register.seen.filter((m) => m.topic === `${R}/state`);

  test.skipIf(skip)('says per change: event, state, reply, in this order', async () => {
    const { link, outbox } = await openOnline();
    for (let revision = 1; revision <= 40; revision += 1) {
      outbox.append('payment', sampleSnapshot({ revision, seq: revision }));
      link.outboxGrew();
      link.setState(sampleState({ seq: revision }));
      link.reply(nowhere, { id: `c${revision}`, ok: true, result: null });
    }
    await register.until((m) => m.topic === `${R}/reply` && m.json.id === 'c40');
    const order = register.seen
      .filter((m) => m.topic !== `${R}/state` || m.json.seq > 0)
      .map((m) => m.topic.slice(R.length + 1));
    expect(order).toEqual(Array(40).fill(['event/payment', 'state', 'reply']).flat());
    await vi.waitFor(() => expect(outbox.outboxLength()).toBe(0));
  });

  test.skipIf(skip)('keeps at most 16 messages in flight', async () => {
    const { link, outbox } = await openOnline();
    await vi.waitFor(() => expect(cable.sent).toContain('publish'));
    cable.sent.length = 0;
    for (let seq = 1; seq <= 100; seq += 1) outbox.append('payment', sampleSnapshot({ seq }));
    link.outboxGrew();
    // Nothing is acknowledged within this turn of the event loop, so this is the first window.
    await new Promise((resolve) => setImmediate(resolve));
    expect(outbox.outboxLength()).toBe(100);
    await register.until((m) => m.json?.seq === 100);
    await vi.waitFor(() => expect(outbox.outboxLength()).toBe(0));
  });

  test.skipIf(skip)('leaves a last will that says offline', async () => {
    await openOnline();
    cable.unplugged = true;
    cable.cut();
    const will = await register.until((m) => m.json?.online === false);
    expect(will.topic).toBe(`${R}/state`);
    expect(will.json).toEqual({ online: false, bootId: 'boot-1' });
    const latecomer = await observe(broker.url, version, `${R}/state`);
    const retained = await latecomer.until((m) => m.topic === `${R}/state`);
    expect(retained.retain).toBe(true);
    expect(retained.json.online).toBe(false);
    await latecomer.close();
  });

  test.skipIf(skip)(
    'loses no event when the cable is cut, and repeats none out of order',
    async () => {
      const { link, outbox, counts } = await openOnline();
      link.setInfo({
        terminalId: 'till-1',
        software: { name: 'beacon-terminal', version: '0' },
        beaconId: null,
        posId: null,
        posName: 'Kasse 1',
        store: null,
        currency: 'DKK',
        platform: 'pos-v10',
        capabilities: [],
      });
      let seq = 0;
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 30; n += 1) {
          seq += 1;
          outbox.append('payment', sampleSnapshot({ seq }));
          link.outboxGrew();
          if (n === 10) cable.cut();
          if (n % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await register.until((m) => m.topic === `${R}/event/payment` && m.json.seq === seq);
      }
      link.setState(sampleState({ seq }));
      await register.until((m) => m.json?.online === true && m.json.seq === seq);
      const seqs = register.seen
        .filter((m) => m.topic === `${R}/event/payment`)
        .map((m) => m.json.seq as number);
      expect([...new Set(seqs)]).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
      expect(counts.connected).toBeGreaterThanOrEqual(4);
      expect(counts.disconnected).toBe(counts.connected - 1);
      await vi.waitFor(() => expect(outbox.outboxLength()).toBe(0));
      expect(register.seen.filter((m) => m.topic === `${R}/info`).length).toBeGreaterThanOrEqual(3);
    },
  );

  test.skipIf(skip)('publishes the newest state after every connect', async () => {
    const { link } = await openOnline();
    cable.unplugged = true;
    cable.cut();
    await register.until((m) => m.json?.online === false);
    link.setState(sampleState({ seq: 1, phase: 'paying' }));
    link.setState(sampleState({ seq: 2, phase: 'approved' }));
    cable.unplugged = false;
    await register.until((m) => m.json?.seq === 2);
    expect(states().at(-1)?.json.phase).toBe('approved');
    expect(states().some((m) => m.json.phase === 'paying')).toBe(false);
  });

  test.skipIf(skip)('gives the PUBACK only once the command has been taken in', async () => {
    let refuse = true;
    const { commands } = await openOnline({
      onCommand() {
        if (refuse) throw new Error('disk full');
      },
    });
    const before = cable.connections;
    await register.publish(`${R}/command/payment/start`, { id: 'a' });
    await vi.waitFor(() => expect(commands.length).toBeGreaterThanOrEqual(2), 5000);
    expect(cable.connections).toBeGreaterThan(before);
    expect(cable.sent).not.toContain('puback');
    refuse = false;
    await vi.waitFor(() => expect(cable.sent).toContain('puback'), 5000);
    const taken = commands.length;
    await register.publish(`${R}/command/payment/get`, { id: 'b' });
    await vi.waitFor(() => expect(commands.length).toBe(taken + 1));
    expect(commands.slice(0, -1).every((c) => c.name === 'payment/start')).toBe(true);
  });

  test.skipIf(skip)(
    'stays connected without a journal; the next process hears it all',
    async () => {
      const { link, commands, stop } = await openOnline({
        onCommand() {
          throw new TerminalError('journal-damaged', 'the journal cannot be read');
        },
      });
      const before = cable.connections;
      const asked = ['payment/start', 'payment/cancel'];
      for (const [id, name] of asked.entries()) {
        await register.publish(`${R}/command/${name}`, { id: `${id}` });
      }
      await vi.waitFor(() => expect(commands.map(({ name }) => name)).toEqual(asked));
      link.setState(sampleState({ seq: 1, phase: 'out-of-order' }));
      await register.until((m) => m.json?.phase === 'out-of-order');
      expect(cable.connections).toBe(before);
      expect(cable.sent).not.toContain('puback');
      await stop();
      const next = await openOnline({ bootId: 'boot-2' });
      await vi.waitFor(() => expect(next.commands.map(({ name }) => name)).toEqual(asked));
      await vi.waitFor(() => expect(cable.sent).toContain('puback'));
    },
  );

  test.skipIf(skip)(
    'waits longer from time to time while commands cannot be taken in',
    async () => {
      const { commands, logLines } = await openOnline({
        onCommand() {
          throw new Error('disk full');
        },
      });
      await register.publish(`${R}/command/payment/start`, { id: 'a' });
      await vi.waitFor(() => expect(commands.length).toBeGreaterThanOrEqual(4), 10_000);
      const waits = logLines
        .map((line) => JSON.parse(line) as { retryInMs?: number })
        .flatMap((line) => line.retryInMs ?? []);
      waits.forEach((ms, n) => {
        expect(ms).toBeLessThanOrEqual(250 * 2 ** n);
      });
    },
  );

  test.skipIf(skip)('takes any bytes and any name, also with QoS 2, exactly once', async () => {
    const { commands } = await openOnline();
    const bytes = Buffer.from([0xff, 0x00, 0x7b, 0xc3, 0x28]);
    await register.publish(`${R}/command/no/such/command`, bytes);
    await register.publish(`${R}/command/payment/start`, bytes, { qos: 2 });
    await register.publish(`${R}/command/`, '', { qos: 0 });
    await vi.waitFor(() => expect(commands.length).toBe(3));
    expect(commands.map((c) => c.name)).toEqual(['no/such/command', 'payment/start', '']);
    expect(Buffer.from(commands[0]?.payload ?? [])).toEqual(bytes);
    expect(commands[0]?.retained).toBe(false);
    expect(commands[0]?.replyTo).toEqual(nowhere);
  });

  test.skipIf(skip)('flags a stored command as retained', async () => {
    await register.publish(`${R}/command/payment/start`, { id: 'a' }, { retain: true });
    const { commands } = await openOnline();
    await vi.waitFor(() => expect(commands.length).toBeGreaterThan(0));
    expect(commands.every((c) => c.retained)).toBe(true);
    const stored = commands.length;
    await register.publish(`${R}/command/payment/get`, { id: 'b' }, { retain: true });
    await vi.waitFor(() => expect(commands.length).toBe(stored + 1));
    // 3.1.1 cannot tell a live message from a retained one.
    expect(commands.at(-1)?.retained).toBe(version === 5);
  });

  test.skipIf(skip)("switches Nagle's algorithm off on its socket", async () => {
    const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
    await openOnline();
    const calls = setNoDelay.mock.contexts.map((socket, n) => ({
      remotePort: (socket as Socket).remotePort,
      on: setNoDelay.mock.calls[n]?.[0],
    }));
    setNoDelay.mockRestore();
    expect(calls).toContainEqual({ remotePort: Number(new URL(cable.url).port), on: true });
  });

  test.skipIf(skip)('answers within 10 ms in the median', async () => {
    await openOnline({
      onCommand(command, link) {
        const { id } = JSON.parse(Buffer.from(command.payload).toString()) as { id: string };
        link.setState(sampleState({ seq: Number(id) }));
        link.reply(command.replyTo, { id, ok: true, result: null });
      },
    });
    const tookMs: number[] = [];
    for (let n = 1; n <= 31; n += 1) {
      const begun = performance.now();
      void register.publish(`${R}/command/payment/get`, { id: String(n) });
      await register.until((m) => m.topic === `${R}/reply` && m.json.id === String(n));
      tookMs.push(performance.now() - begun);
    }
    tookMs.sort((a, b) => a - b);
    expect(tookMs[15]).toBeLessThan(10);
  });

  test.skipIf(skip)('says so again when a late last will calls it offline', async () => {
    await openOnline();
    const before = states().length;
    await register.publish(`${R}/state`, { online: false, bootId: 'boot-0' }, { retain: true });
    await vi.waitFor(() => expect(states().length).toBe(before + 2));
    expect(states().at(-1)?.json).toMatchObject({ online: true, bootId: 'boot-1' });
  });

  test.skipIf(skip)('notices another boot that is online under its name, live only', async () => {
    await register.publish(`${R}/state`, sampleState({ bootId: 'stored' }), { retain: true });
    const { foreign } = await openOnline();
    await register.publish(`${R}/state`, sampleState({ bootId: 'twin' }), { retain: true });
    await vi.waitFor(() => expect(foreign).toEqual(['twin']));
  });

  test.skipIf(skip)('does not take what its own former boot said for a twin', async () => {
    const first = await openOnline();
    // Echoes of these are under way when the first boot dies.
    for (let seq = 1; seq <= 50; seq += 1) first.link.setState(sampleState({ seq }));
    cable.cut();
    await first.stop();
    const second = await openOnline({ bootId: 'boot-2' });
    await register.publish(`${R}/command/payment/get`, { id: 'after everything queued' });
    await vi.waitFor(() => expect(second.commands.length).toBe(1));
    expect(second.foreign).toEqual([]);
  });

  test.skipIf(skip)('stops with a retained offline state and keeps later commands', async () => {
    const first = await openOnline();
    first.outbox.append('payment', sampleSnapshot());
    first.link.outboxGrew();
    await first.stop();
    expect(first.outbox.outboxLength()).toBe(0);
    expect(cable.sent.at(-1)).toBe('disconnect');
    await register.until((m) => m.json?.online === false);
    expect(states().filter((m) => m.json.online === false)).toHaveLength(1);
    await register.publish(`${R}/command/payment/cancel`, { id: 'while away' });
    const second = await openOnline({ bootId: 'boot-2' });
    await vi.waitFor(() => expect(second.commands.map((c) => c.name)).toEqual(['payment/cancel']));
  });

  test.skipIf(skip)('sends what a former process left in the outbox first', async () => {
    const made = linkUnderTest({ url: cable.url, terminalId, protocolVersion: version });
    opened.push(made);
    for (let seq = 1; seq <= 600; seq += 1) made.outbox.append('payment', sampleSnapshot({ seq }));
    made.link.setState(sampleState());
    made.start();
    await register.until((m) => m.topic === `${R}/state`);
    const seqs = register.seen.filter((m) => m.json?.orderId).map((m) => m.json.seq as number);
    expect(seqs).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  });

  test.skipIf(skip)('tries the next broker when one cannot be reached', async () => {
    cable.unplugged = true;
    const { logLines } = await openOnline({ url: [cable.url, broker.url] });
    expect(cable.connections).toBe(1);
    expect(logLines.join('')).toContain(`127.0.0.1:${broker.port}`);
  });

  test.skipIf(skip)('ignores a command that is too long and lives on', async () => {
    const { commands } = await openOnline();
    await register.publish(`${R}/command/payment/start`, 'x'.repeat(70_000));
    await register.publish(`${R}/command/payment/get`, { id: 'b' });
    await vi.waitFor(() => expect(commands.map((c) => c.name)).toEqual(['payment/get']));
    expect(cable.connections).toBe(1);
  });

  test.skipIf(skip || version === 4)('replies where an MQTT 5 sender wants it', async () => {
    await openOnline({
      onCommand(command, link) {
        const { id } = JSON.parse(Buffer.from(command.payload).toString()) as { id: string };
        link.reply(command.replyTo, { id, ok: true, result: null });
      },
    });
    const own = await observe(broker.url, 5, 'registers/#');
    const command = `${R}/command/payment/get`;
    await own.publish(command, { id: 'a' }, { responseTopic: 'registers/7', correlation: 'c-1' });
    const answer = await own.until((m) => m.topic === 'registers/7');
    expect(answer.json.id).toBe('a');
    expect(answer.packet.properties?.correlationData?.toString()).toBe('c-1');
    await own.publish(command, { id: 'b' }, { responseTopic: `${R}/state` });
    await register.until((m) => m.topic === `${R}/reply` && m.json.id === 'b');
    await own.publish(command, { id: 'c' }, { responseTopic: `${R}/command/payment/start` });
    await register.until((m) => m.topic === `${R}/reply` && m.json.id === 'c');
    await own.close();
  });

  test.skipIf(skip)('sends telemetry when connected and forgets it when not', async () => {
    const { link } = await openOnline();
    const telemetry = {
      bootId: 'boot-1',
      uptimeSeconds: 1,
      residentMemoryBytes: 1,
      openOrders: 0,
      outboxLength: 0,
      at: '2026-01-02T03:04:05.000Z',
    };
    cable.cut();
    await register.until((m) => m.json?.online === false);
    link.sendTelemetry({ ...telemetry, uptimeSeconds: 2 });
    await vi.waitFor(() => expect(states().at(-1)?.json.online).toBe(true));
    link.sendTelemetry({ ...telemetry, uptimeSeconds: 3 });
    await register.until((m) => m.json?.uptimeSeconds === 3);
    expect(register.seen.some((m) => m.json?.uptimeSeconds === 2)).toBe(false);
  });
});
