import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Client, enter } from '../broker/client.ts';
import { Authority } from '../broker/templates.ts';
import { type NatsNode, natsAvailable, startNatsCluster } from './nats-cluster.ts';
import { openShop, patient, TILLS, type Till } from './shop-on-cluster.ts';

describe.skipIf(!natsAvailable && !process.env['CI'])(
  'a cluster of three nats-servers (needs nats-server)',
  () => {
    it.each([
      { which: 'a node that follows', leads: false },
      { which: 'the node that leads', leads: true },
    ])(
      'loses $which, with the terminals on it in the middle of sales, and nothing else',
      async (dead) => {
        const cluster = await startNatsCluster();
        const leader = await cluster.leader();
        const terminalsAt = cluster.nodes.find((node) => (node === leader) === dead.leads);
        const survivor = cluster.nodes.find((node) => node !== terminalsAt);
        if (terminalsAt === undefined || survivor === undefined) throw new Error('no such node');
        const shop = await openShop(cluster, terminalsAt);
        const { mobilePay, gateways } = shop;
        async function sell(till: Till, orderId: string) {
          const reply = shop.begin(till, orderId);
          await shop.customerGetsIt(till, orderId);
          shop.customerAccepts(till);
          await shop.expectPaid(till, orderId);
          expect(await reply).toMatchObject({ ok: true });
        }
        await sell('till-1', 'before-1');

        // One waits for the customer, one is reserved while the node dies, one starts while it is dead.
        const first = shop.begin('till-1', 'in-between-1');
        const second = shop.begin('till-2', 'in-between-2');
        await shop.customerGetsIt('till-1', 'in-between-1');
        await shop.customerGetsIt('till-2', 'in-between-2');
        shop.customerAccepts('till-2');
        const killedAt = performance.now();
        await terminalsAt.kill();
        const third = shop.begin('till-3', 'in-between-3');
        shop.customerAccepts('till-1');
        await shop.customerGetsIt('till-3', 'in-between-3');
        const startedMs = performance.now() - killedAt;
        shop.customerAccepts('till-3');
        await shop.expectPaid('till-1', 'in-between-1');
        await shop.expectPaid('till-2', 'in-between-2');
        await shop.expectPaid('till-3', 'in-between-3');
        const paidMs = performance.now() - killedAt;
        for (const reply of [first, second, third]) expect(await reply).toMatchObject({ ok: true });

        // Two of three go on as before.
        for (const till of TILLS) await sell(till, `after-${till}`);
        await shop.expectNothingLost();
        expect(mobilePay.payments()).toHaveLength(7);

        // A newcomer sees how every terminal is; QoS 0, as nats-server may refuse QoS 1 while it lacks a
        // node.
        const late = await connectAsync(survivor.url, { protocolVersion: 4 });
        const states = new Map<string, unknown>();
        late.on('message', (topic, payload) => states.set(topic, JSON.parse(payload.toString())));
        await late.subscribeAsync('beacon/1/+/state');
        for (const till of TILLS) {
          await expect
            .poll(() => states.get(`beacon/1/${till}/state`), patient)
            .toMatchObject({ online: true, phase: 'idle' });
        }
        await late.endAsync(true);

        for (const [place, gateway] of gateways.entries()) {
          await shop.expectReached(TILLS[place] ?? 'till-3', gateway);
        }
        await shop.expectNothingLost();
        process.stdout.write(
          `cluster, without ${dead.which}: a start reached the customer ${seconds(startedMs)} after the kill, every register knew its outcome after ${seconds(paidMs)}\n`,
        );
      },
    );

    it('lets each in by its certificate, to what is its own', async () => {
      const authority = new Authority();
      onTestFinished(() => authority.forget());
      const cluster = await startNatsCluster(authority);
      const [here, there] = cluster.nodes;
      if (here === undefined || there === undefined) throw new Error('no such node');
      const papers = new Map(
        ['till-1', 'till-2', 'register-1', 'stranger'].map((name) => [name, authority.admit(name)]),
      );
      async function visit(name: string, node: NatsNode): Promise<Client> {
        const clientId = `${name}-${randomUUID()}`;
        const client = await enter(node.url, papers.get(name) ?? {}, {
          protocolVersion: 4,
          clientId,
        });
        onTestFinished(() => client.close());
        return client;
      }
      const hears = (client: Client, line: string) =>
        expect.poll(() => client.heard, patient).toContain(line);
      const forged = (client: Client) => client.heard.filter((line) => line.includes('forged'));

      cluster.admitTerminals('till-1', 'till-2');
      for (const node of cluster.nodes) node.reload();
      const terminal = await visit('till-1', here);
      const register = await visit('register-1', there);
      await expect.poll(() => visit('till-2', there).catch(() => null), patient).not.toBeNull();
      const other = await visit('till-2', there);
      const own = ['command/#', 'state', 'config/desired'].map((kind) => `beacon/1/till-1/${kind}`);
      expect(await terminal.mqtt.subscribeAsync(own, { qos: 1 })).toHaveLength(3);
      const its = ['state', 'info', 'event/#', 'reply'].map((kind) => `beacon/1/till-1/${kind}`);
      expect(await register.mqtt.subscribeAsync(its, { qos: 1 })).toHaveLength(4);

      for (const topic of [...own, ...its, 'beacon/1/till-1/#', 'beacon/#', '#', '$MQTT/#']) {
        for (const qos of [0, 1] as const) {
          const asked = other.mqtt.subscribeAsync(topic, { qos });
          await expect(asked, topic).rejects.toThrow('Subscribe error');
        }
      }
      // What may not be written is acknowledged, and dropped.
      await other.publishes('beacon/1/till-1/command/payment/start', 'forged');
      await other.publishes('beacon/1/till-1/state', 'forged', true);
      await other.publishes('beacon/1/till-1/event/payment', 'forged');
      await register.publishes('beacon/1/till-1/state', 'forged', true);

      await register.publishes('beacon/1/till-1/command/payment/start', 'asked');
      await hears(terminal, 'beacon/1/till-1/command/payment/start asked');
      await terminal.publishes('beacon/1/till-1/event/payment', 'paid');
      await terminal.publishes('beacon/1/till-1/state', 'idle', true);
      // As decommission does, with the terminal's own certificate.
      const departing = await visit('till-1', there);
      expect(await departing.mqtt.subscribeAsync(its, { qos: 1 })).toHaveLength(4);
      await departing.publishes('beacon/1/till-1/command/payment/cancel', 'settled');
      await hears(terminal, 'beacon/1/till-1/command/payment/cancel settled');
      await departing.publishes('beacon/1/till-1/command/payment/start', 'forged');
      await hears(register, 'beacon/1/till-1/event/payment paid');
      await hears(register, 'beacon/1/till-1/state idle');
      const late = await visit('register-1', here);
      await late.mqtt.subscribeAsync('beacon/1/till-1/state', { qos: 1 });
      await hears(late, 'beacon/1/till-1/state idle');
      for (const client of [terminal, register, late]) expect(forged(client)).toEqual([]);

      await expect(visit('stranger', here)).rejects.toThrow();
      await expect(enter(here.url, { ca: authority.read('ca.pem') })).rejects.toThrow();
      cluster.admitTerminals('till-1');
      for (const node of cluster.nodes) node.reload();
      await expect.poll(() => other.mqtt.connected, patient).toBe(false);
      await expect(visit('till-2', there)).rejects.toThrow();
      expect(terminal.mqtt.connected).toBe(true);
    });
  },
);

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
