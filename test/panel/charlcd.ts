import { lcdGlyphs } from '../../src/panel/lcd-glyphs.ts';

const COLUMNS = 20;
const ROWS = 2;
/** ROM A00 as the HD44780's datasheet prints it, where it is not ASCII. */
const rom = new Map([
  [0x5c, '¥'],
  [0x7e, '→'],
  [0x7f, '←'],
  [0xe1, 'ä'],
  [0xee, 'ñ'],
  [0xef, 'ö'],
  [0xf5, 'ü'],
]);

/**
 * What /dev/lcd and an HD44780 of 2 x 20 make of bytes, by the kernel's charlcd.c: what is written past
 * the last column is lost, and a sequence longer than 24 characters is given up.
 */
export class CharLcd {
  cursorShown = true;
  private cells = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => ' '));
  private own = new Map<number, string>();
  private column = 0;
  private row = 0;
  private escape: string | null = null;

  get lines(): string[] {
    return this.cells.map((row) => row.join(''));
  }

  feed(bytes: Uint8Array): this {
    for (const byte of bytes) this.take(byte);
    return this;
  }

  private take(byte: number): void {
    if (this.escape !== null) {
      this.escape += String.fromCharCode(byte);
      this.takeEscape(this.escape);
      return;
    }
    if (byte === 0x1b) {
      this.escape = '';
      return;
    }
    if (byte >= 8 && byte < 0x20) throw new Error(`unknown control character ${byte}`);
    if (byte >= 0x80 && !rom.has(byte)) throw new Error(`a katakana: ${byte}`);
    const row = this.cells[this.row];
    if (row && this.column < COLUMNS) row[this.column] = this.shown(byte);
    this.column += 1;
  }

  private shown(byte: number): string {
    return byte < 8 ? (this.own.get(byte) ?? '▯') : (rom.get(byte) ?? String.fromCharCode(byte));
  }

  private takeEscape(sequence: string): void {
    if (sequence.length > 24) throw new Error(`too long: ${sequence}`);
    if (sequence === '[' || sequence === '[L') return;
    const code = sequence.slice(2);
    if (/^[Dcb]$/.test(code)) {
      if (code === 'c') this.cursorShown = false;
    } else if (code.startsWith('G')) {
      if (!code.endsWith(';')) return;
      const [, slot = '', hex = ''] = /^G([0-7])([0-9a-f]{16});$/.exec(code) ?? [];
      if (hex === '') throw new Error(`no character: ${code}`);
      const rows = Array.from(Buffer.from(hex, 'hex'));
      const same = ([, dots]: [string, readonly number[]]) => String(dots) === String(rows);
      this.own.set(Number(slot), Object.entries(lcdGlyphs).find(same)?.[0] ?? '▯');
    } else if (/^[xy]/.test(code)) {
      if (!code.endsWith(';')) return;
      const [, x = '', y = ''] = /^x(\d+)y(\d+);$/.exec(code) ?? [];
      this.column = Number(x);
      this.row = Number(y);
      if (this.row >= ROWS) throw new Error(`no line ${y}`);
    } else {
      throw new Error(`unknown sequence: ${sequence}`);
    }
    this.escape = null;
  }
}
