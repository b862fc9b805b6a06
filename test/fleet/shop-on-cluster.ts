import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Reply } from '../../src/contract/errors.ts';
import { connectRegister, type RegisterClient } from '../../src/register/register-client.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type GatewayUnderTest, gatewayUnderTest, notificationOf } from '../gateway/harness.ts';
import { observe } from '../mqtt/observer.ts';
import type { NatsCluster, NatsNode } from './nats-cluster.ts';

export const TILLS = ['till-1', 'till-2', 'till-3'] as const;
export type Till = (typeof TILLS)[number];

/** A net for what hangs, no promise: how long a cluster needs to elect anew is its own affair. */
const FAIL_OVER_MS = 150_000;
export const patient = { timeout: FAIL_OVER_MS, interval: 50 };

export interface Shop {
  mobilePay: Simulator;
  gateways: GatewayUnderTest[];
  /** A register starts a payment. */
  begin(till: Till, orderId: string): Promise<Reply>;
  customerGetsIt(till: Till, orderId: string): Promise<void>;
  customerAccepts(till: Till): void;
  /** MobilePay has the money and the register knows. */
  expectPaid(till: Till, orderId: string): Promise<void>;
  /** Every event that a terminal counts in its state has reached an onlooker. */
  expectNothingLost(): Promise<void>;
  /** What MobilePay tells one gateway reaches the terminal. */
  expectReached(till: Till, by: GatewayUnderTest | undefined): Promise<void>;
}

/** Terminals on one node of a cluster, registers and gateways on the two others, until the test is over. */
export async function openShop(cluster: NatsCluster, terminalsAt: NatsNode): Promise<Shop> {
  const others = cluster.nodes.filter((node) => node !== terminalsAt);
  /** `mqtt.url`: all three, this one first. */
  function urlsFrom(first: NatsNode | undefined): string[] {
    const all = [terminalsAt, ...others];
    const place = all.indexOf(first ?? terminalsAt);
    return [...all.slice(place), ...all.slice(0, place)].map(({ url }) => url);
  }
  const beaconIdOf = (till: Till) => `12345678901234${till.at(-1)}`;
  const folder = mkdtempSync(join(tmpdir(), 'beacon-cluster-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 100 });
  onTestFinished(() => mobilePay.close());
  mkdirSync(join(folder, 'secrets'));
  const secret = join(folder, 'secrets/mobilepay-client-secret');
  writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
  const witness = await observe(others[1]?.url ?? '', 4, 'beacon/#', 'witness');
  onTestFinished(() => witness.close());

  async function startTerminal(till: Till) {
    const config = join(folder, `${till}.yaml`);
    writeFileSync(
      config,
      stringify({
        terminal: { id: till },
        secretsDir: join(folder, 'secrets'),
        mqtt: { url: urlsFrom(terminalsAt), protocolVersion: 4 },
        mobilepay: {
          baseUrl: mobilePay.url,
          clientId: DEMO_CLIENT_ID,
          merchantVat: DEMO_VAT,
        },
        pos: { name: till, beaconId: beaconIdOf(till), callbackAlias: 'shop' },
        journal: { path: join(folder, `${till}.db`) },
        log: { level: 'error' },
      }),
    );
    const child = spawn(process.execPath, ['dist/main.js', 'run', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    onTestFinished(async () => {
      const gone = once(child, 'exit');
      if (child.kill('SIGTERM')) await gone;
    });
    await once(createInterface({ input: child.stdout }), 'line');
  }
  await Promise.all(TILLS.map(startTerminal));

  const registers = new Map<Till, RegisterClient>();
  /** How many events each terminal counts in the newest of its states. */
  const newestSeqs = new Map<Till, number>();
  for (const terminalId of TILLS) {
    const register = await connectRegister({
      urls: urlsFrom(others[0]),
      prefix: 'beacon/1',
      terminalId,
      protocolVersion: 4,
      repeatAfterMs: 3_000,
    });
    onTestFinished(() => register.close());
    register.listen({
      onState(state) {
        if (!state.online) return;
        newestSeqs.set(terminalId, Math.max(state.seq, newestSeqs.get(terminalId) ?? 0));
      },
    });
    registers.set(terminalId, register);
  }

  const gateways = await Promise.all(
    others.map((node) =>
      gatewayUnderTest('', { mqtt: { urls: urlsFrom(node), protocolVersion: 4 } }),
    ),
  );
  for (const gateway of gateways) await gateway.ready;

  const status = (orderId: string) =>
    mobilePay.payments().find((payment) => payment.orderId === orderId)?.status;

  /** Of all that a register was told of its payments: a state that counts less is not the newest. */
  function newestToldSeq(till: Till): number {
    const orders = mobilePay.payments().map(({ orderId }) => orderId ?? '');
    const told = orders.map((orderId) => registers.get(till)?.payment(orderId)?.seq ?? 0);
    expect(Math.max(...told)).toBeGreaterThan(0);
    return Math.max(...told);
  }

  return {
    mobilePay,
    gateways,
    begin(till, orderId) {
      const register = registers.get(till);
      if (register === undefined) throw new Error(`no register at ${till}`);
      register.followPayment(orderId, () => undefined);
      const start = {
        orderId,
        amount: { currency: 'DKK', value: 1250 },
        expiresAt: new Date(Date.now() + FAIL_OVER_MS).toISOString(),
      };
      const reply = register.send('payment/start', start, { timeoutMs: FAIL_OVER_MS });
      // Who began it looks at the answer later, or never if the test has failed by then.
      reply.catch(() => undefined);
      return reply;
    },
    async customerGetsIt(till, orderId) {
      await expect.poll(() => status(orderId), patient).toBe('Initiated');
      mobilePay.phone.checkIn(beaconIdOf(till));
    },
    customerAccepts: (till) => mobilePay.phone.accept(beaconIdOf(till)),
    async expectPaid(till, orderId) {
      const outcome = () => registers.get(till)?.payment(orderId)?.outcome;
      await expect.poll(() => status(orderId), patient).toBe('Captured');
      await expect.poll(outcome, patient).toBe('approved');
    },
    async expectNothingLost() {
      for (const till of TILLS) {
        const root = `beacon/1/${till}`;
        const events = () => witness.seen.filter(({ topic }) => topic.startsWith(`${root}/event/`));
        // Events and states come by subscriptions of their own, and either may wait for the cluster.
        await expect
          .poll(() => newestSeqs.get(till), patient)
          .toBeGreaterThanOrEqual(newestToldSeq(till));
        const missing = () => {
          const seqs = new Set(events().map(({ json }) => json.seq as number));
          return Array.from({ length: newestSeqs.get(till) ?? 0 }, (_, index) => index + 1).filter(
            (seq) => !seqs.has(seq),
          );
        };
        await expect.poll(missing, patient).toEqual([]);
        expect(new Set(events().map(({ json }) => json.bootId)).size).toBe(1);
      }
      expect(mobilePay.violations).toEqual([]);
    },
    async expectReached(till, by) {
      const pos = mobilePay.pos().find(({ merchantPosId }) => merchantPosId === till);
      mobilePay.phone.checkIn(beaconIdOf(till));
      await expect
        .poll(async () => (await by?.post(notificationOf(pos?.posId ?? '')))?.status, patient)
        .toBe(200);
      await witness.until(
        ({ topic, json }) => topic === `beacon/1/${till}/event/checkin` && json.checkedIn,
        FAIL_OVER_MS,
      );
    },
  };
}
