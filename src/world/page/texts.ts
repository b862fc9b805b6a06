import type { Language, Rhythm } from '../../page/shown.ts';
import { danish } from './texts-da.ts';
import { english } from './texts-en.ts';
import { finnish } from './texts-fi.ts';
import type { Lane, MeaningCode, Party, Power, Problem, RegisterOutcome } from './world-view.ts';

type Reason =
  | 'customer-refused'
  | 'customer-timeout'
  | 'by-register'
  | 'by-terminal'
  | 'by-platform'
  | 'expired'
  | 'not-created'
  | 'late-approval';

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
  | `reason-${Reason}`
  | `note-${Power}`
  | 'display-off'
  | 'display-starting'
  | 'display-says'
  | 'display-code'
  | 'lights'
  | 'green'
  | 'yellow'
  | 'red'
  | `rhythm-${Rhythm}`
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

export type Texts = Record<TextKey, string>;

const texts: Record<Language, Texts> = { da: danish, fi: finnish, en: english };

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
