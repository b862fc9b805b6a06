import type { DeclineReason } from '../../page/shown.ts';
import type { Lane, MeaningCode, Party, Power, Problem, RegisterOutcome } from './world-view.ts';

/** What this page says, beside the words of the panel. */
export type OwnTextKey =
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

export type OwnTexts = Record<OwnTextKey, string>;
