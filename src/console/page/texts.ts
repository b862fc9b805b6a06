import { type PanelTextKey, panelTexts } from '../../page/panel-texts.ts';
import type { DeclineReason, Language } from '../../page/shown.ts';
import type { Refusal, ShownPayment, Standing } from './console-view.ts';
import { danish } from './texts-da.ts';
import { english } from './texts-en.ts';
import { finnish } from './texts-fi.ts';

export type TextKey =
  | 'lost'
  | 'language'
  | 'terminal'
  | 'connections'
  | 'register'
  | 'beacon'
  | 'connected'
  | 'not-connected'
  | 'calling'
  | 'silent'
  | Standing
  | `detail-${Standing}`
  | 'faults'
  | 'no-faults'
  | 'since'
  | 'happened'
  | 'payments'
  | 'no-payments'
  | 'time'
  | 'order'
  | 'amount'
  | 'outcome'
  | `outcome-${ShownPayment['outcome']}`
  | `reason-${DeclineReason}`
  | 'display-starting'
  | PanelTextKey
  | 'acts'
  | 'acts-about'
  | 'token'
  | 'unlock'
  | 'lock'
  | 'identify'
  | 'identify-about'
  | 'restart'
  | 'restart-about'
  | 'log-debug'
  | 'log-info'
  | 'log-about'
  | `done-${'identify' | 'restart' | 'log-debug' | 'log-info'}`
  | `refused-${Refusal}`;

type Texts = Record<TextKey, string>;
export type OwnTexts = Omit<Texts, PanelTextKey>;

const texts: Record<Language, Texts> = {
  da: { ...panelTexts.da, ...danish },
  fi: { ...panelTexts.fi, ...finnish },
  en: { ...panelTexts.en, ...english },
};

/** A text with what is known put in its place. */
export function textOf(language: Language, key: TextKey, word = ''): string {
  return texts[language][key].replace('{word}', () => word);
}

/** Why it was not paid, or null for a reason this page does not know. */
export function reasonText(language: Language, reason: string): string | null {
  const key = `reason-${reason}`;
  return key in texts[language] ? texts[language][key as TextKey] : null;
}
