import { byId } from '../../page/element.ts';
import type { Language } from '../../page/shown.ts';
import type { ShownFault } from './console-view.ts';
import { textOf } from './texts.ts';
import { timeText } from './time-text.ts';

/** What is wrong, since when, and what to do about it. */
export function createFaultsPart() {
  let shown = '';
  return {
    render(faults: readonly ShownFault[], language: Language) {
      byId('no-faults').hidden = faults.length > 0;
      // Drawn anew only when it differs: a screen reader keeps its place.
      const now = JSON.stringify([faults, language]);
      if (now === shown) return;
      shown = now;
      byId('fault-list').replaceChildren(...faults.map((fault) => itemOf(fault, language)));
    },
  };
}

function itemOf({ code, title, remedy, since, lasts }: ShownFault, language: Language) {
  const item = document.createElement('li');
  item.dataset['code'] = code;
  item.dataset['lasts'] = String(lasts);
  item.append(
    partOf('b', title[language]),
    partOf('p', remedy[language]),
    partOf('small', [code, whenOf(since, lasts, language)].filter(Boolean).join(' · ')),
  );
  return item;
}

function whenOf(since: string | null, lasts: boolean, language: Language): string {
  if (since === null) return '';
  return textOf(language, lasts ? 'since' : 'happened', { word: timeText(since, language) });
}

function partOf(tag: 'b' | 'p' | 'small', text: string): HTMLElement {
  const part = document.createElement(tag);
  part.textContent = text;
  return part;
}
