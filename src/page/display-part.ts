import { byId, setText } from './element.ts';
import { lengthOf } from './money-text.ts';
import type { DisplayView, Language } from './shown.ts';

/** What a screen reader says of a display, in the page's language. */
export interface DisplayWords {
  /** Instead of the picture: there is none. */
  nothing: string;
  /** `{word}` stands for what is shown. */
  says: string;
  code: string;
}

/** Draws the terminal's display into `#display`. */
export function renderDisplay(
  content: DisplayView | null,
  language: Language,
  words: DisplayWords,
): void {
  const display = byId('display');
  display.dataset['scene'] = content?.scene ?? '';
  display.lang = language;
  display.ariaLabel = labelOf(content, words);
  const [title, ...details] = content === null ? [] : linesOf(content);
  setText(byId('display-title'), title ?? '');
  setText(byId('display-detail'), details.join('\n'));
  const amount = content?.amount ?? '';
  setText(byId('display-amount'), amount);
  byId('display-amount').dataset['length'] = lengthOf(amount);
  const qr = byId<HTMLImageElement>('display-qr');
  const text = content?.qr ?? null;
  qr.hidden = text === null;
  if (text !== null) {
    const source = `qr?text=${encodeURIComponent(text)}`;
    if (qr.getAttribute('src') !== source) qr.setAttribute('src', source);
  }
}

/** This display has room for all that a register may want to say. */
function linesOf({ title, detail, lines }: DisplayView): readonly string[] {
  return lines ?? [title, detail];
}

function labelOf(content: DisplayView | null, words: DisplayWords): string {
  if (content === null) return words.nothing;
  const [title, ...details] = linesOf(content);
  const lines = [title, content.amount, ...details].filter((line) => line);
  const says = words.says.replace('{word}', () => lines.join(', '));
  return content.qr === null ? says : `${says} ${words.code}`;
}
