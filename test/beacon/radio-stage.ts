import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { DEFAULT_NAMESPACE } from '../../src/beacon/advert/beacon-id-bytes.ts';
import type { BlenoBeaconOptions } from '../../src/beacon/bleno-beacon.ts';
import { createBlenoBeacon } from '../../src/beacon/bleno-beacon.ts';
import type { Beacon, DeviceFault } from '../../src/ports.ts';
import { receive } from './advert/received.ts';

const scriptedRadio = fileURLToPath(new URL('./scripted-radio.mjs', import.meta.url));

export interface RadioStage {
  beacon: Beacon;
  /** The faults there are now. */
  faults: Set<DeviceFault>;
  /** Every report, such as `+radio-down`. */
  reports: string[];
  /** The id in the bytes on the air, while the process that sent them lives. */
  receive(): string | null;
  /** Process ids, oldest first. */
  starts(): number[];
  /** The last order of this kind that a process got. */
  lastOrder(kind: string): unknown;
  plugIn(): void;
  tearOut(): void;
  block(how: 'soft' | 'hard', blocked: boolean): void;
  dispose(): Promise<void>;
}

/** The beacon over a scripted process and a made-up /sys. `moods`: one for each start. */
export function createRadioStage(
  moods: readonly string[] = ['works'],
  options: Partial<BlenoBeaconOptions> & { pluggedIn?: boolean } = {},
): RadioStage {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-radio-'));
  const adapter = join(folder, 'sys/class/bluetooth/hci0');
  const rfkill = join(folder, 'sys/class/rfkill/rfkill0');
  const faults = new Set<DeviceFault>();
  const reports: string[] = [];
  mkdirSync(rfkill, { recursive: true });
  for (const [file, text] of Object.entries({
    type: 'bluetooth',
    name: 'hci0',
    soft: '0',
    hard: '0',
  })) {
    writeFileSync(join(rfkill, file), `${text}\n`);
  }
  writeFileSync(join(folder, 'moods'), moods.join('\n'));
  if (options.pluggedIn !== false) mkdirSync(adapter, { recursive: true });
  const { pluggedIn: _, ...rest } = options;
  const beacon = createBlenoBeacon({
    advert: { format: 'ibeacon', measuredPower: -59 },
    mode: 'two-way',
    hciDevice: 0,
    intervalMs: 100,
    posName: 'Kasse 1',
    logger: pino({ level: 'silent' }),
    reportFault(code, present) {
      reports.push(`${present ? '+' : '-'}${code}`);
      if (present) faults.add(code);
      else faults.delete(code);
    },
    sysDir: join(folder, 'sys'),
    ...rest,
    radio: {
      args: [scriptedRadio, folder],
      lookMs: 20,
      restartMs: 10,
      restartMaxMs: 100,
      heartbeatMs: 50,
      hangMs: 2000,
      closeMs: 1000,
      ...rest.radio,
    },
  });
  const read = (file: string) => {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  return {
    beacon,
    faults,
    reports,
    receive() {
      const text = read('air');
      if (text === undefined || text === '') return null;
      const { pid, advert } = JSON.parse(text);
      return isAlive(pid) ? receive(Buffer.from(advert, 'hex'), DEFAULT_NAMESPACE).beaconId : null;
    },
    starts: () => (read('starts') ?? '').split('\n').filter(Boolean).map(Number),
    lastOrder: (kind) => JSON.parse(read(`last-${kind}`) ?? 'null'),
    plugIn: () => void mkdirSync(adapter, { recursive: true }),
    tearOut: () => rmSync(adapter, { recursive: true }),
    block: (how, blocked) => writeFileSync(join(rfkill, how), blocked ? '1\n' : '0\n'),
    async dispose() {
      await beacon.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
