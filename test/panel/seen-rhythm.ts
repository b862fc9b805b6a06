import type { Rhythm } from '../../src/contract/device.ts';

/** When a lamp changed, in ms, and to what. */
export interface Change {
  atMs: number;
  lit: boolean;
}

/**
 * What an eye makes of a lamp that was looked at for some seconds.
 * @param changes of the lamp, the first being how it stood at the beginning
 */
export function seenRhythm(changes: Change[]): Rhythm {
  const spans = changes.slice(1).map(({ atMs }, index) => ({
    lit: changes[index]?.lit,
    ms: atMs - (changes[index]?.atMs ?? 0),
  }));
  if (spans.length === 0) return changes[0]?.lit ? 'on' : 'off';
  const lengths = [...new Set(spans.map(({ ms }) => Math.round(ms / 10) * 10))];
  if (lengths.length > 1) return 'double-blink';
  return (lengths[0] ?? 0) > 500 ? 'slow-blink' : 'fast-blink';
}
