import type { Lamps, Language, Rhythm } from '../../page/shown.ts';
import type { Refusal, ShownPayment, Standing } from './console-view.ts';
import { danish } from './texts-da.ts';
import { english } from './texts-en.ts';
import { finnish } from './texts-fi.ts';

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
  | `reason-${Reason}`
  | 'display-starting'
  | 'display-says'
  | 'display-code'
  | 'lights'
  | keyof Lamps
  | `rhythm-${Rhythm}`
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

export type Texts = Record<TextKey, string>;

const texts: Record<Language, Texts> = { da: danish, fi: finnish, en: english };

/** A text with what is known put in its place. */
export function textOf(language: Language, key: TextKey, word = ''): string {
  return texts[language][key].replace('{word}', () => word);
}

/** Why it was not paid, or null for a reason this page does not know. */
export function reasonText(language: Language, reason: string): string | null {
  const key = `reason-${reason}`;
  return key in texts[language] ? texts[language][key as TextKey] : null;
}
