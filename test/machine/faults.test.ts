import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BEACON_ID, type Counter, openCounter } from './counter.ts';
import { missingForMachine } from './kernel/kernel.ts';
import { connectPhone, connectRaw, scan } from './phone.ts';
import { until } from './until.ts';
import { startBluetoothd } from './wiring.ts';

const missing = missingForMachine();
const needs = missing.length === 0 ? '' : ` (needs ${missing.join(', ')})`;
const ready = { green: 'slow-blink', yellow: 'off', red: 'off' } as const;

describe.skipIf(missing.length > 0 && !process.env['CI'])(
  `a bad day at the counter${needs}`,
  () => {
    let counter: Counter;
    let bluetoothd: { stop(): Promise<void> };

    const comes = (fault: string) => until(() => expect(counter.faults()).toContain(fault));
    const goes = (fault: string) => until(() => expect(counter.faults()).not.toContain(fault));
    /** A sale while this is wrong. */
    async function sellsWith(order: string, ...faults: string[]): Promise<void> {
      for (const fault of faults) await comes(fault);
      expect(await counter.sell(order)).toBe('Captured');
      expect(counter.faults()).toEqual(expect.arrayContaining(faults));
    }
    async function isOnTheAir(): Promise<void> {
      const { machine, air, hears } = counter;
      air.length = 0;
      await scan(machine, async () => void (await hears('advert')));
    }

    beforeAll(async () => {
      counter = await openCounter('A bad day');
      bluetoothd = await startBluetoothd(counter.machine);
      counter.transcript.note('machine', 'runs bluetoothd');
      await counter.displayCable.plugIn();
      await counter.bluetooth.plugIn();
      await counter.startTerminal();
    });
    afterAll(() => counter?.close());

    it('without its GPIO chip, and with bluetoothd on the adapter, it sells', async () => {
      await sellsWith('F1', 'gpio-missing', 'adapter-busy');
    });

    it('the chip that comes later blinks', async () => {
      await counter.plugInGpio();
      await goes('gpio-missing');
      await counter.blinks(ready);
    });

    it('when bluetoothd has gone, the beacon is on the air', async () => {
      counter.transcript.note('hands', 'stop bluetoothd');
      await bluetoothd.stop();
      await goes('adapter-busy');
      await isOnTheAir();
    });

    it('an adapter that is torn out is missed, and used again when it is back', async () => {
      await counter.bluetooth.tearOut();
      await sellsWith('F2', 'adapter-missing');
      await counter.bluetooth.plugIn();
      await goes('adapter-missing');
      await isOnTheAir();
    });

    it('an adapter that rfkill blocks is named, and used again when it is free', async () => {
      const { bluetooth } = counter;
      await bluetooth.tearOut();
      await bluetooth.block(true);
      await bluetooth.plugIn();
      await sellsWith('F3', 'adapter-blocked');
      await bluetooth.block(false);
      await goes('adapter-blocked');
      await isOnTheAir();
    });

    it('a display that is pulled out is missed, and shows what it should when it is back', async () => {
      const { displayCable } = counter;
      await displayCable.pullOut();
      await sellsWith('F4', 'display-unreachable');
      await displayCable.plugIn();
      await goes('display-unreachable');
      await counter.shows('Betal med MobilePay', 'Scan koden');
    });

    it('a hostile phone is answered or dropped, and the next one is served', async () => {
      const { machine, transcript } = counter;
      const hostile = await connectRaw(machine);
      const ask = async (packet: string) => {
        const answer = await hostile.ask(packet);
        transcript.note('phone', `sends ${packet}, is answered ${answer}`);
        return answer;
      };
      // Half a handle; nothing to write; half an MTU; what nobody knows; beyond 512 bytes.
      expect(await ask('0a0c')).toBe('010a000004');
      expect(await ask('12')).toBe('0112000004');
      expect(await ask('0217')).toBe('0102000004');
      expect(await ask('3f00')).toBe('013f000006');
      expect(await ask('16120000020102')).toBe('0116000009');
      expect(await counter.sell('F5')).toBe('Captured');
      for (let times = 0; times < 300; times += 1) hostile.say('0aff00');
      await hostile.isDropped();
      transcript.note('phone', 'asks without end, and is dropped');
      const phone = await connectPhone(machine, transcript);
      expect((await phone.read('beaconId')).toString()).toBe(BEACON_ID);
      await phone.disconnect();
      expect(counter.faults()).not.toContain('radio-down');
    });

    it('a radio that dies is started again', async () => {
      const { machine, transcript } = counter;
      const pidOfRadio = async () => (await machine.run('pgrep -f [r]adio-process')).trim();
      const before = await pidOfRadio();
      counter.register.seen.length = 0;
      transcript.note('hands', 'kill -9 the radio’s process');
      await machine.run(`kill -9 ${before}`);
      expect(await counter.sell('F6')).toBe('Captured');
      await until(() =>
        expect(counter.events('fault').map(({ code, cleared }) => [code, cleared])).toEqual([
          ['radio-down', false],
          ['radio-down', true],
        ]),
      );
      expect(await pidOfRadio()).not.toBe(before);
      await isOnTheAir();
    });

    it('after a crash the beacon is silent, and its unit darkens the lights', async () => {
      const { machine, air } = counter;
      await counter.blinks(ready);
      await counter.killTerminal();
      await counter.blinks({ green: 'off', yellow: 'off', red: 'off' });
      await machine.run('while pgrep -f [r]adio-process; do sleep 0.1; done');
      air.length = 0;
      await scan(machine, async () => void (await machine.run('sleep 3')));
      expect(air.filter(({ kind }) => kind !== 'switch')).toEqual([]);
    });
  },
);
