import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { beaconTerminal } from './beacon-terminal.ts';

const BEACON_ID = '123456789012345';
const openssl = process.env['OPENSSL'] ?? 'openssl';
const missing = !mosquittoAvailable || spawnSync(openssl, ['version']).status !== 0;

/** Speaks TLS to the outside, and passes what it hears on to the port behind it. */
async function tlsInFrontOf(port: number, key: string, cert: string): Promise<Server> {
  const server = createServer({ key, cert }, (outside) => {
    const inside = connect(port, '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    for (const end of [inside, outside]) {
      end.on('error', () => {
        inside.destroy();
        outside.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe.skipIf(missing && !process.env['CI'])(
  'a sale over TLS alone, to MobilePay and to the broker (needs mosquitto and openssl)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-secure-'));
    const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.pem')];
    const config = join(folder, 'config.yaml');
    let broker: Mosquitto;
    let mobilePay: Simulator;
    let secure: Server;
    let terminal: ChildProcess;

    beforeAll(async () => {
      const made = spawnSync(openssl, [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
        ...['-keyout', key, '-out', cert],
      ]);
      expect(made.status, String(made.stderr)).toBe(0);
      broker = await startMosquitto(`allow_anonymous true\ncertfile ${cert}\nkeyfile ${key}`);
      mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
      const { port } = new URL(mobilePay.url);
      secure = await tlsInFrontOf(
        Number(port),
        readFileSync(key, 'utf8'),
        readFileSync(cert, 'utf8'),
      );
      const apiPort = (secure.address() as AddressInfo).port;
      mkdirSync(join(folder, 'secrets'));
      writeFileSync(join(folder, 'secrets/mobilepay-client-secret'), DEMO_CLIENT_SECRET, {
        mode: 0o600,
      });
      writeFileSync(
        config,
        stringify({
          terminal: { id: 'till-8' },
          secretsDir: join(folder, 'secrets'),
          mqtt: { url: `mqtts://localhost:${broker.port}`, ca: cert },
          mobilepay: {
            baseUrl: `https://localhost:${apiPort}`,
            clientId: DEMO_CLIENT_ID,
            merchantVat: DEMO_VAT,
          },
          pos: {
            merchantBrandId: DEMO_BRAND_ID,
            merchantLocationId: DEMO_LOCATION_ID,
            name: 'Kasse 8',
            beaconId: BEACON_ID,
          },
          journal: { path: join(folder, 'journal.db') },
        }),
      );
    });
    afterAll(async () => {
      terminal?.kill('SIGKILL');
      secure?.close();
      await mobilePay?.close();
      await broker?.destroy();
      rmSync(folder, { recursive: true });
    });

    function start(env: Record<string, string>): ChildProcess {
      return spawn(process.execPath, ['dist/main.js', 'run', '--config', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], ...env },
      });
    }

    it('is refused to a server whose certificate nobody vouches for', async () => {
      const distrusting = start({});
      const log = createInterface({ input: distrusting.stderr as NodeJS.ReadableStream });
      const lines: string[] = [];
      log.on('line', (line) => lines.push(line));
      await vi.waitFor(() => expect(lines.join('\n')).toMatch(/SELF_SIGNED|no session/), {
        timeout: 20_000,
      });
      distrusting.kill('SIGKILL');
      expect(mobilePay.exchanges()).toEqual([]);
    });

    it('ends approved, with everything verified', async () => {
      terminal = start({ NODE_EXTRA_CA_CERTS: cert });
      const input = terminal.stdout as NodeJS.ReadableStream;
      await once(createInterface({ input }), 'line');
      const paid = beaconTerminal(['pay', '12.50', '--order', 'S1', '--config', config]);
      await vi.waitFor(() => expect(mobilePay.payments()).toHaveLength(1), { timeout: 20_000 });
      mobilePay.phone.checkIn(BEACON_ID);
      await vi.waitFor(() => mobilePay.phone.accept(BEACON_ID), { timeout: 20_000 });
      expect(await paid).toMatchObject({ code: 0, stderr: '' });
    });
  },
);
