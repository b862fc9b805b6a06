import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import { type GatewayProcess, startGatewayProcess } from '../cli/gateway-process.ts';
import { call, post } from '../gateway/harness.ts';
import { makeSelfSigned, opensslAvailable } from '../gateway/self-signed.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { type Observer, observe } from '../mqtt/observer.ts';

const patient = { timeout: 20_000 };
const ROOT = 'beacon/1/till-7';

describe.skipIf(!(mosquittoAvailable && opensslAvailable) && !process.env['CI'])(
  'a customer at a terminal that shows its QR code all day (needs mosquitto and openssl)',
  () => {
    let folder: string;
    let broker: Mosquitto;
    let observer: Observer;
    let gateway: GatewayProcess;
    const children: ChildProcess[] = [];

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'beacon-notified-'));
      broker = await startMosquitto();
      observer = await observe(broker.url, 5);
    });
    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      gateway.process.kill('SIGKILL');
      await observer.close();
      await broker.destroy();
      rmSync(folder, { recursive: true });
    });

    function start(args: string[], env: NodeJS.ProcessEnv = {}) {
      const child = spawn(process.execPath, ['dist/main.js', ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: process.env['PATH'], ...env },
      });
      children.push(child);
      return once(createInterface({ input: child.stdout }), 'line');
    }

    function write(name: string, config: object): string {
      const path = join(folder, name);
      writeFileSync(path, stringify(config));
      return path;
    }

    test('is known to the register by a notification, although nobody was invited', async () => {
      const files = { cert: join(folder, 'gateway.pem'), key: join(folder, 'gateway.key') };
      makeSelfSigned(files);
      gateway = startGatewayProcess(
        write('gateway.yaml', {
          mqtt: { url: broker.url },
          gateway: { listen: '127.0.0.1', port: 0, ...files },
          console: { port: 0 },
        }),
      );
      const { url, console: health } = await gateway.ready;
      const ports = ['--port', '0', '--api-port', '0'];
      const [line] = await start(['simulator', ...ports, '--callback', `shop=${url}`], {
        NODE_EXTRA_CA_CERTS: files.cert,
      });
      const { api, console: control } = JSON.parse(String(line));

      mkdirSync(join(folder, 'secrets'));
      const secret = join(folder, 'secrets/mobilepay-client-secret');
      writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
      const config = write('till.yaml', {
        terminal: { id: 'till-7' },
        secretsDir: join(folder, 'secrets'),
        mqtt: { url: broker.url },
        mobilepay: { baseUrl: api, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
        pos: { name: 'Kasse 7', callbackAlias: 'shop' },
        journal: { path: join(folder, 'journal.db') },
      });
      await start(['run', '--config', config]);
      await expect
        .poll(async () => (await call(`${health}/healthz`)).json.knownTerminals, patient)
        .toBe(1);

      const [{ beaconId }] = (await call(`${control}/state`)).json.pos;
      await post(`${control}/phone`, { action: 'check-in', beaconId });

      const events = () => observer.seen.filter(({ topic }) => topic === `${ROOT}/event/checkin`);
      await expect.poll(() => events().map(({ json }) => json.checkedIn), patient).toContain(true);
      expect(events().map(({ json }) => json.via)).toEqual(['notification']);
    });
  },
);
