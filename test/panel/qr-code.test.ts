import jsqr from 'jsqr';
import { describe, expect, test } from 'vitest';
import { qrSvg } from '../../src/http/qr-svg.ts';
import { qrText } from '../../src/panel/qr-text.ts';
import { blacken, drawQr, onBlack, type Picture, rgbaOf } from './qr-picture.ts';

const QUIET_ZONE = 4;
const beaconIds = [
  { kind: 'digits', beaconId: '123456789012345', version: 3 },
  { kind: 'nothing but zeros', beaconId: '000000000000000', version: 3 },
  { kind: 'a GUID', beaconId: '01234567-89ab-4cde-8f01-23456789abcd', version: 5 },
  { kind: 'a GUID in capitals', beaconId: 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF', version: 5 },
];

/** What a decoder that is not ours reads from the pixels. */
function read(picture: Picture) {
  return jsqr.default(rgbaOf(picture), picture.size, picture.size, {
    inversionAttempts: 'dontInvert',
  });
}

test('the text is the one that MobilePay’s app knows, all lower case', () => {
  expect(qrText('123456789012345')).toBe('mobilepaypos://pos?id=123456789012345&source=qr');
  expect(qrText('A1B2C3D4-E5F6-4711-8899-AABBCCDDEEFF')).toBe(
    'mobilepaypos://pos?id=a1b2c3d4-e5f6-4711-8899-aabbccddeeff&source=qr',
  );
});

describe.each(beaconIds)('the QR code of $kind', ({ beaconId, version }) => {
  const text = `mobilepaypos://pos?id=${beaconId.toLowerCase()}&source=qr`;

  test(`is read back from its pixels, as version ${version}`, async () => {
    const { picture, modules } = drawQr(await qrSvg(qrText(beaconId)), 4);
    expect(read(picture)).toMatchObject({ data: text, version });
    expect(modules).toBe(17 + 4 * version + 2 * QUIET_ZONE);
  });

  test('has the whole quiet zone that the standard wants, and is read from a dark counter', async () => {
    const { picture, modules } = drawQr(await qrSvg(qrText(beaconId)), 4);
    const dark = [...picture.grey.entries()].filter(([, grey]) => grey === 0);
    const columns = dark.map(([at]) => Math.floor((at % picture.size) / 4));
    const rows = dark.map(([at]) => Math.floor(at / picture.size / 4));
    const lowest = (places: number[]) => places.reduce((least, place) => Math.min(least, place));
    const highest = (places: number[]) => places.reduce((most, place) => Math.max(most, place));
    expect([lowest(columns), lowest(rows)]).toEqual([QUIET_ZONE, QUIET_ZONE]);
    const last = modules - QUIET_ZONE - 1;
    expect([highest(columns), highest(rows)]).toEqual([last, last]);
    expect(read(onBlack(picture, 60))?.data).toBe(text);
  });

  test('is read although a spot covers 6 % of it, which the lowest level would not mend', async () => {
    const { picture, modules } = drawQr(await qrSvg(qrText(beaconId)), 4);
    const inner = modules - 2 * QUIET_ZONE;
    const spot = Math.round(inner * Math.sqrt(0.06));
    const corner = (QUIET_ZONE + Math.floor((inner - spot) / 2)) * 4;
    blacken(picture, { x: corner, y: corner, width: spot * 4, height: spot * 4 });
    expect(read(picture)?.data).toBe(text);
  });
});
