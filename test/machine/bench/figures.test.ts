import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckIn } from '../../../src/beacon/gatt/check-in-write.ts';
import { discoverCharacteristics, le } from '../../beacon/att-discovery.ts';
import { median } from '../../bench/contender.ts';
import { type Counter, openCounter } from '../counter.ts';
import { missingForMachine } from '../kernel/kernel.ts';
import { connectRaw } from '../phone.ts';
import { until } from '../until.ts';
import { CHIP, startCable, TERMINAL_ADDRESS } from '../wiring.ts';

const missing = missingForMachine();
const needs = missing.length === 0 ? '' : ` (needs ${missing.join(', ')})`;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const FLOOR_ADDRESS = '00:AA:01:02:00:02';
const LIMIT = 1.5;
const CONNECTIONS = 41;
const READS = 20;
const PICTURES = 200;
const WIDE_MTU = '020001';

/** As `npm run bench` prints: one JSON object a line. */
function print(figure: string, measured: Record<string, number | string | boolean>): void {
  const rounded = Object.entries(measured).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  ]);
  process.stdout.write(`${JSON.stringify({ figure, ...Object.fromEntries(rounded) })}\n`);
}

/** Milliseconds of each round until it could be seen. */
interface Taken {
  display: number[];
  light: number[];
}

function compare(figure: string, terminal: number[], floor: number[]): void {
  const ratio = median(terminal) / median(floor);
  print(figure, {
    terminal: median(terminal),
    floor: median(floor),
    ratio,
    limit: LIMIT,
    met: ratio <= LIMIT,
    samples: terminal.length,
  });
  expect(terminal).toHaveLength(floor.length);
}

describe.skipIf(missing.length > 0)(`figures of the machine${needs}`, () => {
  let counter: Counter;

  beforeAll(async () => {
    counter = await openCounter('Figures', { controllers: 3, preload: file('loop-delay.cjs') });
    await counter.plugInGpio();
    await counter.displayCable.plugIn();
    await counter.bluetooth.plugIn();
    await counter.startTerminal();
  });
  afterAll(() => counter?.close());

  it('a sale with everything connected', async () => {
    const { machine } = counter;
    const radio = Number(await machine.run('pgrep -f [r]adio-process'));
    const parent = Number(await machine.run(`ps -o ppid= ${radio}`));
    /** Since the last time. */
    const late = async (pid: number): Promise<{ p99: number }> =>
      JSON.parse(
        await machine.run(
          `f=/run/loop-delay.${pid}; rm -f $f; kill -USR2 ${pid}; until [ -e $f ]; do sleep 0.1; done; cat $f`,
        ),
      );
    const residentMiB = async (pid: number) =>
      Number(
        await machine.run(`sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/${pid}/status`),
      ) / 1024;
    await late(parent);
    await late(radio);
    const phone = await connectRaw(machine);
    expect(await counter.sell('B1')).toBe('Captured');
    print('event-loop delay p99 in a sale, everything connected, guest’s ms', {
      terminal: (await late(parent)).p99,
      radio: (await late(radio)).p99,
    });
    print('resident memory, everything connected, MiB', {
      terminal: await residentMiB(parent),
      radio: await residentMiB(radio),
    });
    await phone.disconnect();
  });

  it('GATT as the phone sees it, beside the same service on bare bleno', async () => {
    const { machine } = counter;
    let said = '';
    await machine.start('floor', `node ${file('bare-radio.mjs')} 2`, {
      onBytes(bytes) {
        said += bytes.toString();
      },
    });
    await until(() => expect(said).toContain('on the air'));
    const taken = { terminal: { read: [], write: [] }, floor: { read: [], write: [] } } as Record<
      'terminal' | 'floor',
      Record<'read' | 'write', number[]>
    >;

    async function visit(whom: keyof typeof taken, address: string): Promise<void> {
      const phone = await connectRaw(machine, address);
      expect(await phone.ask(WIDE_MTU)).toMatch(/^03/);
      const handles = await discoverCharacteristics(phone.ask);
      taken[whom].read.push(...(await phone.time(READS, `0a${le(handles.beaconId)}`)));
      const challenge = await phone.ask(`0a${le(handles.challenge)}`);
      const value = writeCheckIn({
        nonce: Buffer.from(challenge.slice(2), 'hex'),
        token: Buffer.from('token'),
        authenticator: Buffer.from('proof'),
      });
      const write = `12${le(handles.checkIn)}${value.toString('hex')}`;
      taken[whom].write.push(...(await phone.time(1, write)));
      await phone.disconnect();
    }
    for (let turn = 0; turn < CONNECTIONS; turn += 1) {
      await visit('terminal', TERMINAL_ADDRESS);
      await visit('floor', FLOOR_ADDRESS);
    }
    // All of them were taken: none was a quick refusal.
    await until(() =>
      expect(counter.events('checkin').filter(({ via }) => via === 'ble')).toHaveLength(
        CONNECTIONS,
      ),
    );
    compare('GATT read as the phone sees it, guest’s µs', taken.terminal.read, taken.floor.read);
    compare(
      'GATT write (check-in) as the phone sees it, guest’s µs',
      taken.terminal.write,
      taken.floor.write,
    );
  });

  it('a change of state until it is to be seen, beside bare serialport and onoff', async () => {
    const { machine } = counter;
    await counter.stopTerminal();
    await startCable(machine, 'panel-cable', '/run/panel', '/run/panel-far-end');
    await startCable(machine, 'bare-cable', '/run/bare', '/run/bare-far-end');
    const ends = '/run/panel /run/panel-far-end /run/bare /run/bare-far-end';
    const { panel, bare }: Record<'panel' | 'bare', Taken> = JSON.parse(
      await machine.run(
        `node ${file('panel-figures.mjs')} ${PICTURES} ${CHIP} ${counter.gpio().folder} ${ends}`,
      ),
    );
    const both = ({ display, light }: Taken) =>
      display.map((ms, round) => Math.max(ms, light[round] ?? Number.NaN));
    compare('state change → light and display’s bytes out, guest’s ms', both(panel), both(bare));
  });
});
