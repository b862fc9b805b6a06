import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { SimulatorState } from '../../src/simulator/simulator-state.ts';
import { type GatewayProcess, startGatewayProcess } from '../cli/gateway-process.ts';
import { call, infoOf, post } from '../gateway/harness.ts';
import { makeSelfSigned, opensslAvailable } from '../gateway/self-signed.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { type Observer, observe } from '../mqtt/observer.ts';
import { ApiClient } from '../simulator/client.ts';
import { type RoundRobin, startRoundRobin } from './round-robin.ts';

interface Till {
  posId: string;
  beaconId: string;
}

const TILLS = 40;

describe.skipIf(!(mosquittoAvailable && opensslAvailable) && !process.env['CI'])(
  'two gateways behind a load balancer (needs mosquitto and openssl)',
  () => {
    let folder: string;
    let broker: Mosquitto;
    let observer: Observer;
    let balancer: RoundRobin;
    let gateways: GatewayProcess[];
    let mobilePay: ChildProcess;
    let control: string;
    let tills: Till[];

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'beacon-two-gateways-'));
      const files = { cert: join(folder, 'gateway.pem'), key: join(folder, 'gateway.key') };
      makeSelfSigned(files);
      broker = await startMosquitto();
      observer = await observe(broker.url, 5);
      balancer = await startRoundRobin();
      const config = join(folder, 'config.yaml');
      writeFileSync(
        config,
        stringify({
          mqtt: { url: broker.url },
          gateway: { listen: '127.0.0.1', port: 0, ...files },
          console: { port: 0 },
        }),
      );
      gateways = [startGatewayProcess(config), startGatewayProcess(config)];
      const ready = await Promise.all(gateways.map((gateway) => gateway.ready));
      balancer.behind.push(...ready.map(({ url }) => Number(new URL(url).port)));

      const { pathname } = new URL(ready[0]?.url ?? '');
      const callback = `shop=https://127.0.0.1:${balancer.port}${pathname}`;
      const ports = ['--port', '0', '--api-port', '0'];
      mobilePay = spawn(
        process.execPath,
        ['dist/main.js', 'simulator', ...ports, '--callback', callback],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: files.cert },
        },
      );
      const output = createInterface({ input: mobilePay.stdout as NodeJS.ReadableStream });
      const [line] = await once(output, 'line');
      const { api, console: page } = JSON.parse(String(line));
      control = String(page);

      const client = await new ApiClient(String(api)).signIn();
      tills = [];
      for (let n = 0; n < TILLS; n += 1) {
        const till = await client.createPos({ merchantPosId: `till-${n}`, callbackAlias: 'shop' });
        tills.push(till);
        await observer.publish(`beacon/1/till-${n}/info`, infoOf(`till-${n}`, till.posId), {
          retain: true,
        });
      }
      for (const each of ready) await expect.poll(() => knownTerminals(each.console)).toBe(TILLS);
    });
    afterEach(async () => {
      for (const gateway of gateways) gateway.process.kill('SIGKILL');
      mobilePay.kill('SIGKILL');
      await balancer.close();
      await observer.close();
      await broker.destroy();
      rmSync(folder, { recursive: true });
    });

    async function knownTerminals(consoleUrl: string | null): Promise<number> {
      return (await call(`${consoleUrl}/healthz`)).json.knownTerminals;
    }
    const checkIn = (some: Till[]) =>
      Promise.all(
        some.map(({ beaconId }) => post(`${control}/phone`, { action: 'check-in', beaconId })),
      );
    async function notifications(): Promise<SimulatorState['notifications']> {
      return (await call(`${control}/state`)).json.notifications;
    }

    const underWay = async () =>
      (await notifications()).filter(({ state }) => state === 'under way').length;
    const commands = () => observer.seen.filter(({ topic }) => topic.endsWith('/checkin/notify'));

    test.each([
      ['SIGTERM', 0],
      ['SIGKILL', 'SIGKILL'],
    ] as const)('one ends by %s, and every check-in reaches its terminal', async (signal, code) => {
      const [ending] = gateways;
      await checkIn(tills.slice(0, 8));
      await expect.poll(underWay).toBe(0);
      const middle = checkIn(tills.slice(8, 16));
      await expect.poll(() => commands().length, { interval: 1 }).toBeGreaterThan(8);
      ending?.process.kill(signal);
      await middle;
      expect(await ending?.exited).toBe(code);
      await checkIn(tills.slice(16));
      await expect.poll(underWay, { timeout: 20_000 }).toBe(0);

      const all = await notifications();
      expect(all.map(({ state }) => state)).toEqual(tills.map(() => 'delivered'));
      // The balancer led some to the one that had gone: MobilePay's own repeats brought them over.
      expect(all.filter(({ attempts }) => attempts.length > 1).length).toBeGreaterThan(0);

      const reached = new Map<string, number>();
      for (const { json } of commands())
        reached.set(json.PosId, (reached.get(json.PosId) ?? 0) + 1);
      for (const { posId, attempts } of all) {
        const promised = attempts.filter(({ status }) => status === 200).length;
        expect(reached.get(posId) ?? 0, posId).toBeGreaterThanOrEqual(promised);
      }
      for (const [n, { posId }] of tills.entries()) {
        const topic = `beacon/1/till-${n}/command/checkin/notify`;
        expect(commands().some((each) => each.topic === topic && each.json.PosId === posId)).toBe(
          true,
        );
      }
      const senders = commands().map(({ packet }) =>
        packet.properties?.responseTopic?.split('/').at(-1),
      );
      expect(new Set(senders).size).toBe(2);
    });
  },
);
