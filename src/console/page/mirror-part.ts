import { renderDisplay } from '../../page/display-part.ts';
import { byId } from '../../page/element.ts';
import { renderLamps } from '../../page/lamps-part.ts';
import type { Language } from '../../page/shown.ts';
import type { ConsoleView } from './console-view.ts';
import { textOf } from './texts.ts';

/** What the terminal shows on the counter, as it shows it. */
export function renderMirror({ panel, language: spoken }: ConsoleView, language: Language): void {
  renderDisplay(panel?.display ?? null, spoken, {
    nothing: textOf(language, 'display-starting'),
    says: textOf(language, 'display-says', { word: '{word}' }),
    code: textOf(language, 'display-code'),
  });
  renderLamps(byId('terminal'), panel?.lamps ?? null, (key) => textOf(language, key));
}
