import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Mosquitto, mosquittoAvailable, startMosquitto } from '../mqtt/mosquitto.ts';
import { Registers, type Sale } from './registers.ts';
import { type TerminalSetUp, Worker } from './worker.ts';

/** `FLEET_TERMINALS=100 npm run test:fleet` for a smaller one. */
const TERMINALS = Number(process.env['FLEET_TERMINALS'] ?? 500);
const PROCESSES = Math.min(10, TERMINALS);
const SALES_EACH = 2;
/** Customers who pay at the same moment. */
const AT_ONCE = 50;
const MINUTE_MS = 60_000;

const numbers = Array.from({ length: TERMINALS }, (_, n) => n);
const idOf = (n: number) => `till-${n}`;
const beaconIdOf = (terminalId: string) => `9${terminalId.slice('till-'.length).padStart(14, '0')}`;
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** The limits of docs/broker/beacon.conf, without its TLS and its rights. */
function limitsOfTheTemplate(): string {
  const kept = /^(max_|autosave_|persistent_)/;
  const lines = readFileSync('docs/broker/beacon.conf', 'utf8').split('\n');
  const limits = lines.filter((line) => kept.test(line));
  // Options of a listener stand behind theirs.
  return ['allow_anonymous true', ...limits].join('\n');
}

describe.skipIf(!mosquittoAvailable && !process.env['CI'])('a fleet (needs mosquitto)', () => {
  let folder: string;
  let broker: Mosquitto;
  let mobilePay: Simulator;
  let registers: Registers;
  const workers: Worker[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'beacon-fleet-'));
    broker = await startMosquitto(limitsOfTheTemplate());
    mobilePay = await startSimulator({ host: '127.0.0.1', port: 0, loyaltyLookupMs: 0 });
    registers = await Registers.open(broker.url);
    registers.onSnapshot = attend;
  });
  afterAll(async () => {
    await registers?.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await mobilePay?.close();
    await broker?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  function setUp(n: number): TerminalSetUp {
    const terminalId = idOf(n);
    return {
      secret: DEMO_CLIENT_SECRET,
      config: {
        terminal: { id: terminalId },
        mqtt: { url: broker.url },
        mobilepay: { baseUrl: mobilePay.url, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
        pos: {
          merchantBrandId: DEMO_BRAND_ID,
          merchantLocationId: DEMO_LOCATION_ID,
          name: `Kasse ${n}`,
          beaconId: beaconIdOf(terminalId),
        },
        beacon: { mode: 'off' },
        panel: {
          display: { driver: 'none' },
          lights: { driver: 'none' },
          buttons: { driver: 'none' },
        },
        journal: { path: join(folder, `${terminalId}.db`) },
      },
    };
  }

  /** What the customer does. */
  function attend({ terminalId }: Sale, { platformStatus }: { platformStatus: string | null }) {
    const beaconId = beaconIdOf(terminalId);
    if (platformStatus === 'Initiated') mobilePay.phone.checkIn(beaconId);
    if (platformStatus === 'IssuedToUser') mobilePay.phone.accept(beaconId);
  }

  const isOver = ({ newest }: Sale) => newest?.platformStatus === 'Captured';
  const over = () => [...registers.sales.values()].filter(isOver).length;

  /** A sale at each terminal, so many at a time; `halfway` happens in the middle of it. */
  async function sellEverywhere(round: number, halfway?: () => Promise<void>) {
    const before = over();
    const deadline = performance.now() + 4 * MINUTE_MS;
    const waiting = [...numbers];
    let begun = 0;
    let happening: Promise<void> | undefined;
    while (over() - before < TERMINALS) {
      if (performance.now() > deadline) throw new Error(`only ${over() - before} sales are over`);
      while (waiting.length > 0 && begun - (over() - before) < AT_ONCE) {
        const id = idOf(waiting.shift() ?? 0);
        registers.start(id, `${id}-sale-${round}`);
        begun += 1;
      }
      if (over() - before >= TERMINALS / 2) happening ??= halfway?.();
      await wait(20);
    }
    await happening;
  }

  it(
    `of ${TERMINALS} terminals in ${PROCESSES} processes loses nothing when the broker restarts`,
    async () => {
      for (let n = 0; n < PROCESSES; n += 1) workers.push(new Worker());
      const residentBytes = async () => {
        const all = await Promise.all(workers.map((worker) => worker.residentBytes()));
        return all.reduce((sum, each) => sum + each, 0);
      };
      const empty = await residentBytes();
      const startedAt = performance.now();
      await Promise.all(
        workers.map((worker, place) =>
          worker.start(numbers.filter((n) => n % PROCESSES === place).map(setUp)),
        ),
      );
      const startMs = performance.now() - startedAt;
      await expect.poll(() => registers.terminals.size, { timeout: 30_000 }).toBe(TERMINALS);
      const idle = await residentBytes();

      const sellingAt = performance.now();
      const heardBefore = registers.messages;
      await sellEverywhere(1);
      const sellMs = performance.now() - sellingAt;
      const heard = registers.messages - heardBefore;
      const latencies = [...registers.sales.values()].flatMap((sale) => sale.answeredAfterMs ?? []);

      let backMs = 0;
      await sellEverywhere(2, async () => {
        await broker.stop();
        for (const terminal of registers.terminals.values()) terminal.online = false;
        await wait(2_000);
        const from = performance.now();
        await broker.start();
        const away = () => [...registers.terminals.values()].some(({ online }) => !online);
        await expect.poll(away, { timeout: 90_000, interval: 50 }).toBe(false);
        backMs = performance.now() - from;
      });
      const after = await residentBytes();

      await expect.poll(() => registers.missing(), { timeout: 30_000 }).toEqual([]);
      expect(registers.problems).toEqual([]);
      const sales = [...registers.sales.values()];
      expect(sales).toHaveLength(TERMINALS * SALES_EACH);
      expect(sales.every(({ reply, newest }) => reply?.ok && newest?.outcome === 'approved')).toBe(
        true,
      );
      // One payment per order, and each took the money.
      const payments = mobilePay.payments();
      expect(new Set(payments.map(({ orderId }) => orderId)).size).toBe(sales.length);
      expect(payments).toHaveLength(sales.length);
      expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(['Captured']));
      expect(mobilePay.violations).toEqual([]);
      const ends = await Promise.all(workers.map((worker) => worker.stop()));
      expect(new Set(ends)).toEqual(new Set([0]));

      const sorted = latencies.toSorted((a, b) => a - b);
      const share = (part: number) => sorted[Math.floor(sorted.length * part)]?.toFixed(0);
      const brokerRss = readFileSync(`/proc/${broker.pid}/status`, 'utf8').match(
        /VmRSS:\s+(\d+)/,
      )?.[1];
      process.stdout.write(
        `${[
          `fleet: ${TERMINALS} terminals in ${PROCESSES} processes, ${sales.length} sales`,
          `  until all were idle: ${(startMs / 1000).toFixed(1)} s`,
          `  memory per terminal: idle ${mebibytes((idle - empty) / TERMINALS)} MiB, ` +
            `after ${SALES_EACH} sales ${mebibytes((after - empty) / TERMINALS)} MiB ` +
            `(an empty process: ${mebibytes(empty / PROCESSES)} MiB)`,
          `  memory of the broker: ${mebibytes(Number(brokerRss) * 1024)} MiB`,
          `  ${TERMINALS} sales, ${AT_ONCE} at once: ${(sellMs / 1000).toFixed(1)} s; messages from ` +
            `the terminals: ${heard}, ${(heard / TERMINALS).toFixed(1)} a sale, ` +
            `${((heard / sellMs) * 1000).toFixed(0)} a second`,
          `  answer to a start: median ${share(0.5)} ms, 95 % ${share(0.95)} ms`,
          `  all back after the broker's start: ${(backMs / 1000).toFixed(1)} s; lost: 0`,
        ].join('\n')}\n`,
      );
    },
    12 * MINUTE_MS,
  );
});
