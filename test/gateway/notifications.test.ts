import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { commandSchemas } from '../../src/contract/commands.ts';
import { startCable } from '../mqtt/cable.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { type Observer, observe, type Seen } from '../mqtt/observer.ts';
import { gatewayUnderTest, infoOf, notificationOf } from './harness.ts';

const skip = !mosquittoAvailable && !process.env['CI'];
const COUNT = 'beacon_gateway_notifications_total';

describe.skipIf(skip)('notifications over a real broker (needs mosquitto)', () => {
  let broker: Mosquitto;
  let observer: Observer;
  const posId = randomUUID();

  beforeEach(async () => {
    broker = await startMosquitto();
    observer = await observe(broker.url, 5);
    await terminal('till-1', posId);
  });
  afterEach(async () => {
    await observer.close();
    await broker.destroy();
  });

  function terminal(terminalId: string, at: string | null) {
    return observer.publish(`beacon/1/${terminalId}/info`, infoOf(terminalId, at), {
      retain: true,
    });
  }
  const commandFor =
    (terminalId: string) =>
    ({ topic }: Seen) =>
      topic === `beacon/1/${terminalId}/command/checkin/notify`;

  test('one becomes a command to its terminal, and is answered 200', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const body = notificationOf(posId);
    const answer = await gateway.post(body);
    expect([answer.status, answer.text]).toEqual([200, '']);
    const { json, retain, packet } = await observer.until(commandFor('till-1'));
    expect(commandSchemas['checkin/notify'].parse(json)).toEqual({
      ...body,
      id: expect.any(String),
      expiresAt: expect.any(String),
    });
    const left = Date.parse(json.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(30_000);
    expect(left).toBeLessThanOrEqual(60_000);
    expect([retain, packet.qos]).toEqual([false, 1]);
    expect(packet.properties?.messageExpiryInterval).toBeLessThanOrEqual(60);
    // Not among the replies that registers read.
    expect(packet.properties?.responseTopic).toMatch(
      /^beacon\/1\/till-1\/reply\/gateway-[0-9a-f]{12}$/,
    );
    expect(await gateway.metric(`${COUNT}{outcome="accepted"}`)).toBe(1);
    expect(await gateway.metric('beacon_gateway_notification_duration_seconds_count')).toBe(1);
    expect(gateway.logLines.join('')).toContain(posId);
    expect(gateway.logLines.join('')).not.toContain(body.MerchantId);
  });

  test('each has an id of its own, also when MobilePay repeats itself', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const body = notificationOf(posId);
    for (let n = 0; n < 3; n += 1) expect((await gateway.post(body)).status).toBe(200);
    await expect.poll(() => observer.seen.filter(commandFor('till-1'))).toHaveLength(3);
    const ids = observer.seen.filter(commandFor('till-1')).map(({ json }) => json.id);
    expect(new Set(ids).size).toBe(3);
  });

  test('members that MobilePay adds or leaves empty do not reach the terminal', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const body = { PosId: posId, MerchantPosId: null, Loyalty: { id: '4711' } };
    expect((await gateway.post(body)).status).toBe(200);
    const { json } = await observer.until(commandFor('till-1'));
    expect(Object.keys(json).toSorted()).toEqual(['PosId', 'expiresAt', 'id']);
  });

  test('a GUID is the same in capitals, and the terminal reads it as it writes it', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    expect((await gateway.post(notificationOf(posId.toUpperCase()))).status).toBe(200);
    expect((await observer.until(commandFor('till-1'))).json.PosId).toBe(posId);
  });

  test('a PosId that no terminal has is 404, counted, and published nowhere', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const answer = await gateway.post(notificationOf(randomUUID()));
    expect([answer.status, answer.json]).toEqual([404, { error: 'no terminal has this PosId' }]);
    expect(await gateway.metric(`${COUNT}{outcome="unknown-pos"}`)).toBe(1);
    expect((await gateway.post(notificationOf(posId))).status).toBe(200);
    await observer.until(commandFor('till-1'));
    expect(observer.seen.filter(({ topic }) => topic.includes('/command/'))).toHaveLength(1);
  });

  test('terminals come, move and go while the gateway runs', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const status = async (id: string) => (await gateway.post(notificationOf(id))).status;
    const second = randomUUID();
    await terminal('till-2', second);
    await expect.poll(() => status(second)).toBe(200);
    const third = randomUUID();
    await terminal('till-2', third);
    await expect.poll(() => status(third)).toBe(200);
    expect(await status(second)).toBe(404);
    await observer.publish('beacon/1/till-2/info', '', { retain: true });
    await expect.poll(() => status(third)).toBe(404);
    expect(await gateway.metric('beacon_gateway_known_terminals')).toBe(1);
  });

  test('two terminals that name the same point of sale are both told', async () => {
    await terminal('till-2', posId);
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    expect((await gateway.post(notificationOf(posId))).status).toBe(200);
    await observer.until(commandFor('till-1'));
    await observer.until(commandFor('till-2'));
  });

  test('terminals below another prefix are not ours', async () => {
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { prefix: 'beacon/1/shop' } });
    await gateway.ready;
    expect((await gateway.post(notificationOf(posId))).status).toBe(404);
  });

  test('it is 503 until the terminals are known, also after the broker was away', async () => {
    const gateway = await gatewayUnderTest(broker.url);
    const early = await gateway.post(notificationOf(posId));
    expect([early.status, (await gateway.healthz()).status]).toEqual([503, 503]);
    await gateway.ready;
    expect((await gateway.healthz()).status).toBe(200);
    expect((await gateway.post(notificationOf(posId))).status).toBe(200);
    expect(await gateway.metric('beacon_gateway_broker_connected')).toBe(1);

    await broker.stop();
    await expect.poll(async () => (await gateway.healthz()).status).toBe(503);
    expect((await gateway.post(notificationOf(posId))).status).toBe(503);
    expect(await gateway.metric('beacon_gateway_broker_connected')).toBe(0);
    expect(await gateway.metric(`${COUNT}{outcome="broker-unavailable"}`)).toBe(2);

    const before = observer.seen.filter(commandFor('till-1')).length;
    await broker.start();
    await expect.poll(async () => (await gateway.healthz()).status, { timeout: 9000 }).toBe(200);
    expect((await gateway.post(notificationOf(posId))).status).toBe(200);
    // What was answered 503 has not been kept and sent now.
    await expect.poll(() => observer.seen.filter(commandFor('till-1')).length).toBe(before + 1);
  });

  test('a terminal that leaves while the gateway is away is not remembered', async () => {
    const cable = await startCable(broker.port);
    onTestFinished(() => cable.close());
    const gateway = await gatewayUnderTest(cable.url);
    await gateway.ready;
    cable.unplugged = true;
    cable.cut();
    await expect.poll(async () => (await gateway.healthz()).status).toBe(503);
    await observer.publish('beacon/1/till-1/info', '', { retain: true });
    cable.unplugged = false;
    await expect.poll(async () => (await gateway.healthz()).status, { timeout: 9000 }).toBe(200);
    expect((await gateway.post(notificationOf(posId))).status).toBe(404);
  });

  test('one point of sale has a limit, so that nobody can keep its terminal busy', async () => {
    const other = randomUUID();
    await terminal('till-2', other);
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const posts = Array.from({ length: 30 }, (_, n) =>
      gateway.post(notificationOf(n % 2 === 0 ? posId : posId.toUpperCase())),
    );
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    const accepted = statuses.filter((status) => status === 200).length;
    expect(accepted).toBeGreaterThanOrEqual(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - accepted);
    expect(accepted).toBeLessThan(30);
    expect((await gateway.post(notificationOf(other))).status).toBe(200);
  });

  test('more at once than the broker takes unacknowledged all arrive', async () => {
    const posIds = Array.from({ length: 60 }, () => randomUUID());
    for (const [n, id] of posIds.entries()) await terminal(`row-${n}`, id);
    const gateway = await gatewayUnderTest(broker.url);
    await gateway.ready;
    const answers = await Promise.all(posIds.map((id) => gateway.post(notificationOf(id))));
    expect(answers.map(({ status }) => status)).toEqual(posIds.map(() => 200));
    await expect
      .poll(() => observer.seen.filter(({ topic }) => topic.endsWith('/checkin/notify')))
      .toHaveLength(60);
  });

  test('over MQTT 3.1.1 it is the same without the properties', async () => {
    const gateway = await gatewayUnderTest(broker.url, { mqtt: { protocolVersion: 4 } });
    await gateway.ready;
    expect((await gateway.post(notificationOf(posId))).status).toBe(200);
    const { json, packet } = await observer.until(commandFor('till-1'));
    expect(commandSchemas['checkin/notify'].safeParse(json).success).toBe(true);
    expect(packet.properties?.responseTopic).toBeUndefined();
  });
});
