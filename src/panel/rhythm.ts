import type { LightColour, LightPattern, Rhythm } from '../contract/device.ts';
import { lightColours } from '../contract/device.ts';

/**
 * What a rhythm is made of: `[lit, dark]` in ms, one after the other, over and over. The pages
 * blink alike (page/lamps.css).
 */
export const beats: Record<
  Exclude<Rhythm, 'on' | 'off'>,
  readonly (readonly [number, number])[]
> = {
  'slow-blink': [[1000, 1000]],
  'fast-blink': [[250, 250]],
  'double-blink': [
    [200, 200],
    [200, 1000],
  ],
};

/** How things stand at a moment, and for how much longer; `forMs` is infinite for steady ones. */
interface Moment {
  lit: boolean;
  forMs: number;
}

const periodsMs = Object.fromEntries(
  Object.entries(beats).map(([rhythm, pairs]) => [
    rhythm,
    pairs.flat().reduce((sum, partMs) => sum + partMs, 0),
  ]),
) as Record<keyof typeof beats, number>;

/** @param atMs since the rhythm began */
function momentOf(rhythm: Rhythm, atMs: number): Moment {
  if (rhythm === 'on' || rhythm === 'off') return { lit: rhythm === 'on', forMs: Infinity };
  let left = atMs % periodsMs[rhythm];
  for (const [litMs, darkMs] of beats[rhythm]) {
    if (left < litMs) return { lit: true, forMs: litMs - left };
    left -= litMs;
    if (left < darkMs) return { lit: false, forMs: darkMs - left };
    left -= darkMs;
  }
  throw new Error('a remainder is less than what it is the remainder of');
}

/** The lamps that are lit at a moment, and when that may change. */
export interface Lit {
  lamps: Record<LightColour, boolean>;
  forMs: number;
}

export function litAt(pattern: LightPattern, atMs: number): Lit {
  const green = momentOf(pattern.green, atMs);
  const yellow = momentOf(pattern.yellow, atMs);
  const red = momentOf(pattern.red, atMs);
  return {
    lamps: { green: green.lit, yellow: yellow.lit, red: red.lit },
    forMs: Math.min(green.forMs, yellow.forMs, red.forMs),
  };
}

const TURN_MS = 500;
const GAP_MS = 100;

/**
 * The same for one lamp of several colours, where yellow is green and red together. One colour at a
 * time: those that blink before those that are steady, several by turns. Between two colours it is
 * dark for a moment, so that the rhythm tells patterns apart where the colour does not.
 */
export function litAtOneLamp(pattern: LightPattern, atMs: number): Lit {
  const { lamps, forMs } = litAt(pattern, atMs);
  const blinks = (colour: LightColour) => pattern[colour] !== 'on';
  const lit = lightColours.filter((colour) => lamps[colour]);
  const blinking = lit.filter(blinks);
  const candidates = blinking.length > 0 ? blinking : lit;
  const several = lightColours.filter((colour) => pattern[colour] !== 'off').length > 1;
  const turn = candidates[Math.floor(atMs / TURN_MS) % Math.max(candidates.length, 1)];
  // Until the colour may change: by the rhythm, or because the next one has its turn.
  const turnMs = candidates.length > 1 ? TURN_MS - (atMs % TURN_MS) : Infinity;
  const leftMs = Math.min(forMs, turnMs);
  const gap = several && leftMs <= GAP_MS;
  return {
    lamps: {
      green: !gap && (turn === 'green' || turn === 'yellow'),
      yellow: false,
      red: !gap && (turn === 'red' || turn === 'yellow'),
    },
    forMs: several && !gap ? leftMs - GAP_MS : leftMs,
  };
}
