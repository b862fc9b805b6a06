/** What the server tells the console's page: types only, understood by both. */

import type { DisplayView, Lamps, Language, Money } from '../../page/shown.ts';

export type Standing =
  | 'ready'
  | 'paying'
  | 'unknown'
  | 'starting'
  | 'out-of-order'
  | 'no-broker'
  | 'no-mobilepay';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface ConsoleView {
  terminalId: string;
  version: string;
  posName: string;
  standing: Standing;
  mqttConnected: boolean;
  apiReachable: boolean;
  advertising: boolean;
  faults: ShownFault[];
  /** Null until the panel has shown something. */
  panel: { display: DisplayView; lamps: Lamps } | null;
  /** Of the display. */
  language: Language;
  /** The last ones, newest first. */
  payments: ShownPayment[];
  logLevel: LogLevel;
}

export interface ShownFault {
  code: string;
  title: Record<Language, string>;
  remedy: Record<Language, string>;
  /** RFC 3339; null: since before the terminal started. */
  since: string | null;
  /** False: it happened once, and is over. */
  lasts: boolean;
}

export interface ShownPayment {
  orderId: string;
  amount: Money | null;
  outcome: 'pending' | 'approved' | 'declined' | 'unknown';
  reason: string | null;
  /** RFC 3339, of the last change. */
  at: string;
}

/** What the page may ask for, with the token; `unlock` only finds out whether the token is right. */
export type Act =
  | { do: 'unlock' }
  | { do: 'identify' }
  | { do: 'restart' }
  | { do: 'log-level'; level: 'info' | 'debug' };

/** Why it was not done. */
export type Refusal = 'token' | 'not-local' | 'busy' | 'no-answer';
