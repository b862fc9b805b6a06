import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { connectRegister, type RegisterClient } from '../../src/register/register-client.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { type Observer, observe } from '../mqtt/observer.ts';
import { beaconTerminal } from './beacon-terminal.ts';

const R = 'beacon/1/till-1';
const BEACON_ID = '123456789012345';
const patient = { timeout: 60_000, interval: 50 };

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'configuration from afar (needs mosquitto)',
  () => {
    let folder: string;
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let operator: Observer;
    let register: RegisterClient;
    let terminal: ChildProcess | undefined;
    let starts: number;
    let supervised: boolean;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'beacon-remote-config-'));
      broker = await startMosquitto();
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      mkdirSync(join(folder, 'secrets'));
      const secret = join(folder, 'secrets/mobilepay-client-secret');
      writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
      writeFileSync(
        join(folder, 'config.yaml'),
        stringify({
          terminal: { id: 'till-1' },
          secretsDir: join(folder, 'secrets'),
          mqtt: { url: broker.url },
          mobilepay: {
            baseUrl: mobilePay.url,
            clientId: DEMO_CLIENT_ID,
            merchantVat: DEMO_VAT,
          },
          pos: { name: 'Kasse 1', beaconId: BEACON_ID },
          journal: { path: join(folder, 'journal.db') },
          log: { level: 'error' },
        }),
      );
      operator = await observe(broker.url, 5, `${R}/#`, 'operator');
      starts = 0;
      supervised = true;
      start();
      register = await connectRegister({
        urls: [broker.url],
        prefix: 'beacon/1',
        terminalId: 'till-1',
        protocolVersion: 5,
        repeatAfterMs: 1_000,
      });
      await isIdle();
    });
    afterEach(async () => {
      supervised = false;
      if (terminal?.exitCode === null) {
        const gone = once(terminal, 'exit');
        terminal.kill('SIGTERM');
        await gone;
      }
      await register.close();
      await operator.close();
      await mobilePay.close();
      await broker.destroy();
      rmSync(folder, { recursive: true });
    });

    /** As systemd does with Restart=always. */
    function start() {
      starts += 1;
      const child = spawn(
        process.execPath,
        ['dist/main.js', 'run', '--config', join(folder, 'config.yaml')],
        { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env['PATH'] } },
      );
      terminal = child;
      child.once('exit', () => {
        if (supervised) start();
      });
    }
    const isIdle = () =>
      expect.poll(() => register.state, patient).toMatchObject({ online: true, phase: 'idle' });
    const wish = (config: object) =>
      operator.publish(`${R}/config/desired`, config, { retain: true });
    const reported = () =>
      operator.seen.findLast(({ topic }) => topic === `${R}/config/reported`)?.json;
    const outcome = () => ({ inForce: reported()?.version, ...reported()?.wish });
    const becomes = (expected: object) => expect.poll(outcome, patient).toMatchObject(expected);
    const stored = () => JSON.parse(readFileSync(join(folder, 'remote-config.json'), 'utf8'));

    /** A trial that cannot become healthy: it has ended to begin it, and finds no broker. */
    async function restartedWithoutBroker(config: object) {
      supervised = false;
      const ended = once(terminal as ChildProcess, 'exit');
      await wish(config);
      expect((await ended)[0]).toBe(0);
      await broker.stop();
      supervised = true;
      start();
    }

    function begin(orderId: string) {
      return register.send('payment/start', {
        orderId,
        amount: { currency: 'DKK', value: 1250 },
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      });
    }
    const payment = (orderId: string) =>
      mobilePay.payments().find((each) => each.orderId === orderId)?.status;

    it('waits for a payment, is applied by a restart, and shows in status and doctor', async () => {
      const reply = begin('order-1');
      await expect.poll(() => payment('order-1'), patient).toBe('Initiated');
      await wish({ version: 7, payment: { customerTimeoutSeconds: 5 } });
      await becomes({ inForce: null, outcome: 'waiting' });
      expect(starts).toBe(1);
      mobilePay.phone.checkIn(BEACON_ID);
      await expect.poll(() => payment('order-1'), patient).toBe('IssuedToUser');
      expect(starts).toBe(1);
      mobilePay.phone.accept(BEACON_ID);
      expect(await reply).toMatchObject({ ok: true });
      await becomes({ inForce: 7, outcome: 'applied' });
      expect(statSync(join(folder, 'remote-config.json')).mode & 0o777).toBe(0o600);
      expect(payment('order-1')).toBe('Captured');
      expect(starts).toBe(2);

      // Nobody pays: what is in force now gives the customer five seconds.
      await isIdle();
      register.followPayment('order-2', () => undefined);
      await begin('order-2');
      await expect
        .poll(() => register.payment('order-2'), patient)
        .toMatchObject({ outcome: 'declined', reason: 'customer-timeout' });

      const config = ['--config', join(folder, 'config.yaml')];
      const words = 'version 7 (payment.customerTimeoutSeconds 5)';
      expect((await beaconTerminal(['status', ...config])).stdout).toContain(words);
      const doctor = await beaconTerminal(['doctor', ...config]);
      expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toContain(words);
    });

    it('is refused with the key at fault, and nothing is restarted', async () => {
      await wish({ version: 7, mobilepay: { baseUrl: 'https://evil.example' } });
      await becomes({
        inForce: null,
        outcome: 'refused',
        problems: [{ field: 'mobilepay.baseUrl', message: 'is changed on the terminal only' }],
      });
      expect(starts).toBe(1);
    });

    it('is rolled back when the process is killed before it was healthy', async () => {
      await restartedWithoutBroker({ version: 7, log: { level: 'fatal' } });
      await expect.poll(() => stored().trial?.begun, patient).toBe(true);
      terminal?.kill('SIGKILL');
      while (starts < 3) await wait(20);
      await broker.start();
      await becomes({ inForce: null, outcome: 'rolled-back' });
      expect(stored()).toMatchObject({ inForce: null, trial: null, failed: { version: 7 } });
      await isIdle();
      const killed = starts;
      await wish({ version: 8, log: { level: 'fatal' } });
      await becomes({ inForce: 8, outcome: 'applied' });
      expect(starts).toBe(killed + 1);
    });

    it('is rolled back when the terminal is not online with it for a minute', async () => {
      await restartedWithoutBroker({ version: 7, payment: { customerTimeoutSeconds: 10 } });
      while (starts < 3) await wait(100);
      await broker.start();
      await becomes({ inForce: null, outcome: 'rolled-back' });
      expect(reported().wish.problems[0].message).toContain('no connection to the broker');
      await isIdle();
    }, 300_000);
  },
);
