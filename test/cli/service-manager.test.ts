import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { createServiceManager } from '../../src/commands/service-manager.ts';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { listenForNotices, type Message } from './notify-socket.ts';

const missing = ['systemd-notify', 'python3'].some(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);
const SOON = { timeout: 20_000 };

async function stage() {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-notify-'));
  const socket = join(folder, 'notify');
  const { messages, close } = await listenForNotices(socket);
  onTestFinished(() => {
    close();
    rmSync(folder, { recursive: true });
  });
  const said = (wanted: Message) => messages.filter((each) => isPart(wanted, each)).length;
  return { folder, socket, messages, said };
}

function isPart(wanted: Message, message: Message): boolean {
  return Object.entries(wanted).every(([name, value]) => message[name] === value);
}

/** `run` without a broker: nothing of this needs one. */
function startRun(folder: string, socket: string, baseUrl: string) {
  const config = {
    terminal: { id: 'till-8' },
    secretsDir: join(folder, 'secrets'),
    mqtt: { url: 'mqtt://127.0.0.1:9' },
    mobilepay: { baseUrl, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
    pos: { merchantBrandId: DEMO_BRAND_ID, merchantLocationId: DEMO_LOCATION_ID, name: 'Kasse 8' },
    journal: { path: join(folder, 'journal.db') },
  };
  mkdirSync(join(folder, 'secrets'));
  const secret = join(folder, 'secrets/mobilepay-client-secret');
  writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
  writeFileSync(join(folder, 'config.yaml'), stringify(config));
  const path = process.env['PATH'];
  const terminal = spawn(
    process.execPath,
    ['dist/main.js', 'run', '--config', join(folder, 'config.yaml')],
    { stdio: 'ignore', env: { PATH: path, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' } },
  );
  onTestFinished(() => void terminal.kill('SIGKILL'));
  return terminal;
}

describe.skipIf(missing && !process.env['CI'])(
  'run under systemd (needs systemd-notify and python3)',
  () => {
    it('says when it is ready, feeds the watchdog, and says when it stops', async () => {
      const { folder, socket, messages, said } = await stage();
      const mobilePay = await startSimulator({ host: '127.0.0.1', port: 0 });
      onTestFinished(() => mobilePay.close());
      const terminal = startRun(folder, socket, mobilePay.url);
      await vi.waitFor(() => expect(said({ WATCHDOG: '1' })).toBeGreaterThan(2), SOON);
      expect(said({ READY: '1' })).toBe(1);
      expect(messages[0]).toMatchObject({ STATUS: 'Starting; no connection to the broker' });
      const status = messages.findLast((each) => each['STATUS'] !== undefined);
      expect(status).toMatchObject({ STATUS: 'Takes payments; no connection to the broker' });
      terminal.kill('SIGTERM');
      expect(await once(terminal, 'exit')).toEqual([0, null]);
      await vi.waitFor(() => expect(said({ STOPPING: '1' })).toBe(1), SOON);
    });

    it('has started, out of order, where MobilePay cannot be reached', async () => {
      const { folder, socket, messages, said } = await stage();
      startRun(folder, socket, 'http://127.0.0.1:9');
      await vi.waitFor(() => expect(said({ READY: '1' })).toBe(1), SOON);
      const status = messages.findLast((each) => each['STATUS'] !== undefined);
      expect(status?.['STATUS']).toMatch(/^Out of order; no connection to the broker/);
    });

    it('does not feed the watchdog once something of the engine stands still', async () => {
      const { socket, messages, said } = await stage();
      const log: string[] = [];
      const logger = pino({}, { write: (line: string) => void log.push(line) });
      const env = { NOTIFY_SOCKET: socket, PATH: process.env['PATH'], WATCHDOG_USEC: '200000' };
      const manager = createServiceManager(env, logger);
      let looks = 0;
      manager.guard(() => {
        looks += 1;
        return looks <= 2 ? null : 'a payment gets no further';
      });
      await vi.waitFor(() => expect(log).toHaveLength(2), SOON);
      await manager.stopping();
      await vi.waitFor(() => expect(said({ STOPPING: '1' })).toBe(1), SOON);
      expect(messages.filter((each) => each['WATCHDOG'] === '1').length).toBeLessThanOrEqual(2);
      expect(said({ WATCHDOG: '1' })).toBeGreaterThan(0);
      expect(log[0]).toContain('a payment gets no further');
    });

    it("leaves another process's watchdog alone, and is silent without a socket", async () => {
      const { socket, messages, said } = await stage();
      const logger = pino({ level: 'silent' });
      const env = { NOTIFY_SOCKET: socket, PATH: process.env['PATH'], WATCHDOG_USEC: '20000' };
      const other = createServiceManager({ ...env, WATCHDOG_PID: '1' }, logger);
      const deaf = createServiceManager({ ...env, NOTIFY_SOCKET: undefined }, logger);
      let looks = 0;
      const look = () => {
        looks += 1;
        return null;
      };
      other.guard(look);
      deaf.guard(look);
      deaf.ready();
      await other.stopping();
      await vi.waitFor(() => expect(said({ STOPPING: '1' })).toBe(1), SOON);
      expect({ looks, messages }).toEqual({ looks: 0, messages: [{ STOPPING: '1' }] });
    });
  },
);
