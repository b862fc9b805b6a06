import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { firstInvalidCharacter } from '../../../src/contract/text-field.ts';
import { layOutLabel } from '../../../src/field/label/label.ts';
import { labelSizeOf, labelSizes } from '../../../src/field/label/label-size.ts';
import { outlinesOf, widthOf } from '../../../src/field/label/letters.ts';
import { ndefMessage } from '../../../src/field/label/ndef-message.ts';
import { pdfLabel } from '../../../src/field/label/pdf-label.ts';
import { pngLabel } from '../../../src/field/label/png-label.ts';
import { svgLabel } from '../../../src/field/label/svg-label.ts';
import { qrText } from '../../../src/panel/qr-text.ts';

const digits = '123456789012345';
const guid = 'e2c56db5-dffb-48d2-b060-d0f5a71096e0';
const texts = { beaconId: digits, name: 'Kasse 1 ved døren', serialNumber: '10000000abcdef01' };
const every = Object.keys(labelSizes).flatMap((size) =>
  [digits, guid].map((beaconId) => ({ size, beaconId })),
);

/** What a phone reads from a picture. */
function readBack(png: Uint8Array): string | undefined {
  const { width, height, data } = PNG.sync.read(png);
  return jsqr.default(Uint8ClampedArray.from(data), width, height)?.data;
}

describe('a PNG label', () => {
  it.each(every)(
    'of $size mm is read back, at the dots of a printer: $beaconId',
    ({ size, beaconId }) => {
      const label = layOutLabel({ ...texts, beaconId }, labelSizeOf(size));
      for (const dpi of size === '62x29' ? [203, 300, 600] : [203]) {
        expect(readBack(pngLabel(label, dpi)), `${dpi} dpi`).toBe(qrText(beaconId));
      }
    },
  );

  it('has the size in dots, says how large a dot is, and is black or white', () => {
    const png = pngLabel(layOutLabel(texts, labelSizeOf('62x29')), 300);
    const { width, height, data } = PNG.sync.read(png);
    expect([width, height]).toEqual([732, 343]);
    expect(png.indexOf('pHYs')).toBeLessThan(png.indexOf('IDAT'));
    expect(png.readUInt32BE(png.indexOf('pHYs') + 4)).toBe(11_811);
    expect([...new Set(data)].sort((a, b) => a - b)).toEqual([0, 255]);
  });

  it('shows the text: without it, the right half is white', () => {
    const label = layOutLabel(texts, labelSizeOf('62x29'));
    const dark = (png: Uint8Array) => {
      const { width, data } = PNG.sync.read(png);
      const right = (index: number) => index % width > width / 2;
      return Array.from(
        { length: data.length / 4 },
        (_, index) => right(index) && data[index * 4] === 0,
      ).filter(Boolean).length;
    };
    expect(dark(pngLabel(label, 300))).toBeGreaterThan(5_000);
    expect(dark(pngLabel({ ...label, letters: [] }, 300))).toBe(0);
  });
});

const skipPdf = spawnSync('pdftoppm', ['-v']).error !== undefined && !process.env['CI'];

describe.skipIf(skipPdf)('a PDF label (needs pdftoppm)', () => {
  /** As poppler draws it, which has no mercy on a file that is not as ISO 32000 says. */
  function rasterised(pdf: Uint8Array, dpi: number): Buffer {
    const folder = mkdtempSync(join(tmpdir(), 'beacon-label-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'label.pdf'), pdf);
    const page = join(folder, 'page');
    const drawn = spawnSync('pdftoppm', [
      '-r',
      String(dpi),
      '-png',
      '-singlefile',
      join(folder, 'label.pdf'),
      page,
    ]);
    expect(String(drawn.stderr)).toBe('');
    return readFileSync(`${page}.png`);
  }

  it.each(every)('of $size mm is read back: $beaconId', ({ size, beaconId }) => {
    const label = layOutLabel({ ...texts, beaconId }, labelSizeOf(size));
    expect(readBack(rasterised(pdfLabel(label), 200))).toBe(qrText(beaconId));
  });

  it('is one page of the real size, and looks like the PNG', () => {
    const label = layOutLabel(texts, labelSizeOf('100x62'));
    const drawn = PNG.sync.read(rasterised(pdfLabel(label), 300));
    const png = PNG.sync.read(pngLabel(label, 300));
    expect(Math.abs(drawn.width - png.width) + Math.abs(drawn.height - png.height)).toBeLessThan(4);
    const letters = (image: typeof png) => {
      const isDark = (x: number, y: number) => (image.data[(y * image.width + x) * 4] ?? 255) < 128;
      return Array.from({ length: png.width * png.height }, (_, index) => {
        const [x, y] = [index % png.width, Math.floor(index / png.width)];
        return x > png.width * 0.55 && x < image.width && y < image.height && isDark(x, y);
      });
    };
    const [one, other] = [letters(drawn), letters(png)];
    const differing = one.filter((dark, index) => dark !== other[index]).length;
    // But for the edges, which poppler softens.
    expect(differing).toBeLessThan(other.filter(Boolean).length * 0.15);
  });
});

describe('an SVG label', () => {
  it('has its size in millimetres, a title, and every module of the code', () => {
    const label = layOutLabel({ ...texts, name: 'Brød & <Kaffe>' }, labelSizeOf('50x50'));
    const svg = svgLabel(label);
    expect(svg).toMatch(/^<svg [^>]*width="50mm" height="50mm" viewBox="0 0 50 50">/);
    expect(svg).toContain('<title>Brød &amp; &lt;Kaffe&gt;, 123456789012345</title>');
    const drawn = label.qr.dark.map((row) => row.map(() => false));
    for (const [, column, row, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      drawn[Number(row)]?.fill(true, Number(column), Number(column) + Number(length));
    }
    expect(drawn).toEqual(label.qr.dark);
  });
});

describe('what stands on a label', () => {
  const longest = 'Wmwmwmwmwmwmwm Wmwmwmwmwmwm Wmwmwmwm';

  it.each(every)(
    'stays on it, and out of the quiet zone, on $size mm with $beaconId',
    ({ size, beaconId }) => {
      for (const name of ['Kasse 1', longest, 'W'.repeat(36)]) {
        const { widthMm, heightMm, qr, letters } = layOutLabel(
          { ...texts, beaconId, name },
          labelSizeOf(size),
        );
        const quiet = 4 * qr.moduleMm;
        const side = qr.dark.length * qr.moduleMm;
        expect(qr.x + qr.y).toBeGreaterThanOrEqual(2 * quiet - 1e-9);
        expect(qr.x + side + quiet).toBeLessThanOrEqual(widthMm + 1e-9);
        expect(qr.y + side + quiet).toBeLessThanOrEqual(heightMm + 1e-9);
        const points = letters.flatMap((command) => ('x' in command ? [command] : []));
        expect(points.length).toBeGreaterThan(100);
        for (const { x, y } of points) {
          expect(x).toBeGreaterThan(0);
          expect(x).toBeLessThan(widthMm);
          expect(y).toBeLessThan(heightMm);
          const beside = x > qr.x + side + quiet / 2;
          const below = y > qr.y + side + quiet / 2;
          expect(beside || below, `${x}, ${y}`).toBe(true);
        }
      }
    },
  );

  it('can be any name that MobilePay takes', () => {
    const all = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => firstInvalidCharacter(character) === undefined && character.trim() !== '',
    );
    expect(all.length).toBeGreaterThan(180);
    const questionMark = JSON.stringify(outlinesOf('?', { x: 0, y: 0, size: 1 }));
    const lacking = all.filter(
      (character) =>
        character !== '?' &&
        JSON.stringify(outlinesOf(character, { x: 0, y: 0, size: 1 })) === questionMark,
    );
    expect(lacking).toEqual([]);
    expect(widthOf('ř')).toBe(widthOf('r'));
    expect(widthOf('漢')).toBe(widthOf('?'));
  });

  it('is refused where it could not be read', () => {
    expect(() => layOutLabel({ ...texts, beaconId: guid }, labelSizeOf('25x20'))).toThrow(
      /too small: this QR code needs 16 mm|no room/,
    );
    expect(() => layOutLabel(texts, labelSizeOf('20x20'))).toThrow(/no room|too small/);
    for (const wrong of ['large', '62', '10x10', '62x400', '62 x 29', '-62x29']) {
      expect(() => labelSizeOf(wrong), wrong).toThrow(/--size is WIDTHxHEIGHT/);
    }
  });
});

describe('an NDEF message', () => {
  it('is one URI record with the address of the QR code', () => {
    const message = ndefMessage(qrText(digits));
    // NFC Forum: first and last, short, well-known; type U; no abbreviation.
    expect([...message.subarray(0, 5)]).toEqual([0xd1, 1, message.length - 4, 0x55, 0]);
    expect(message.subarray(5).toString()).toBe('mobilepaypos://pos?id=123456789012345&source=qr');
    // An NTAG213, the smallest in use, has room for 144 bytes.
    expect(ndefMessage(qrText(guid)).length).toBeLessThan(140);
  });

  it('refuses what one short record cannot hold', () => {
    expect(() => ndefMessage('x'.repeat(255))).toThrow(/longer than 254 bytes/);
  });
});
