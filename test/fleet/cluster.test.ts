import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { natsAvailable, startNatsCluster } from './nats-cluster.ts';
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
  },
);

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
