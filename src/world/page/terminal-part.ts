import { byId, setText } from './element.ts';
import { lengthOf } from './money-text.ts';
import { act } from './server-link.ts';
import { textOf } from './texts.ts';
import type { DisplayView, Language, TerminalFace } from './world-view.ts';

const LONG_PRESS_MS = 800;
const lampNames = ['green', 'yellow', 'red'] as const;

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
      renderDisplay(face, language);
      for (const name of lampNames) {
        const lamp = terminal.querySelector<HTMLElement>(`[data-lamp="${name}"]`);
        const rhythm = face.power === 'off' ? 'off' : face.lights[name];
        if (lamp === null) continue;
        if (lamp.dataset['rhythm'] !== rhythm) lamp.dataset['rhythm'] = rhythm;
        const word = textOf(language, `rhythm-${rhythm}`);
        lamp.ariaLabel = `${textOf(language, name)}: ${word}`;
        const label = lamp.querySelector('.word');
        if (label !== null) setText(label, rhythm === 'off' ? '' : word);
      }
    },
  };
}

function renderDisplay(face: TerminalFace, language: Language): void {
  const content: DisplayView | null = face.power === 'off' ? null : face.display;
  const display = byId('display');
  display.dataset['scene'] = content?.scene ?? '';
  display.lang = face.language;
  display.ariaLabel = displayLabel(face, content, language);
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

function displayLabel(face: TerminalFace, content: DisplayView | null, language: Language): string {
  if (face.power === 'off') return textOf(language, 'display-off');
  if (content === null) return textOf(language, 'display-starting');
  const [title, ...details] = linesOf(content);
  const lines = [title, content.amount, ...details].filter((line) => line);
  const says = textOf(language, 'display-says', { word: lines.join(', ') });
  return content.qr === null ? says : `${says} ${textOf(language, 'display-code')}`;
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
