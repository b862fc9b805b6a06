import { renderDisplay } from '../../page/display-part.ts';
import { byId, setText } from '../../page/element.ts';
import { renderLamps } from '../../page/lamps-part.ts';
import type { Language } from '../../page/shown.ts';
import { act } from './server-link.ts';
import { textOf } from './texts.ts';
import type { TerminalFace } from './world-view.ts';

const LONG_PRESS_MS = 800;

/** The beacon terminal as it stands on the counter. */
export function createTerminalPart() {
  const terminal = byId('terminal');
  for (const key of terminal.querySelectorAll<HTMLButtonElement>('[data-button]')) {
    addKey(key, key.dataset['button'] === 'pay' ? 'pay' : 'cancel');
  }
  return {
    render(face: TerminalFace, language: Language) {
      terminal.dataset['power'] = face.power;
      terminal.dataset['advertising'] = String(face.advertising && face.power !== 'off');
      setText(byId('terminal-note'), textOf(language, `note-${face.power}`));
      showDisplay(face, language);
      renderLamps(terminal, face.power === 'off' ? null : face.lights, (key) =>
        textOf(language, key),
      );
    },
  };
}

function showDisplay(face: TerminalFace, language: Language): void {
  const content = face.power === 'off' ? null : face.display;
  renderDisplay(content, face.language, {
    nothing: textOf(language, face.power === 'off' ? 'display-off' : 'display-starting'),
    says: textOf(language, 'display-says', { word: '{word}' }),
    code: textOf(language, 'display-code'),
  });
}

/** A short click is a press; held down, by finger or key, it is a long one. */
function addKey(key: HTMLButtonElement, button: 'pay' | 'cancel'): void {
  let downAtMs: number | undefined;
  const down = () => {
    downAtMs ??= performance.now();
    key.dataset['down'] = 'true';
  };
  const up = () => {
    delete key.dataset['down'];
  };
  key.addEventListener('pointerdown', down);
  key.addEventListener('keydown', ({ key: name }) => {
    if (name === ' ') down();
  });
  for (const end of ['pointerup', 'pointerleave', 'keyup', 'blur']) key.addEventListener(end, up);
  key.addEventListener('click', () => {
    const long = downAtMs !== undefined && performance.now() - downAtMs >= LONG_PRESS_MS;
    downAtMs = undefined;
    void act({ do: 'press', button, long });
  });
  key.addEventListener('pointerleave', () => {
    downAtMs = undefined;
  });
}
