import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckIn } from '../../src/beacon/gatt/check-in-write.ts';
import { receive, structuresOf } from '../beacon/advert/received.ts';
import { BEACON_ID, type Counter, openCounter } from './counter.ts';
import { missingForMachine } from './kernel/kernel.ts';
import { connectPhone, type GattPhone, scan } from './phone.ts';
import { until } from './until.ts';
import { TERMINAL_ADDRESS } from './wiring.ts';

const missing = missingForMachine();
const needs = missing.length === 0 ? '' : ` (needs ${missing.join(', ')})`;
const dark = { green: 'off', yellow: 'off', red: 'off' } as const;

describe.skipIf(missing.length > 0 && !process.env['CI'])(`a sale at the counter${needs}`, () => {
  let counter: Counter;
  let phone: GattPhone;

  beforeAll(async () => {
    counter = await openCounter('A sale');
    await counter.plugInGpio();
    await counter.displayCable.plugIn();
    await counter.bluetooth.plugIn();
    await counter.startTerminal();
  });
  afterAll(() => counter?.close());

  it('a phone that scans hears the beacon’s bytes, and whose they are', async () => {
    const { machine, hears } = counter;
    await scan(machine, async () => {
      const advert = await hears('advert');
      expect(advert.address).toBe(TERMINAL_ADDRESS);
      expect(receive(advert.data, 'b4d4000061ce480b')).toEqual({
        format: 'ibeacon',
        beaconId: BEACON_ID,
        measuredPower: -59,
      });
      const name = structuresOf((await hears('scan-response')).data).get(0x09);
      expect(name?.toString()).toBe('Kasse 9');
    });
  });

  it('while it is ready, the display asks to be scanned and green blinks slowly', async () => {
    await counter.shows('Betal med MobilePay', 'Scan koden');
    await counter.blinks({ ...dark, green: 'slow-blink' });
  });

  it('a line that is pulled and let go is a press of the button', async () => {
    await counter.press('pay');
    await until(() =>
      expect(counter.events('button').at(-1)).toMatchObject({ button: 'pay', action: 'press' }),
    );
  });

  it('a register that was made for the white box is told the id', async () => {
    expect(await counter.askWhiteBox('AT+BEACONID=?')).toBe(BEACON_ID);
  });

  it('a phone that connects reads whose beacon it is, and checks in', async () => {
    const { machine, transcript, mobilePay } = counter;
    phone = await connectPhone(machine, transcript);
    expect((await phone.read('beaconId')).toString()).toBe(BEACON_ID);
    expect((await phone.read('place')).toString()).toBe('\x01Kasse 9');
    const nonce = await phone.read('challenge');
    expect(nonce).toHaveLength(16);
    await phone.subscribe();
    await until(() => expect(phone.told).toEqual(['010100']));

    // What the app does beside it, over the phone's own network.
    mobilePay.phone.checkIn(BEACON_ID);
    const token = Buffer.from('token');
    const authenticator = Buffer.from('proof');
    const said = await phone.write('checkIn', writeCheckIn({ nonce, token, authenticator }));
    expect(said).toContain('successfully');
    await until(() =>
      expect(counter.events('checkin')).toContainEqual(
        expect.objectContaining({
          via: 'ble',
          ble: { token: token.toString('base64'), authenticator: authenticator.toString('base64') },
        }),
      ),
    );
    await until(() => expect(phone.told).toEqual(['010100', '010101', '010201']));
    await counter.shows('Velkommen', 'Vent på beløbet');
  });

  it('the register asks for an amount, the customer approves, and it is captured', async () => {
    const { mobilePay } = counter;
    const paid = counter.pay('12.50', 'M1');
    await until(() => expect(phone.told).toContain('010301'));
    await counter.shows('Bekræft betalingen', '12,50 kr.');
    await phone.disconnect();
    await counter.blinks({ green: 'double-blink', yellow: 'on', red: 'off' });

    mobilePay.phone.accept(BEACON_ID);
    await counter.shows('Godkendt', '12,50 kr.');
    await counter.blinks({ ...dark, green: 'on' });
    expect(await paid).toBe(0);
    const payment = mobilePay.payments().find(({ orderId }) => orderId === 'M1');
    expect(payment).toMatchObject({ status: 'Captured' });
    await counter.shows('Betal med MobilePay', 'Scan koden');
  });

  it('after SIGTERM the radio is silent, the lights are dark, and the display says so', async () => {
    const { machine, air, transcript } = counter;
    await counter.stopTerminal();
    await counter.shows('Terminal slukket', '');
    await counter.blinks(dark);
    const last = air.findLast((event) => event.kind === 'switch' && event.controller === 0);
    expect(last).toMatchObject({ on: false });
    const before = air.length;
    await scan(machine, async () => {
      // The phone's controller answers the scan's commands; from the air comes nothing.
      await machine.run('sleep 3');
    });
    expect(air.slice(before).filter((event) => event.kind !== 'switch')).toEqual([]);
    transcript.note('phone', 'hears nothing any more');
  });
});
