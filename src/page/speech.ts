import { setText } from './element.ts';
import type { Language } from './shown.ts';

const STORED_LANGUAGE = 'beacon-terminal-language';
const languages: readonly string[] = ['da', 'fi', 'en'] satisfies Language[];

function isLanguage(text: string | null | undefined): text is Language {
  return typeof text === 'string' && languages.includes(text);
}

/** The language chosen here before, else the first of the browser's that we speak. */
export function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED_LANGUAGE);
  if (isLanguage(stored)) return stored;
  return navigator.languages.map((one) => one.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** Puts every text of the markup into a language: `data-text` and, for the ear, `data-label`. */
export function speakPage(language: Language, textOf: (key: string) => string): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    setText(element, textOf(element.dataset['text'] ?? ''));
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    element.ariaLabel = textOf(element.dataset['label'] ?? '');
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
    button.ariaPressed = String(button.dataset['language'] === language);
  }
}

/** Somebody presses a button with `data-language`; what they chose is remembered. */
export function onLanguageChosen(listener: (language: Language) => void): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
    button.addEventListener('click', () => {
      const chosen = button.dataset['language'];
      if (!isLanguage(chosen)) return;
      localStorage.setItem(STORED_LANGUAGE, chosen);
      listener(chosen);
    });
  }
}
