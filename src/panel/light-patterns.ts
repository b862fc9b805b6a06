import type { LightPattern } from '../contract/device.ts';
import type { SceneName } from './scene-names.ts';

/** These replace words only: the lights go on telling how the terminal is. */
export type LitScene = Exclude<SceneName, 'message' | 'service'>;

/**
 * One pattern per scene. No two have the same rhythms, even when their colours are not seen.
 * Green slow: come; green fast: come, somebody looks out for you; green double: a customer is here; yellow on: a payment is in hand; yellow fast:
 * wait, it is not known; green on alone: hand over the goods. Red: do not.
 */
export const lightPatterns: Record<LitScene, LightPattern> = {
  idle: { green: 'slow-blink', yellow: 'off', red: 'off' },
  inviting: { green: 'fast-blink', yellow: 'slow-blink', red: 'off' },
  welcome: { green: 'double-blink', yellow: 'off', red: 'off' },
  waiting: { green: 'slow-blink', yellow: 'on', red: 'off' },
  approve: { green: 'double-blink', yellow: 'on', red: 'off' },
  approved: { green: 'on', yellow: 'off', red: 'off' },
  declined: { green: 'off', yellow: 'on', red: 'fast-blink' },
  unknown: { green: 'off', yellow: 'fast-blink', red: 'off' },
  starting: { green: 'off', yellow: 'slow-blink', red: 'slow-blink' },
  disconnected: { green: 'off', yellow: 'double-blink', red: 'slow-blink' },
  'out-of-order': { green: 'off', yellow: 'on', red: 'on' },
  identify: { green: 'fast-blink', yellow: 'fast-blink', red: 'fast-blink' },
  off: { green: 'off', yellow: 'off', red: 'off' },
};
