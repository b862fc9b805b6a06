// The floor of the radio: the same service as the terminal's on bare bleno, with no rules, no limits
// and nobody to tell. Usage: bare-radio.mjs HCI-DEVICE
import { createRequire } from 'node:module';
import { SERVICE_UUID } from '../../../dist/beacon/advert/service-uuid.js';
import { characteristicUuids as uuids } from '../../../dist/beacon/gatt/service.js';

process.env.HCI_CHANNEL_USER = '1';
process.env.BLENO_HCI_DEVICE_ID = process.argv[2];
const bleno = createRequire(import.meta.url)('@abandonware/bleno');

const readable = (uuid, value) =>
  new bleno.Characteristic({
    uuid,
    properties: ['read'],
    onReadRequest: (offset, answer) => answer(0, value.subarray(offset)),
  });
const service = new bleno.PrimaryService({
  uuid: SERVICE_UUID,
  characteristics: [
    readable(uuids.beaconId, Buffer.from('123456789012345')),
    readable(uuids.place, Buffer.from('\u0001Kasse 9')),
    readable(uuids.challenge, Buffer.alloc(16, 7)),
    new bleno.Characteristic({
      uuid: uuids.checkIn,
      properties: ['write'],
      onWriteRequest: (_value, _offset, _withoutResponse, answer) => answer(0),
    }),
    new bleno.Characteristic({ uuid: uuids.state, properties: ['notify'] }),
  ],
});
bleno.on('stateChange', () => {
  bleno.setServices([service]);
  bleno.startAdvertising('floor', []);
});
bleno.on('disconnect', () => {
  // bleno's own restart is refused by controllers that do not count the connection as a stop.
  setTimeout(() => bleno.stopAdvertising(() => bleno.startAdvertising('floor', [])), 100);
});
bleno.on('advertisingStart', () => process.stdout.write('on the air\n'));
