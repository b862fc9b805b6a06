import { setText } from './element.ts';
import type { Lamps, Rhythm } from './shown.ts';

const dark: Lamps = { green: 'off', yellow: 'off', red: 'off' };

/** Lights the lamps, those with `data-lamp`, of a terminal. Null: all are dark. */
export function renderLamps(
  terminal: Element,
  lamps: Lamps | null,
  wordOf: (key: keyof Lamps | `rhythm-${Rhythm}`) => string,
): void {
  const rhythms = lamps ?? dark;
  for (const name of ['green', 'yellow', 'red'] as const) {
    const lamp = terminal.querySelector<HTMLElement>(`[data-lamp="${name}"]`);
    const rhythm = rhythms[name];
    if (lamp === null) continue;
    if (lamp.dataset['rhythm'] !== rhythm) lamp.dataset['rhythm'] = rhythm;
    const word = wordOf(`rhythm-${rhythm}`);
    lamp.ariaLabel = `${wordOf(name)}: ${word}`;
    const label = lamp.querySelector('.word');
    if (label !== null) setText(label, rhythm === 'off' ? '' : word);
  }
}
