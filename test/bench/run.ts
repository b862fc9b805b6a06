/**
 * `npm run bench`: one JSON line per figure, each beside the floor measured in the same run.
 * Needs mosquitto. `--sales N` (default 200, at least 200 for a figure to publish), `--journal N`
 * settled payments for the start-up figure (default 1,000,000).
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectAsync } from 'mqtt';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_VAT } from '../../src/simulator/demo.ts';
import type { Exchange } from '../../src/simulator/exchange.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { fillJournal } from '../journal/fill.ts';
import { startMosquitto } from '../mqtt/mosquitto.ts';
import type { Contender, Sale } from './contender.ts';
import {
  createWatch,
  median,
  residentMiB,
  sell,
  startContender,
  stopContender,
} from './contender.ts';

const { values: flags } = parseArgs({
  options: {
    sales: { type: 'string', default: '200' },
    starts: { type: 'string', default: '11' },
    journal: { type: 'string', default: '1000000' },
  },
});
const SALES = Number(flags.sales);
const STARTS = Number(flags.starts);
const SETTLED = Number(flags.journal);
const MEMORY_SALES = 1_000;
/** One reading shows where the garbage collector happens to be; the median of many does not. */
const MEMORY_READINGS = 100;

const project = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'beacon-bench-'));
const broker = await startMosquitto();
const listeners = new Set<(exchange: Exchange) => void>();
const simulator = await startSimulator({
  host: '127.0.0.1',
  port: 0,
  pollDelayMs: 5,
  loyaltyLookupMs: 0,
  onExchange: (exchange) => {
    for (const listener of listeners) listener(exchange);
  },
});
const client = await connectAsync(broker.url, { protocolVersion: 5 });
(client.stream as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
const watch = createWatch(client);
await client.subscribeAsync('bench/+/state', { qos: 1 });
await client.subscribeAsync('bench/+/event/#', { qos: 1 });

function print(figure: string, measured: Record<string, number | string | boolean>): void {
  const rounded = Object.entries(measured).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  ]);
  process.stdout.write(`${JSON.stringify({ figure, ...Object.fromEntries(rounded) })}\n`);
}

function terminal(name: string): Contender {
  const home = join(folder, name);
  const secrets = join(home, 'secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  writeFileSync(join(secrets, 'mobilepay-client-secret'), DEMO_CLIENT_SECRET, { mode: 0o600 });
  writeFileSync(
    join(home, 'config.yaml'),
    `terminal: { id: ${name}, locale: en }
secretsDir: ${secrets}
mqtt: { url: "${broker.url}", prefix: bench }
mobilepay: { baseUrl: "${simulator.url}", clientId: "${DEMO_CLIENT_ID}", merchantVat: ${DEMO_VAT} }
pos: { merchantBrandId: POSDK12345, merchantLocationId: "10001", name: ${name} }
beacon: { mode: off }
panel: { display: { driver: none }, lights: { driver: none }, buttons: { driver: none } }
journal: { path: ${join(home, 'journal.db')} }
log: { level: info }
`,
  );
  return {
    name: 'terminal',
    root: `bench/${name}`,
    merchantPosId: name,
    // By its own first line, as its users start it.
    command: [join(project, 'dist/main.js'), 'run', '--config', join(home, 'config.yaml')],
    env: {},
  };
}

function floor(name: string): Contender {
  const credentials = Buffer.from(`${DEMO_CLIENT_ID}:${DEMO_CLIENT_SECRET}`).toString('base64');
  return {
    name: 'floor',
    root: `bench/${name}`,
    merchantPosId: name,
    command: [process.execPath, fileURLToPath(new URL('./floor.js', import.meta.url))],
    env: {
      FLOOR_MQTT: broker.url,
      FLOOR_API: simulator.url,
      FLOOR_AUTHORIZATION: `Basic ${credentials}`,
      FLOOR_CLIENT_ID: DEMO_CLIENT_ID,
      FLOOR_VAT: DEMO_VAT,
      FLOOR_ROOT: `bench/${name}`,
      FLOOR_MERCHANT_POS_ID: name,
    },
  };
}

const world = {
  client,
  watch,
  exchanges: {
    when: async (fits: (exchange: Exchange) => boolean) =>
      await new Promise<Exchange>((resolve) => {
        const listener = (exchange: Exchange): void => {
          if (!fits(exchange)) return;
          listeners.delete(listener);
          resolve(exchange);
        };
        listeners.add(listener);
      }),
  },
  accept(merchantPosId: string): void {
    const pos = simulator.pos().find((candidate) => candidate.merchantPosId === merchantPosId);
    if (pos === undefined) throw new Error(`no PoS ${merchantPosId}`);
    simulator.phone.checkIn(pos.beaconId);
    simulator.phone.accept(pos.beaconId);
  },
};

/** The floor finds its PoS as the terminal does; a terminal of that name has made it before. */
async function makePos(name: string): Promise<void> {
  const { child } = await startContender(terminal(name), client, watch);
  await stopContender(child);
}

async function latencyAndMemory(): Promise<void> {
  const contenders = [terminal('till-bench'), floor('floor-bench')] as const;
  await makePos('floor-bench');
  const running: { contender: Contender; child: ChildProcess }[] = [];
  for (const contender of contenders) {
    const { child } = await startContender(contender, client, watch);
    running.push({ contender, child });
  }
  const sales: Record<Contender['name'], Sale[]> = { terminal: [], floor: [] };
  const resident: Record<Contender['name'], number[]> = { terminal: [], floor: [] };
  for (let sale = 0; sale < MEMORY_SALES; sale += 1) {
    for (const { contender } of running) {
      const measured = await sell(world, contender, `${contender.name}-${sale}`);
      // The first sales warm up both alike and are not counted.
      if (sale >= 20 && sale < 20 + SALES) sales[contender.name].push(measured);
    }
    for (const { contender, child } of running) {
      resident[contender.name].push(residentMiB(child.pid));
    }
  }
  for (const { child } of running) await stopContender(child);

  for (const [figure, pick, limit] of [
    ['command published → create arrives, ms', (sale: Sale) => sale.publishToCreateMs, 1.5],
    ['create answered → event received, ms', (sale: Sale) => sale.answerToEventMs, 1.5],
  ] as const) {
    const of = (name: Contender['name']) => median(sales[name].map(pick));
    const ratio = of('terminal') / of('floor');
    print(figure, {
      terminal: of('terminal'),
      floor: of('floor'),
      ratio,
      limit,
      met: ratio <= limit,
      sales: SALES,
    });
  }
  const until = (name: Contender['name'], sale: number) =>
    median(resident[name].slice(sale - MEMORY_READINGS, sale));
  const used = until('terminal', MEMORY_SALES);
  const base = until('floor', MEMORY_SALES);
  print('resident memory after 1,000 sales, MiB', {
    terminal: used,
    floor: base,
    ratio: used / base,
    limit: 1.4,
    met: used / base <= 1.4,
  });
  const half = MEMORY_SALES / 2;
  const grown = used / until('terminal', half);
  print('resident memory, 1,000 sales beside 500', {
    terminal: grown,
    floor: base / until('floor', half),
    limit: 1.05,
    met: grown <= 1.05,
  });
}

async function startUp(): Promise<void> {
  const online: Record<string, number[]> = { terminal: [], floor: [], settled: [] };
  const empty = terminal('till-start');
  const full = terminal('till-full');
  await makePos('floor-start');
  for (const contender of [empty, full]) {
    const { child } = await startContender(contender, client, watch);
    await stopContender(child);
  }
  fillJournal(join(folder, 'till-full', 'journal.db'), SETTLED);
  for (let start = 0; start < STARTS; start += 1) {
    for (const [name, contender] of [
      ['terminal', empty],
      ['floor', floor('floor-start')],
      ['settled', full],
    ] as const) {
      const { child, onlineMs } = await startContender(contender, client, watch);
      online[name]?.push(onlineMs);
      await stopContender(child);
    }
  }
  const of = (name: string) => median(online[name] ?? []);
  print('process start → online (idle), ms', {
    terminal: of('terminal'),
    floor: of('floor'),
    ratio: of('terminal') / of('floor'),
    limit: 2.5,
    met: of('terminal') / of('floor') <= 2.5,
    starts: STARTS,
  });
  print(`process start → online with ${SETTLED} settled payments, ms`, {
    terminal: of('settled'),
    empty: of('terminal'),
    ratio: of('settled') / of('terminal'),
    limit: 1.5,
    met: of('settled') / of('terminal') <= 1.5,
    starts: STARTS,
  });
}

try {
  await latencyAndMemory();
  await startUp();
} finally {
  await client.endAsync(true);
  await simulator.close();
  await broker.destroy();
  rmSync(folder, { recursive: true, force: true });
}
