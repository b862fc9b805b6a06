import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { vi } from 'vitest';
import type { BlenoBeaconOptions } from '../../src/beacon/bleno-beacon.ts';
import { createBlenoBeacon } from '../../src/beacon/bleno-beacon.ts';
import type { Beacon, DeviceFault } from '../../src/ports.ts';
import { discoverCharacteristics } from '../beacon/att-discovery.ts';

export const blenoIsInstalled = (() => {
  try {
    createRequire(import.meta.url).resolve('@abandonware/bleno');
    return true;
  } catch {
    return false;
  }
})();

const fakeHci = fileURLToPath(new URL('./fake-hci.cjs', import.meta.url));
export const radioProcess = fileURLToPath(
  new URL('../../dist/beacon/radio/radio-process.js', import.meta.url),
);

/** What the controller sends at this moment. */
export interface Air {
  enabled: boolean;
  advert: string;
  scanResponse: string;
  /** In 0.625 ms. */
  interval: number;
  pid: number;
}

/** The built radio process and the real bleno over a controller made of messages, and a phone. */
export async function openRadioRoom(mood = 'fine', options: Partial<BlenoBeaconOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-room-'));
  mkdirSync(join(folder, `sys/class/bluetooth/hci${options.hciDevice ?? 0}`), { recursive: true });
  const args = ['--require', fakeHci, radioProcess, folder, mood];
  const reports: string[] = [];
  const received: string[] = [];
  let radio: net.Socket | undefined;
  const server = net.createServer((socket) => {
    radio = socket;
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      received.push(...lines);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'phone'), resolve));

  const beacon: Beacon = createBlenoBeacon({
    advert: { format: 'ibeacon', measuredPower: -59 },
    mode: 'two-way',
    hciDevice: 0,
    intervalMs: 100,
    posName: 'Kasse Ø',
    logger: pino({ level: 'silent' }),
    reportFault: (code: DeviceFault, present) => reports.push(`${present ? '+' : '-'}${code}`),
    sysDir: join(folder, 'sys'),
    ...options,
    radio: { args, restartMs: 50, restartMaxMs: 200, ...options.radio },
  });

  const until = <T>(check: () => T) => vi.waitFor(check, { timeout: 8_000, interval: 10 });
  const does = (deed: string) => radio?.write(`${JSON.stringify(deed)}\n`);

  /** Sends an L2CAP packet. */
  function send(channel: number, pdu: string): void {
    const length = pdu.length / 2;
    const head = Buffer.from([length & 0xff, length >> 8, channel, 0]).toString('hex');
    does(head + pdu);
  }

  /** The next packet that the phone gets on this channel, after what it has taken already. */
  async function next(channel = 4): Promise<string> {
    const packet = await until(() => {
      const [first] = received;
      if (first === undefined) throw new Error('nothing came');
      return first;
    });
    received.shift();
    if (packet === '"disconnected"') return 'disconnected';
    const bytes = Buffer.from(packet, 'hex');
    if (bytes.readUInt16LE(2) !== channel) throw new Error(`channel ${bytes.readUInt16LE(2)}`);
    return bytes.subarray(4).toString('hex');
  }

  async function ask(pdu: string): Promise<string> {
    send(4, pdu);
    return await next();
  }

  return {
    beacon,
    /** What runs the radio's process here, after `process.execPath`. */
    args,
    reports,
    until,
    send,
    next,
    ask,
    connect: () => does('connect'),
    disconnect: () => does('disconnect'),
    air(): Air | null {
      const path = join(folder, 'air');
      return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
    },
    discover: () => discoverCharacteristics(ask),
    async dispose() {
      await beacon.close();
      radio?.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type RadioRoom = Awaited<ReturnType<typeof openRadioRoom>>;
