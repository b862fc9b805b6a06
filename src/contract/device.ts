/** What a display shows: already worded, and cut for two lines of 20 characters. */
export interface DisplayContent {
  /** Which kind of picture it is; the words belong to it, the arrangement is the driver's. */
  scene: string;
  /** Headline and second line, in the terminal's language. */
  title: string;
  detail: string;
  /** Formatted amount, never wrapped or cut; null when the scene has none. */
  amount: string | null;
  /** Text of a QR code to draw, or null. */
  qr: string | null;
  /**
   * A text of the register as it sent it, for displays with room for more than two lines: up to 4 of
   * up to 40 characters. Null when the words are the terminal's own.
   */
  lines: readonly string[] | null;
}

export const lightColours = ['green', 'yellow', 'red'] as const;
export type LightColour = (typeof lightColours)[number];
/** Rhythms a colour-blind cashier can tell apart. */
export type Rhythm = 'off' | 'on' | 'slow-blink' | 'fast-blink' | 'double-blink';
export type LightPattern = Record<LightColour, Rhythm>;

export type ButtonName = 'pay' | 'cancel';
export type ButtonAction = 'press' | 'long-press';
