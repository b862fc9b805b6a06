import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
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
import { startBroker } from '../../src/world/broker.ts';
import { EpsonDisplay } from '../panel/epson-display.ts';
import { createPtyPair, type PtyPair, skipWithoutSocat } from '../serial/pty-pair.ts';
import { beaconTerminal } from './beacon-terminal.ts';

const BEACON_ID = '123456789012345';
const patience = { timeout: 30_000 };

describe.skipIf(skipWithoutSocat)('what stands on the counter (needs socat)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-counter-'));
  const config = join(folder, 'config.yaml');
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let mobilePay: Simulator;
  let displayCable: PtyPair;
  let registerCable: PtyPair;
  let terminal: ChildProcess;
  let log: Promise<string>;

  const shown = () =>
    new EpsonDisplay().feed(displayCable.received()).lines.map((line) => line.trim());
  const shows = (...lines: string[]) => vi.waitFor(() => expect(shown()).toEqual(lines), patience);

  beforeAll(async () => {
    broker = await startBroker({
      host: '127.0.0.1',
      port: 0,
      onMessage: () => {},
      onClient: () => {},
    });
    mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, pollDelayMs: 50 });
    displayCable = await createPtyPair();
    registerCable = await createPtyPair();
    mkdirSync(join(folder, 'secrets'));
    const secret = join(folder, 'secrets/mobilepay-client-secret');
    writeFileSync(secret, DEMO_CLIENT_SECRET, { mode: 0o600 });
    writeFileSync(
      config,
      stringify({
        terminal: { id: 'till-8' },
        secretsDir: join(folder, 'secrets'),
        mqtt: { url: broker.url, protocolVersion: 4 },
        mobilepay: { baseUrl: mobilePay.url, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
        pos: {
          merchantBrandId: DEMO_BRAND_ID,
          merchantLocationId: DEMO_LOCATION_ID,
          name: 'Kasse 8',
          beaconId: BEACON_ID,
        },
        panel: {
          display: { driver: 'escpos', port: displayCable.port },
          lights: { driver: 'led-class', leds: { green: 'no-1', yellow: 'no-2', red: 'no-3' } },
        },
        whiteBox: { port: registerCable.port },
        journal: { path: join(folder, 'journal.db') },
      }),
    );
    const started = spawn(process.execPath, ['dist/main.js', 'run', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] },
    });
    terminal = started;
    log = text(started.stderr);
    await once(createInterface({ input: started.stdout }), 'line');
  });
  afterAll(async () => {
    terminal.kill('SIGKILL');
    await mobilePay.close();
    await broker.close();
    await displayCable.dispose();
    await registerCable.dispose();
    rmSync(folder, { recursive: true });
  });

  it('a sale is told on the customer display, although the lights are missing', async () => {
    await shows('Betal med MobilePay', 'Scan koden');
    const paid = beaconTerminal(['pay', '12.50', '--order', 'C1', '--config', config]);
    await shows('Åbn MobilePay', '12,50 kr.');
    mobilePay.phone.checkIn(BEACON_ID);
    await shows('Bekræft betalingen', '12,50 kr.');
    mobilePay.phone.accept(BEACON_ID);
    await shows('Godkendt', '12,50 kr.');
    expect((await paid).code).toBe(0);
    await shows('Betal med MobilePay', 'Scan koden');
  });

  it('a register that asks the white box is told the id', async () => {
    registerCable.send(Buffer.from('AT+BEACONID=?\r'));
    await vi.waitFor(
      () => expect(registerCable.received().toString()).toBe(`${BEACON_ID}\r\n`),
      patience,
    );
  });

  it('a display that is pulled out and plugged in again shows what it should', async () => {
    await displayCable.unplug();
    await displayCable.plug();
    await shows('Betal med MobilePay', 'Scan koden');
  });

  it('at a clean stop the display says so', async () => {
    terminal.kill('SIGTERM');
    expect(await once(terminal, 'exit')).toEqual([0, null]);
    await shows('Terminal slukket', '');
    expect(await log).toContain('"fault":"gpio-missing"');
  });
});
