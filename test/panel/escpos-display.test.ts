import { describe, expect, it } from 'vitest';
import type { DisplayContent } from '../../src/contract/device.ts';
import { locales } from '../../src/contract/locale.ts';
import { escposPicture } from '../../src/panel/escpos-display.ts';
import { escposModels } from '../../src/panel/escpos-models.ts';
import { EpsonDisplay } from './epson-display.ts';
import { scenes } from './every-scene.ts';

const content: DisplayContent = {
  scene: 'approve',
  title: 'Bekræft betalingen',
  detail: 'i MobilePay',
  amount: '12,50\u00a0kr.',
  qr: null,
  lines: null,
};
const seen = (changes: Partial<DisplayContent>, model: (typeof escposModels)[number] = 'epson') =>
  new EpsonDisplay().feed(escposPicture({ ...content, ...changes }, model));

describe.each(escposModels)('a customer display, model %s', (model) => {
  it('shows every scene in every language as the golden pictures do', async () => {
    const pictures = locales.map((locale) => {
      const each = scenes(locale).map(([name, { display }]) => {
        const { lines } = new EpsonDisplay().feed(escposPicture(display, model));
        return `${name}\n${lines.map((line) => `|${line}|`).join('\n')}`;
      });
      return `==== ${locale}\n\n${each.join('\n\n')}\n`;
    });
    await expect(pictures.join('\n')).toMatchFileSnapshot(`escpos-${model}.golden.txt`);
  });

  it('shows the whole amount, the whole headline, and never scrolls', () => {
    for (const locale of locales) {
      for (const [name, { display }] of scenes(locale)) {
        const epson = new EpsonDisplay().feed(escposPicture(display, model));
        const [first = '', second = ''] = epson.lines;
        expect(epson.scrolls, name).toBe(0);
        expect(epson.cursorShown).toBe(false);
        expect(first.length + second.length).toBe(40);
        const plain = (text: string) =>
          model === 'pc865' ? text.replace(/€(?=\d)/, 'EUR ').replace('€', 'EUR') : text;
        if (display.amount !== null) {
          expect(second.trim()).toBe(plain(display.amount.replaceAll('\u00a0', ' ')));
        } else if (!display.detail.includes('…')) {
          expect(second.trimEnd()).toBe(display.detail);
        }
        if (!display.title.includes('…')) expect(first.trimEnd()).toBe(display.title);
      }
    }
  });

  it('shows the newest alone, whatever stood there', () => {
    const epson = new EpsonDisplay();
    const before = { ...content, title: 'x'.repeat(20), amount: '999.999,99\u00a0kr.' };
    epson.feed(escposPicture(before, model));
    epson.feed(escposPicture({ ...content, amount: null }, model));
    expect(epson.lines).toEqual(['Bekræft betalingen  ', 'i MobilePay         ']);
  });
});

describe('what does not fit a customer display', () => {
  it('is cut between words where it can be, and says that it was cut where not', () => {
    expect(seen({ title: 'Velkommen til Café Æbleskiven' }).lines[0]).toBe('Velkommen til Café  ');
    expect(seen({ title: 'Konditoriforeningerne i Ribe' }).lines[0]).toBe('Konditoriforeninger~');
    expect(seen({ title: 'x'.repeat(40) }).lines[0]).toBe(`${'x'.repeat(19)}~`);
  });

  it('is cut between characters, also those made of several', () => {
    const decomposed = 'Smørrebrød på rugbrød og øl'.normalize('NFD');
    expect(seen({ title: decomposed }).lines[0]).toBe('Smørrebrød på       ');
    expect(seen({ title: 'Café 👩‍👩‍👧 Ålborg' }).lines[0]).toBe('Café ? Ålborg       ');
  });

  it('has its accents taken away where the code page lacks the letter, and is never a command', () => {
    expect(seen({ title: 'Čapek – Łódź' }).lines[0]).toBe('Capek - ?ódz        ');
    expect(seen({ title: 'a\u001b@\u000c\u001fb' }).lines[0]).toBe('a?@??b              ');
  });

  it('loses its euro sign only where there is none', () => {
    expect(seen({ amount: '12,50\u00a0€' }).lines[1]).toBe('             12,50 €');
    expect(seen({ amount: '12,50\u00a0€' }, 'pc865').lines[1]).toBe('           12,50 EUR');
    expect(seen({ amount: '€999,999.99' }, 'pc865').lines[1]).toBe('      EUR 999,999.99');
  });
});
