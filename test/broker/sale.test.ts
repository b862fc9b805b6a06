import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { beaconTerminal } from '../cli/beacon-terminal.ts';
import { gatewayUnderTest, notificationOf } from '../gateway/harness.ts';
import { type Client, enter } from './client.ts';
import {
  Authority,
  startTemplateBroker,
  type TemplateBroker,
  templatesToolsMissing,
} from './templates.ts';

const BEACON_ID = '123456789012345';
const patient = { timeout: 20_000 };

describe.skipIf(templatesToolsMissing && !process.env['CI'])(
  'a shop over a broker by the templates (needs mosquitto, openssl and faketime)',
  () => {
    let folder: string;
    let authority: Authority;
    let broker: TemplateBroker;
    let mobilePay: Simulator;
    let terminal: ChildProcess;
    let register: Client;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'beacon-secured-shop-'));
      authority = new Authority();
      broker = await startTemplateBroker(authority);
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      mkdirSync(join(folder, 'secrets'));
      const secret = join(folder, 'secrets/mobilepay-client-secret');
      writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
      register = await enter(broker.url, authority.admit('register-1'));
      await register.mqtt.subscribeAsync('beacon/1/till-1/#', { qos: 1 });
      terminal = spawn(process.execPath, ['dist/main.js', 'run', '--config', config('till-1')], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env['PATH'] },
      });
      await once(createInterface({ input: terminal.stdout as NodeJS.ReadableStream }), 'line');
    });
    afterEach(async () => {
      if (terminal.exitCode === null) {
        terminal.kill('SIGTERM');
        await once(terminal, 'exit');
      }
      await register.close();
      await mobilePay.close();
      await broker.destroy();
      rmSync(folder, { recursive: true });
    });

    /** A config file that lets in whoever the certificate names. */
    function config(name: string): string {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(
        path,
        stringify({
          terminal: { id: 'till-1' },
          secretsDir: join(folder, 'secrets'),
          mqtt: { url: broker.url, ...authority.admit(name) },
          mobilepay: {
            baseUrl: mobilePay.url,
            clientId: DEMO_CLIENT_ID,
            merchantVat: DEMO_VAT,
          },
          pos: { name: 'Kasse 1', beaconId: BEACON_ID, callbackAlias: 'shop' },
          journal: { path: join(folder, 'journal.db') },
          log: { level: 'error' },
        }),
      );
      return path;
    }
    async function payment(status: string) {
      await expect.poll(() => mobilePay.payments().at(-1)?.status, patient).toBe(status);
    }
    const heardOn = (topic: string) =>
      register.heard
        .filter((line) => line.startsWith(`beacon/1/till-1/${topic} `))
        .map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));

    it('sells: the register asks, the customer pays, and the money is captured', async () => {
      const paying = beaconTerminal(['pay', '12.50', '--config', config('register-1')]);
      await payment('Initiated');
      mobilePay.phone.checkIn(BEACON_ID);
      await payment('IssuedToUser');
      mobilePay.phone.accept(BEACON_ID);
      expect(await paying).toMatchObject({ code: 0 });
      await payment('Captured');
      await expect
        .poll(() => heardOn('event/payment').map((each) => each.platformStatus), patient)
        .toContain('Captured');
      await expect.poll(() => heardOn('state').at(-1)?.phase, patient).toBe('idle');
    });

    it('lets whoever looks after it ask how it is, and start no payment', async () => {
      const papers = authority.admit('care');
      const files = (['ca', 'cert', 'key'] as const).flatMap((name) => {
        const path = join(folder, `care-${name}.pem`);
        writeFileSync(path, papers[name], { mode: 0o600 });
        return [`--${name}`, path];
      });
      const address = ['--mqtt-url', broker.url, '--terminal', 'till-1', '--username', 'care'];
      const send = (...command: string[]) =>
        beaconTerminal(['send', ...command, ...address, ...files]);
      const asked = await send('terminal/log-level', '{"level":"debug"}');
      expect(asked).toMatchObject({ code: 0 });
      expect(JSON.parse(asked.stdout)).toMatchObject({ ok: true });
      expect(heardOn('reply')).toEqual([]);
      const start = '{"orderId":"C1","amount":{"currency":"DKK","value":100}}';
      expect((await send('--timeout', '3', 'payment/start', start)).code).not.toBe(0);
      expect(mobilePay.payments()).toEqual([]);
    });

    it('takes a certificate only with its key', async () => {
      const address = ['--mqtt-url', broker.url, '--terminal', 'till-1', '--cert', 'care.pem'];
      expect(await beaconTerminal(['send', 'terminal/identify', ...address])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('--cert and --key are given together'),
      });
    });

    it("passes a gateway's notification on, and nothing else of it", async () => {
      const { ca, cert, key } = authority.admit('gateway-1');
      const gateway = await gatewayUnderTest(broker.url, { mqtt: { ca, cert, key } });
      await gateway.ready;
      const posId = mobilePay.pos()[0]?.posId ?? '';
      mobilePay.phone.checkIn(BEACON_ID);
      expect(await gateway.post(notificationOf(posId))).toMatchObject({ status: 200 });
      await expect.poll(() => heardOn('event/checkin').length, patient).toBeGreaterThan(0);
      expect(heardOn('event/checkin')[0]).toMatchObject({ via: 'notification', checkedIn: true });
    });
  },
);
