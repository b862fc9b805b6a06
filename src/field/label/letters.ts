import { readFileSync } from 'node:fs';
import type { PathCommand } from 'opentype.js';
import opentype from 'opentype.js';

/**
 * Open Sans Semibold (Apache-2.0), cut down to the characters of Windows-1252 in which MobilePay's
 * names are written. Labels carry its outlines, so they look the same wherever they are printed.
 */
const bytes = readFileSync(new URL('./open-sans-semibold.ttf', import.meta.url));
const font = opentype.parse(
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
);

/** Height of a capital letter, as a part of the font's size. */
export const CAP_HEIGHT = 1462 / 2048;

/** The width of a text in a font of size 1. */
export function widthOf(text: string): number {
  return font.getAdvanceWidth(spelt(text), 1);
}

/** The outlines of a text that begins at x and stands on the line y; y grows downwards. */
export function outlinesOf(
  text: string,
  at: { x: number; y: number; size: number },
): PathCommand[] {
  return font.getPath(spelt(text), at.x, at.y, at.size).commands;
}

/** A letter that the font lacks is written without its accent, or as a question mark. */
function spelt(text: string): string {
  const has = (character: string) => font.charToGlyphIndex(character) !== 0;
  return [...text.normalize('NFC')]
    .map((character) => {
      const bare = character.normalize('NFD')[0] ?? '?';
      const without = has(bare) ? bare : '?';
      return has(character) ? character : without;
    })
    .join('');
}
