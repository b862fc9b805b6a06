import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { encodeAdvert } from '../../src/beacon/advert/advert.ts';
import { beaconFormats } from '../../src/beacon/advert/advert-settings.ts';
import { scanResponse } from '../../src/beacon/advert/scan-response.ts';
import { SERVICE_UUID } from '../../src/beacon/advert/service-uuid.ts';
import { attError } from '../../src/beacon/gatt/att-error.ts';
import { writeCheckIn } from '../../src/beacon/gatt/check-in-write.ts';
import { characteristicUuids } from '../../src/beacon/gatt/service.ts';
import { stateMessage } from '../../src/beacon/gatt/state-message.ts';
import { radioFaults } from '../../src/beacon/radio/radio-messages.ts';
import { phases } from '../../src/contract/messages.ts';

const page = readFileSync('docs/ble.md', 'utf8');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

it('docs/ble.md names every format, UUID, error code, phase and fault', () => {
  const named = [
    ...beaconFormats,
    SERVICE_UUID,
    ...Object.values(characteristicUuids),
    ...Object.values(attError).map(hex),
    ...phases.map((phase) => hex(stateMessage(phase, false)[1] ?? 0)),
    ...radioFaults,
  ];
  expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it('docs/ble.md shows bytes that are really sent', () => {
  const id = '123456789012345';
  const settings = { format: 'ibeacon', measuredPower: -59 } as const;
  const shown = page.replaceAll(/[\s`-]/g, '');
  const advert = Buffer.from(encodeAdvert(settings, id) as Uint8Array).toString('hex');
  expect(shown).toContain(advert.slice(18, 50));
  expect(shown).toContain(
    Buffer.from(scanResponse('', { connectable: true })).toString('hex', 0, 2),
  );
  const nonce = Uint8Array.from({ length: 16 }, (_, place) => place);
  const example = { nonce, token: Buffer.from('token'), authenticator: Buffer.from('proof') };
  expect(shown).toContain(writeCheckIn(example).toString('hex'));
  const url = encodeAdvert({ ...settings, format: 'eddystone-url', url: 'https://goo.gl/' }, id);
  expect(page).toContain(
    `https://${Buffer.from(url as Uint8Array)
      .toString('latin1')
      .slice(14)}`,
  );
});
