import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { OnlineState } from '../../src/contract/messages.ts';
import { connectRegister, type RegisterClient } from '../../src/register/register-client.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { beaconTerminal } from './beacon-terminal.ts';

const patient = { timeout: 20_000 };
const shop = (merchantLocationId: string, storeName: string) => ({
  merchantVat: DEMO_VAT,
  merchantBrandId: 'POSDK12345',
  merchantLocationId,
  storeName,
});

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'a terminal and its point of sale at MobilePay (needs mosquitto)',
  () => {
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let register: RegisterClient;
    let folder: string;
    let running: { process: ChildProcess; log: Promise<string> } | undefined;

    beforeAll(async () => {
      broker = await startMosquitto();
    });
    afterAll(() => broker.destroy());

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'beacon-pos-'));
      mkdirSync(join(folder, 'secrets'));
      writeFileSync(join(folder, 'secrets/mobilepay-client-secret'), DEMO_CLIENT_SECRET, {
        mode: 0o600,
      });
      mobilePay = await startSimulator({
        host: '127.0.0.1',
        port: 0,
        pollDelayMs: 50,
        stores: [shop('10001', 'Bageriet'), shop('10002', 'Kiosken')],
      });
      register = await connectRegister({
        urls: [broker.url],
        prefix: 'beacon/1',
        terminalId: 'till-7',
        protocolVersion: 5,
      });
    });
    afterEach(async () => {
      running?.process.kill('SIGKILL');
      running = undefined;
      await register.close();
      await mobilePay.close();
      rmSync(folder, { recursive: true });
    });

    const config = () => join(folder, 'config.yaml');

    /** Starts the terminal; one that runs already is stopped before. */
    async function run(pos: Record<string, unknown>): Promise<void> {
      await stop();
      writeFileSync(
        config(),
        stringify({
          terminal: { id: 'till-7' },
          secretsDir: join(folder, 'secrets'),
          mqtt: { url: broker.url },
          mobilepay: { baseUrl: mobilePay.url, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
          pos: { name: 'Kasse 7', ...pos },
          journal: { path: join(folder, 'journal.db') },
        }),
      );
      const started = spawn(process.execPath, ['dist/main.js', 'run', '--config', config()], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: process.env['PATH'] },
      });
      running = { process: started, log: text(started.stderr) };
    }

    /** What it has logged, as it ends. */
    async function stop(): Promise<string> {
      if (running === undefined) return '';
      const { process: ending, log } = running;
      running = undefined;
      ending.kill('SIGTERM');
      await once(ending, 'exit');
      await vi.waitFor(() => expect(register.state).toMatchObject({ online: false }), patient);
      return await log;
    }

    async function untilPhase(phase: OnlineState['phase']): Promise<void> {
      await vi.waitFor(
        () => expect(register.state).toMatchObject({ online: true, phase }),
        patient,
      );
    }

    const ok = { ok: true };

    it('whose name is another now is made anew with its beacon id, and sells', async () => {
      const store = mobilePay.stores()[0]?.storeId;
      await run({ storeId: store });
      await untilPhase('idle');
      const [before] = mobilePay.pos();
      await run({ storeId: store, name: 'Kasse ved døren' });
      await vi.waitFor(
        () => expect(mobilePay.pos()).toMatchObject([{ name: 'Kasse ved døren' }]),
        patient,
      );
      await untilPhase('idle');
      const [after] = mobilePay.pos();
      expect(after?.posId).not.toBe(before?.posId);
      expect(after?.beaconId).toBe(before?.beaconId);
      const paid = beaconTerminal(['pay', '12.50', '--order', 'A1', '--config', config()]);
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(1), patient);
      mobilePay.phone.checkIn(after?.beaconId ?? '');
      await vi.waitFor(() => mobilePay.phone.accept(after?.beaconId ?? ''), patient);
      expect((await paid).code).toBe(0);
      expect(mobilePay.violations).toEqual([]);
    });

    it('of which nobody named the store: log, status and diagnose say which there are', async () => {
      const [first, second] = mobilePay.stores();
      const advice = `MobilePay lists 2 stores for mobilepay.merchantVat: Bageriet (${first?.storeId}), Kiosken (${second?.storeId}). Set pos.storeId to the id of one of them.`;
      await run({});
      await untilPhase('out-of-order');
      const diagnosis = await register.send('terminal/diagnose', {});
      expect(diagnosis).toMatchObject({ ok: true, result: { setupProblem: advice } });
      const status = await beaconTerminal(['status', '--config', config()]);
      expect(status.stdout).toContain(advice);
      await run({ storeId: second?.storeId });
      await untilPhase('idle');
      expect(mobilePay.pos()).toMatchObject([{ storeId: second?.storeId }]);
      expect((await beaconTerminal(['status', '--config', config()])).stdout).not.toContain(
        'Trouble',
      );
    });

    it('whose store is activated later opens by itself', async () => {
      const [store] = mobilePay.stores();
      mobilePay.setStoreActivated(store?.storeId ?? '', false);
      await run({ storeId: store?.storeId });
      await untilPhase('out-of-order');
      mobilePay.setStoreActivated(store?.storeId ?? '', true);
      await untilPhase('idle');
      expect(await stop()).toMatch(/The store is not activated at MobilePay/);
    });

    it('is asked who checks in when the register wants to know, and not before', async () => {
      const heard: unknown[] = [];
      register.listen({ onEvent: (name, event) => void heard.push({ name, event }) });
      await run({ merchantBrandId: 'POSDK12345', merchantLocationId: '10001' });
      await untilPhase('idle');
      const [pos] = mobilePay.pos();
      mobilePay.phone.checkIn(pos?.beaconId ?? '', '+4512345678', ['club-1']);
      expect(mobilePay.count('getCheckin')).toBe(0);
      expect(await register.send('checkin/watch', { on: true })).toMatchObject(ok);
      await untilPhase('checked-in');
      await vi.waitFor(
        () =>
          expect(heard).toContainEqual({
            name: 'checkin',
            event: expect.objectContaining({ checkedIn: true, loyaltyIds: ['club-1'] }),
          }),
        patient,
      );
      expect(await register.send('checkin/watch', { on: false })).toMatchObject(ok);
      await untilPhase('idle');
      expect(mobilePay.violations).toEqual([]);
      expect(await stop()).not.toContain('club-1');
    });

    it('is logged about as much as the register wants', async () => {
      await run({ merchantBrandId: 'POSDK12345', merchantLocationId: '10001' });
      await untilPhase('idle');
      expect(await register.send('terminal/log-level', { level: 'debug' })).toMatchObject(ok);
      await register.send('payment/get', { orderId: 'A9' });
      const log = await stop();
      const lines = log.trimEnd().split('\n');
      const said = lines.findIndex((line) => line.includes('the log level changes'));
      const levels = (part: string[]) => part.map((line) => JSON.parse(line).level as string);
      expect(levels(lines.slice(0, said))).not.toContain('debug');
      expect(levels(lines.slice(said))).toContain('debug');
    });
  },
);
