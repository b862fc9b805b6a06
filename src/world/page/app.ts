import { byId, setText } from './element.ts';
import { createPhonePart } from './phone-part.ts';
import { createRegisterPart } from './register-part.ts';
import { act, follow } from './server-link.ts';
import { createTerminalPart } from './terminal-part.ts';
import type { TextKey } from './texts.ts';
import { isLanguage, textOf } from './texts.ts';
import { createTimelinePart } from './timeline-part.ts';
import { createTroublePart } from './trouble-part.ts';
import type { Language, WorldView } from './world-view.ts';

const STORED_LANGUAGE = 'beacon-terminal-language';

const register = createRegisterPart();
const terminal = createTerminalPart();
const phone = createPhonePart();
const trouble = createTroublePart();
const timeline = createTimelinePart();

let language = firstLanguage();
let view: WorldView | undefined;

function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED_LANGUAGE);
  if (isLanguage(stored)) return stored;
  const wanted = navigator.languages.map((one) => one.slice(0, 2));
  return wanted.find(isLanguage) ?? 'en';
}

function render(): void {
  if (view === undefined) return;
  register.render(view.register, language);
  terminal.render(view.terminal, language);
  phone.render(view.phone, language);
  trouble.render(view.trouble);
}

function speak(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    setText(element, textOf(chosen, element.dataset['text'] as TextKey));
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    const label = textOf(chosen, element.dataset['label'] as TextKey);
    element.ariaLabel = label;
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
    button.ariaPressed = String(button.dataset['language'] === chosen);
  }
  timeline.speak(chosen);
  render();
}

for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
  button.addEventListener('click', () => {
    const chosen = button.dataset['language'];
    if (!isLanguage(chosen)) return;
    localStorage.setItem(STORED_LANGUAGE, chosen);
    speak(chosen);
    void act({ do: 'speak', language: chosen });
  });
}

speak(language);
follow({
  onView(next) {
    view = next;
    render();
  },
  onTimeline: timeline.all,
  onEntry: timeline.put,
  onConnected(connected) {
    byId('lost').hidden = connected;
    document.body.dataset['connected'] = String(connected);
  },
});
