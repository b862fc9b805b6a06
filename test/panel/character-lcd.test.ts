import { describe, expect, it } from 'vitest';
import type { DisplayContent } from '../../src/contract/device.ts';
import { locales } from '../../src/contract/locale.ts';
import { lcdPicture } from '../../src/panel/character-lcd-display.ts';
import { lcdGlyphs } from '../../src/panel/lcd-glyphs.ts';
import { CharLcd } from './charlcd.ts';
import { scenes } from './every-scene.ts';

const plain: DisplayContent = {
  scene: 'message',
  title: '',
  detail: '',
  amount: null,
  qr: null,
  lines: null,
};
const seen = (changes: Partial<DisplayContent>) =>
  new CharLcd().feed(lcdPicture({ ...plain, ...changes })).lines;

describe('a character LCD', () => {
  it('shows every scene in every language as the golden pictures do', async () => {
    const pictures = locales.map((locale) => {
      const each = scenes(locale).map(([name, { display }]) => {
        const { lines } = new CharLcd().feed(lcdPicture(display));
        return `${name}\n${lines.map((line) => `|${line}|`).join('\n')}`;
      });
      return `==== ${locale}\n\n${each.join('\n\n')}\n`;
    });
    await expect(pictures.join('\n')).toMatchFileSnapshot('character-lcd.golden.txt');
  });

  it('shows the whole amount and the whole headline, and no cursor', () => {
    for (const locale of locales) {
      for (const [name, { display }] of scenes(locale)) {
        const lcd = new CharLcd().feed(lcdPicture(display));
        const [first = '', second = ''] = lcd.lines;
        expect(lcd.cursorShown).toBe(false);
        const below = display.amount?.replaceAll('\u00a0', ' ') ?? display.detail;
        if (!display.detail.includes('…')) expect(second.trim(), name).toBe(below);
        if (!display.title.includes('…')) expect(first.trim(), name).toBe(display.title);
      }
    }
  });

  it('draws letters of its own, 8 at a time, and the others without their accents', () => {
    expect(seen({ title: 'åøæÅØÆ éÄÖ' })[0]).toBe('åøæÅØÆ éÄO          ');
    expect(seen({ title: 'åøæÅØÆ éÄ', amount: '12,50\u00a0€' })).toEqual([
      'åøæÅØÆ éA           ',
      '             12,50 €',
    ]);
  });

  it('never shows a yen for a backslash or an arrow for a tilde', () => {
    expect(seen({ title: 'a\\b~c' })[0]).toBe('a?b?c               ');
  });

  it('draws characters of eight rows of five dots, no two alike', () => {
    const drawn = Object.values(lcdGlyphs);
    for (const rows of drawn) {
      expect(rows).toHaveLength(8);
      expect(Math.max(...rows)).toBeLessThan(32);
    }
    expect(new Set(drawn.map(String)).size).toBe(drawn.length);
  });
});
