import type { DeclineReason } from '../../page/shown.ts';
import type { Refusal, ShownPayment, Standing } from './console-view.ts';

/** What this page says, beside the words of the panel. */
export type OwnTextKey =
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

export type OwnTexts = Record<OwnTextKey, string>;
