import { resolve } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { RegisterClient } from '../../src/register/register-client.ts';
import { connectRegister } from '../../src/register/register-client.ts';
import { sampleSnapshot, sampleState } from '../backend/samples.ts';
import { startAedes } from '../mqtt/aedes.ts';
import type { Cable } from '../mqtt/cable.ts';
import { startCable } from '../mqtt/cable.ts';
import { freePort, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { observe } from '../mqtt/observer.ts';
import type { ScriptedTerminal } from './scripted-terminal.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

const brokers = [
  { name: 'Mosquitto, MQTT 5', version: 5, needsMosquitto: true },
  { name: 'aedes, MQTT 3.1.1', version: 4, needsMosquitto: false },
] as const;

describe.each(brokers)('the reference client of a register on $name', (each) => {
  const { version, needsMosquitto } = each;
  const skip = needsMosquitto && !mosquittoAvailable && !process.env['CI'];
  let broker: { url: string; port: number; destroy(): Promise<void> };
  let cable: Cable;
  let terminal: ScriptedTerminal | undefined;
  let register: RegisterClient | undefined;

  beforeAll(async () => {
    if (!skip) broker = needsMosquitto ? await startMosquitto() : await startAedes();
  });
  afterAll(async () => {
    await broker?.destroy();
  });
  beforeEach(async () => {
    if (!skip) cable = await startCable(broker.port);
  });
  afterEach(async () => {
    if (skip) return;
    await register?.close();
    await terminal?.stop();
    await cable.close();
    register = undefined;
    terminal = undefined;
  });

  function play(script: Parameters<typeof scriptedTerminal>[0]['script'], bootId = 'boot-1') {
    terminal = scriptedTerminal({ url: broker.url, protocolVersion: version, bootId, script });
    return terminal;
  }
  async function connect(repeatAfterMs = 10_000) {
    register = await connectRegister({
      urls: [cable.url],
      prefix: 'beacon/1',
      terminalId: 'till-1',
      protocolVersion: version,
      repeatAfterMs,
    });
    expect(await register.whenState((state) => state.online, 5000)).toBeDefined();
    return register;
  }

  test.skipIf(skip)('gets the answer to each of many commands at once', async () => {
    play((command, self) => {
      self.answer(command, { id: command.body.id, ok: true, result: command.body.orderId });
    });
    const client = await connect();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => client.send('payment/get', { orderId: String(n) })),
    );
    expect(replies.map((reply) => (reply.ok ? reply.result : null))).toEqual(
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
  });

  test.skipIf(skip)('repeats a command unchanged until it is answered', async () => {
    const { heard } = play((command, self) => {
      if (heard.length < 3) return;
      self.answer(command, { id: command.body.id, ok: true, result: null });
    });
    const client = await connect(50);
    const reply = await client.send('payment/get', { orderId: 'a' });
    expect(reply.ok).toBe(true);
    expect(heard.length).toBeGreaterThanOrEqual(3);
    expect(new Set(heard.map((command) => JSON.stringify(command.body))).size).toBe(1);
  });

  test.skipIf(skip)('says "ask first" when no answer comes', async () => {
    play(() => undefined);
    const client = await connect();
    await expect(
      client.send('payment/get', { orderId: 'a' }, { timeoutMs: 100 }),
    ).rejects.toMatchObject({ code: 'unreachable', retry: 'ask-first' });
  });

  test.skipIf(skip)('asks again at once when the terminal has restarted', async () => {
    const first = play(() => undefined);
    const client = await connect();
    const reply = client.send('payment/get', { orderId: 'a' });
    await vi.waitFor(() => expect(first.heard.length).toBe(1));
    await first.stop();
    play((command, self) => {
      self.answer(command, { id: command.body.id, ok: true, result: 'after restart' });
    }, 'boot-2');
    expect(await reply).toMatchObject({ ok: true, result: 'after restart' });
  });

  test.skipIf(skip)('follows an order and ignores older revisions', async () => {
    const self = play(() => undefined);
    const client = await connect();
    const revisions: number[] = [];
    const stop = client.followPayment('order-1', (payment) => revisions.push(payment.revision));
    for (const revision of [1, 3, 2, 3, 4]) self.say({ revision });
    self.say({ orderId: 'other', revision: 9 });
    self.say({ revision: 5 });
    await vi.waitFor(() => expect(client.payment('order-1')?.revision).toBe(5));
    expect(revisions).toEqual([1, 3, 4, 5]);
    stop();
    self.say({ revision: 6 });
    await vi.waitFor(() => expect(client.payment('order-1')?.revision).toBe(6));
    expect(revisions).toEqual([1, 3, 4, 5]);
  });

  test.skipIf(skip)('learns after a cut what it has missed', async () => {
    const self = play((command) => {
      const result = sampleSnapshot({ orderId: command.body.orderId, revision: 7 });
      self.answer(command, { id: command.body.id, ok: true, result });
    });
    const client = await connect();
    const seen: PaymentSnapshot[] = [];
    client.followPayment('order-1', (payment) => seen.push(payment));
    cable.unplugged = true;
    cable.cut();
    await vi.waitFor(() => expect(client.connected).toBe(false));
    cable.unplugged = false;
    await vi.waitFor(() => expect(seen.at(-1)?.revision).toBe(7), 10_000);
    expect(self.heard.map((command) => command.name)).toEqual(['payment/get']);
  });

  test.skipIf(skip)('knows state and info', async () => {
    const self = play(() => undefined);
    const client = await connect();
    await vi.waitFor(() => expect(client.info?.posName).toBe('Kasse 1'));
    await self.stop();
    await vi.waitFor(() => expect(client.state).toEqual({ online: false, bootId: 'boot-1' }));
  });
});

test('a register that wants MQTT 5 makes do with 3.1.1', async () => {
  const broker = await startAedes();
  const terminal = scriptedTerminal({
    url: broker.url,
    protocolVersion: 5,
    script: (command, self) => {
      self.answer(command, { id: command.body.id, ok: true, result: null });
    },
  });
  const register = await connectRegister({
    urls: [broker.url],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    protocolVersion: 5,
  });
  expect(await register.send('payment/get', { orderId: 'a' })).toMatchObject({ ok: true });
  await register.close();
  await terminal.stop();
  await broker.destroy();
});

test('a register refused some of its topics for the moment gets them on the same connection', async () => {
  const asked: string[] = [];
  const broker = await startAedes(0, (topic) => {
    asked.push(topic);
    return topic.includes('/reply') && asked.filter((each) => each === topic).length <= 2;
  });
  const cable = await startCable(broker.port);
  const terminal = scriptedTerminal({
    url: broker.url,
    protocolVersion: 4,
    script: (command, self) => {
      self.answer(command, { id: command.body.id, ok: true, result: null });
    },
  });
  const register = await connectRegister({
    urls: [cable.url],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    protocolVersion: 4,
  });
  expect(await register.send('payment/get', { orderId: 'a' })).toMatchObject({ ok: true });
  expect(asked.filter((topic) => topic === 'beacon/1/till-1/reply')).toHaveLength(3);
  expect(cable.connections).toBe(1);
  await register.close();
  await terminal.stop();
  await cable.close();
  await broker.destroy();
});

test('a state that a broker repeats late does not hide the newer one', async () => {
  const broker = await startAedes();
  const publisher = await observe(broker.url, 4);
  const R = 'beacon/1/till-1';
  const register = await connectRegister({
    urls: [broker.url],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    protocolVersion: 4,
  });
  const told: unknown[] = [];
  register.listen({ onState: (state) => told.push(state.online ? state.seq : state.bootId) });
  for (const seq of [5, 4, 6]) await publisher.publish(`${R}/state`, sampleState({ seq }));
  await publisher.publish(`${R}/state`, { online: false, bootId: 'gone' });
  await publisher.publish(`${R}/state`, sampleState({ seq: 1 }));
  await vi.waitFor(() => expect(told).toEqual([5, 6, 'gone', 1]));
  await register.close();
  await publisher.close();
  await broker.destroy();
});

test('a register without a broker learns it, and no password is told', async () => {
  const port = await freePort();
  const attempt = connectRegister({
    urls: [`mqtt://till:s3cret@127.0.0.1:${port}`],
    prefix: 'beacon/1',
    terminalId: 'till-1',
    protocolVersion: 5,
  });
  await expect(attempt).rejects.toMatchObject({ code: 'unreachable' });
  const message = await attempt.catch((error: unknown) => String(error));
  expect(message).toContain(`127.0.0.1:${port}`);
  expect(message).not.toContain('s3cret');
});

test.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'a command that the broker does not pass on is named as such (needs mosquitto)',
  async () => {
    const broker = await startMosquitto(
      `allow_anonymous true\nacl_file ${resolve('docs/broker/beacon.acl')}`,
    );
    onTestFinished(() => broker.destroy());
    const register = await connectRegister({
      urls: [broker.url],
      prefix: 'beacon/1',
      terminalId: 'till-1',
      protocolVersion: 5,
    });
    onTestFinished(() => register.close());
    await expect(register.send('terminal/identify', {}, { timeoutMs: 3000 })).rejects.toThrow(
      /^terminal\/identify: no answer within 3 s; the broker does not pass it on: .*Not authorized/,
    );
  },
);
