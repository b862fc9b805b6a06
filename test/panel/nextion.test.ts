import { describe, expect, it } from 'vitest';
import { locales } from '../../src/contract/locale.ts';
import { nextionPicture } from '../../src/panel/nextion-display.ts';
import { createNextionReader } from '../../src/panel/nextion-protocol.ts';
import { scenes } from './every-scene.ts';
import { NextionPanel } from './nextion-panel.ts';

const plain = { scene: 'message', title: '', detail: '', amount: null, qr: null, lines: null };
const END = [0xff, 0xff, 0xff];

describe('a Nextion', () => {
  it('shows every scene in every language as the golden texts do', async () => {
    const pictures = locales.map((locale) => {
      const each = scenes(locale).map(([name, { display }]) => {
        const { text, qr } = new NextionPanel().feed(nextionPicture(display));
        return `${name}\n${text.replaceAll(/^/gm, '  ')}\n  ${qr ?? '-'}`;
      });
      return `==== ${locale}\n\n${each.join('\n\n')}\n`;
    });
    await expect(pictures.join('\n')).toMatchFileSnapshot('nextion.golden.txt');
  });

  it('shows all of it: amount, headline, every line of the register, and the code', () => {
    for (const locale of locales) {
      for (const [name, { display }] of scenes(locale)) {
        const panel = new NextionPanel().feed(nextionPicture(display));
        expect(panel.refused, name).toEqual([]);
        expect(panel.qr).toBe(display.qr);
        expect(panel.text).toContain(display.lines?.join('\n') ?? display.detail.replace('…', '~'));
        expect(panel.visible['t2']).toBe(display.amount !== null);
        expect(panel.texts['t2']).toBe((display.amount ?? '').replaceAll('\u00a0', ' '));
      }
    }
  });

  it('cannot be given orders by a text', () => {
    const title = 'a"\\ÿÿÿpage 0\u00ff\u00ff\u00ff\r"b';
    const panel = new NextionPanel().feed(nextionPicture({ ...plain, title }));
    expect(panel.refused).toEqual([]);
    expect(panel.page).toBeNull();
    expect(panel.texts['t0']).toBe('a"\\yyypage 0yyy?"b');
  });
});

describe('what a Nextion says', () => {
  it('is read in any pieces', () => {
    const bytes = [0x65, 0, 6, 1, ...END, 0x66, 0, ...END, 0x1a, ...END, 0, 0, 0, ...END];
    const whole = [
      { kind: 'touch', page: 0, component: 6, pressed: true },
      { kind: 'page', page: 0 },
      { kind: 'refused', code: 0x1a },
      { kind: 'started' },
    ];
    expect(createNextionReader()(Uint8Array.from(bytes))).toEqual(whole);
    const read = createNextionReader();
    expect(bytes.flatMap((byte) => read(Uint8Array.of(byte)))).toEqual(whole);
  });

  it('is parsed by its length, also when a number looks like an end', () => {
    const bytes = [0x71, 0xff, 0xff, 0xff, 0xff, ...END, 0x66, 2, ...END];
    expect(createNextionReader()(Uint8Array.from(bytes))).toEqual([{ kind: 'page', page: 2 }]);
  });

  it('is found again after noise', () => {
    const read = createNextionReader();
    read(Uint8Array.from([0x66, 1, 0xff, 0x12, ...END]));
    read(Uint8Array.from(Array.from({ length: 300 }, (_, index) => index % 97)));
    read(Uint8Array.from([1, ...END]));
    const touch = Uint8Array.from([0x65, 0, 7, 0, ...END]);
    expect(read(touch).at(-1)).toEqual({ kind: 'touch', page: 0, component: 7, pressed: false });
  });
});
