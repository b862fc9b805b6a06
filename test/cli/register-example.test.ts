import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { BEACON_ID, type RunningTerminal, startTerminal } from './running-terminal.ts';

describe.skipIf(!mosquittoAvailable && !process.env['CI'])(
  'the example of a register (needs mosquitto)',
  () => {
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let terminal: RunningTerminal;

    beforeAll(async () => {
      broker = await startMosquitto();
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      terminal = await startTerminal('till-5', { broker, mobilePay });
    });
    afterAll(async () => {
      terminal.destroy();
      await mobilePay.close();
      await broker.destroy();
    });

    const wish = (name: string) => join(terminal.folder, name);

    /** What it prints grows in `said`. */
    function register(...args: string[]): { child: ChildProcess; said: () => string } {
      let said = '';
      const child = spawn(process.execPath, ['docs/examples/register.mjs', ...args], {
        env: {
          PATH: process.env['PATH'],
          MQTT_URL: broker.url,
          TERMINAL: 'beacon/1/till-5',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
      }
      return { child, said: () => said };
    }
    const endOf = async (child: ChildProcess) =>
      child.exitCode ?? ((await once(child, 'exit')) as [number])[0];
    const pays = (payment: () => void) => vi.waitFor(payment, { timeout: 20_000 });

    it('sells, though it is killed and the broker restarted in the middle', async () => {
      const first = register('12.50', wish('sale-1.json'));
      await pays(() => expect(first.said()).toContain('pending'));
      first.child.kill('SIGKILL');
      await broker.stop();
      mobilePay.phone.checkIn(BEACON_ID);
      await pays(() => mobilePay.phone.accept(BEACON_ID));
      await broker.start();
      const second = register('12.50', wish('sale-1.json'));
      expect(await endOf(second.child)).toBe(0);
      expect(second.said()).toMatch(/approved \nPaid: hand over the goods\.\n$/);
      expect(mobilePay.payments()).toHaveLength(1);
    });

    it('says what became of the sale when it is asked again', async () => {
      const again = register('12.50', wish('sale-1.json'));
      expect(await endOf(again.child)).toBe(0);
      expect(mobilePay.payments()).toHaveLength(1);
    });

    it('says that nothing will be taken when the customer refuses', async () => {
      const { child, said } = register('3.75', wish('sale-2.json'));
      await pays(() => expect(mobilePay.payments()).toHaveLength(2));
      mobilePay.phone.checkIn(BEACON_ID);
      await pays(() => mobilePay.phone.refuse(BEACON_ID));
      expect(await endOf(child)).toBe(1);
      expect(said()).toContain('declined customer-refused\nNot paid');
    });

    it('says why the terminal begins nothing', async () => {
      const { child, said } = register('0.00', wish('sale-3.json'));
      expect(await endOf(child)).toBe(1);
      expect(said()).toMatch(/^Nothing was begun: /);
      expect(mobilePay.payments()).toHaveLength(2);
    });

    it('says how it is used', async () => {
      const { child, said } = register('12,5');
      expect(await endOf(child)).toBe(64);
      expect(said()).toContain('Usage:');
    });
  },
);
