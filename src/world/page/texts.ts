import { type PanelTextKey, panelTexts } from '../../page/panel-texts.ts';
import type { DeclineReason, Language } from '../../page/shown.ts';
import { danish } from './texts-da.ts';
import { english } from './texts-en.ts';
import { finnish } from './texts-fi.ts';
import type { Lane, MeaningCode, Party, Power, Problem, RegisterOutcome } from './world-view.ts';

export type TextKey =
  | 'hint'
  | 'lost'
  | 'language'
  | 'register'
  | 'you-cashier'
  | 'terminal'
  | 'phone'
  | 'you-customer'
  | 'amount'
  | 'ask-button'
  | 'cancel-button'
  | 'bad-amount'
  | Exclude<Problem, 'amount'>
  | 'link-ready'
  | 'link-terminal'
  | 'link-broker'
  | RegisterOutcome
  | `detail-${RegisterOutcome}`
  | 'detail-silent'
  | 'detail-no-broker'
  | `reason-${DeclineReason}`
  | `note-${Power}`
  | 'display-off'
  | 'display-starting'
  | PanelTextKey
  | 'button-pay'
  | 'button-cancel'
  | 'phone-alone'
  | 'phone-nearby'
  | 'phone-code'
  | 'phone-check-in'
  | 'phone-scan'
  | 'phone-checked-in'
  | 'phone-asked'
  | 'phone-accept'
  | 'phone-refuse'
  | 'phone-paid'
  | 'phone-refused'
  | 'phone-cancelled'
  | 'phone-done'
  | 'trouble'
  | `trouble-${'plug' | 'network' | 'broker' | 'slow'}`
  | `trouble-${'plug' | 'network' | 'broker' | 'slow'}-about`
  | 'timeline'
  | 'timeline-empty'
  | 'times'
  | 'lanes'
  | `lane-${Lane}`
  | `party-${Party}`
  | `m-${MeaningCode}`;

type Texts = Record<TextKey, string>;
export type OwnTexts = Omit<Texts, PanelTextKey>;

const texts: Record<Language, Texts> = {
  da: { ...panelTexts.da, ...danish },
  fi: { ...panelTexts.fi, ...finnish },
  en: { ...panelTexts.en, ...english },
};

/** A text with what is known put in its places. */
export function textOf(
  language: Language,
  key: TextKey,
  places: { amount?: string; word?: string } = {},
): string {
  return texts[language][key]
    .replace('{amount}', () => places.amount ?? '')
    .replace('{word}', () => places.word ?? '');
}

/** Why it was not paid, or null for a reason this page does not know. */
export function reasonText(language: Language, reason: string): string | null {
  const key = `reason-${reason}`;
  return key in texts[language] ? texts[language][key as TextKey] : null;
}
