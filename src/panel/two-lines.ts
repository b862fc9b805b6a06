import type { DisplayContent } from '../contract/device.ts';

export const COLUMNS = 20;

/**
 * What a display of two lines shows: the headline, and below it the amount if there is one, at the
 * right, else the second line. Each is exactly 20 columns.
 * @param spell puts a text into the display's own characters, one column each
 */
export function twoLines(
  content: Pick<DisplayContent, 'title' | 'detail' | 'amount'>,
  spell: (text: string) => string,
): [string, string] {
  const second =
    content.amount === null
      ? cut(spell(content.detail)).padEnd(COLUMNS)
      : spell(content.amount).padStart(COLUMNS);
  return [cut(spell(content.title)).padEnd(COLUMNS), second];
}

/** A text too long for its line ends in a word that is whole, or in `~` where there is none. */
function cut(text: string): string {
  if (text.length <= COLUMNS) return text;
  const whole = text.slice(0, COLUMNS + 1).replace(/\s+\S*$/, '');
  return whole.length > COLUMNS / 2 && whole.length <= COLUMNS
    ? whole
    : `${text.slice(0, COLUMNS - 1)}~`;
}
