/** What servers tell their pages: types only, understood by both. */

export type Language = 'da' | 'fi' | 'en';

export interface Money {
  currency: 'DKK' | 'EUR';
  /** Whole minor units. */
  value: number;
}

/** The terminal's display, as its panel has it. */
export interface DisplayView {
  scene: string;
  title: string;
  detail: string;
  amount: string | null;
  qr: string | null;
  lines: readonly string[] | null;
}

export type Rhythm = 'off' | 'on' | 'slow-blink' | 'fast-blink' | 'double-blink';
export type Lamps = Record<'green' | 'yellow' | 'red', Rhythm>;

/** Why it was not paid, as the register hears it. */
export type DeclineReason =
  | 'customer-refused'
  | 'customer-timeout'
  | 'by-register'
  | 'by-terminal'
  | 'by-platform'
  | 'expired'
  | 'not-created'
  | 'late-approval';
