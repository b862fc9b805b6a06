/** What the server tells the page: types only, understood by both. */

import type { DisplayView, Lamps, Language, Money } from '../../page/shown.ts';

/** The cashier's words, one for each thing a register may show. */
export type RegisterOutcome =
  | 'ready'
  | 'asking'
  | 'waiting'
  | 'paid'
  | 'not-paid'
  | 'not-known'
  | 'not-started';

export interface RegisterView {
  /** The register has its broker. */
  connected: boolean;
  terminalOnline: boolean;
  outcome: RegisterOutcome;
  amount: Money | null;
  orderId: string | null;
  /** Why it was not paid (a decline reason) or not started (an error code). */
  reason: string | null;
  mayAsk: boolean;
  mayCancel: boolean;
}

export type Power = 'off' | 'booting' | 'on';

export interface TerminalFace {
  power: Power;
  /** Null until the terminal has drawn something. */
  display: DisplayView | null;
  lights: Lamps;
  advertising: boolean;
  language: Language;
}

export type PhoneScreen =
  | 'alone'
  | 'nearby'
  | 'checked-in'
  | 'asked'
  | 'paid'
  | 'refused'
  | 'cancelled';

export interface PhoneView {
  screen: PhoneScreen;
  /** How the phone knows of the terminal: its beacon, or only the code on its display. */
  via: 'beacon' | 'qr' | null;
  shop: string;
  amount: Money | null;
}

export interface TroubleView {
  networkCut: boolean;
  apiSlow: boolean;
  brokerGone: boolean;
  plugPulled: boolean;
}

export interface WorldView {
  register: RegisterView;
  terminal: TerminalFace;
  phone: PhoneView;
  trouble: TroubleView;
}

export type Lane = 'mqtt' | 'http' | 'air' | 'power';
export type Party = 'register' | 'terminal' | 'mobilepay' | 'phone' | 'broker' | 'hand';

export type MeaningCode =
  | 'state-starting'
  | 'state-idle'
  | 'state-checked-in'
  | 'state-paying'
  | 'state-approved'
  | 'state-cancelled'
  | 'state-out-of-order'
  | 'state-offline'
  | 'info'
  | 'telemetry'
  | 'ask'
  | 'cancel'
  | 'get'
  | 'command'
  | 'answer'
  | 'answer-pending'
  | 'answer-approved'
  | 'answer-declined'
  | 'answer-unknown'
  | 'answer-refused'
  | 'event-pending'
  | 'event-asked'
  | 'event-approved'
  | 'event-captured'
  | 'event-declined'
  | 'event-unknown'
  | 'event-checkin'
  | 'event-checkin-ble'
  | 'event-checkout'
  | 'event-button'
  | 'fault-begun'
  | 'fault-over'
  | 'message'
  | 'token'
  | 'stores'
  | 'find-pos'
  | 'create-pos'
  | 'get-pos'
  | 'delete-pos'
  | 'poll-checkin'
  | 'find-payments'
  | 'start-payment'
  | 'capture-payment'
  | 'cancel-payment'
  | 'poll-payment'
  | 'call'
  | 'beacon-on'
  | 'beacon-off'
  | 'qr-shown'
  | 'phone-checks-in'
  | 'phone-accepts'
  | 'phone-refuses'
  | 'plug-pulled'
  | 'plug-back'
  | 'booting'
  | 'crashed'
  | 'connected'
  | 'disconnected'
  | 'network-cut'
  | 'network-back'
  | 'api-slow'
  | 'api-normal'
  | 'broker-gone'
  | 'broker-back';

export interface Meaning {
  code: MeaningCode;
  amount?: Money;
  /** A name or code that stands in the sentence as it is. */
  word?: string;
}

export interface TimelineEntry {
  id: number;
  atMs: number;
  lane: Lane;
  from: Party;
  to: Party | null;
  meaning: Meaning;
  /** A topic, or a call with its answer. */
  wire: string | null;
  payload: string | null;
  tone: 'plain' | 'good' | 'bad';
  /** How often the same was said in a row. */
  times: number;
}

export type Trouble = 'network-cut' | 'api-slow' | 'broker-gone' | 'plug-pulled';

export type Action =
  | { do: 'ask'; amount: string }
  | { do: 'cancel' }
  | { do: 'check-in' }
  | { do: 'accept' }
  | { do: 'refuse' }
  | { do: 'put-away' }
  | { do: 'press'; button: 'pay' | 'cancel'; long: boolean }
  | { do: 'trouble'; trouble: Trouble; on: boolean }
  | { do: 'speak'; language: Language };

/** Why an action was not carried out. */
export type Problem = 'amount' | 'not-now' | 'terminal-off';
