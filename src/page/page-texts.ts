import { type PanelTextKey, panelTexts } from './panel-texts.ts';
import type { Language } from './shown.ts';

/** What is put in a text's places: `{amount}`, `{word}`. */
interface Places {
  amount?: string;
  word?: string;
}

/** The texts of a page, together with those of the panel that it draws. */
export function createPageTexts<Key extends string>(own: Record<Language, Record<Key, string>>) {
  type AnyKey = Key | PanelTextKey;
  const texts: Record<Language, Record<AnyKey, string>> = {
    da: { ...panelTexts.da, ...own.da },
    fi: { ...panelTexts.fi, ...own.fi },
    en: { ...panelTexts.en, ...own.en },
  };
  return {
    /** A text with what is known put in its places. */
    textOf(language: Language, key: AnyKey, places: Places = {}): string {
      return texts[language][key]
        .replace('{amount}', () => places.amount ?? '')
        .replace('{word}', () => places.word ?? '');
    },

    /** Why it was not paid, or null for a reason this page does not know. */
    reasonText(language: Language, reason: string): string | null {
      const known: Partial<Record<string, string>> = texts[language];
      return known[`reason-${reason}`] ?? null;
    },
  };
}
