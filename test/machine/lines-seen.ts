import type { Rhythm } from '../../src/contract/device.ts';

/** A line of a GPIO chip: when it changed, in ms, and to what. */
export interface LineChange {
  atMs: number;
  high: boolean;
}

/** Long enough for two rounds of the slowest rhythm. */
const LOOK_MS = 4_400;
/** Between the longest time of a quick flash and the shortest of a slow one. */
const LONG_MS = 600;
const STRIP_STEP_MS = 100;

function levelAt(changes: readonly LineChange[], atMs: number): boolean {
  return changes.findLast((change) => change.atMs <= atMs)?.high ?? false;
}

/**
 * What an eye makes of a line that it has looked at for `LOOK_MS`, whose times an emulated processor
 * stretches; null: no rhythm that has a name.
 */
export function rhythmOf(changes: readonly LineChange[], nowMs: number): Rhythm | null {
  const fromMs = nowMs - LOOK_MS;
  const recent = changes.filter(({ atMs }) => atMs > fromMs);
  if (recent.length === 0) return levelAt(changes, nowMs) ? 'on' : 'off';
  const spans = recent.slice(1).map(({ atMs }, index) => {
    const before = recent[index];
    return { high: before?.high ?? false, long: atMs - (before?.atMs ?? 0) > LONG_MS };
  });
  const lit = spans.filter(({ high }) => high);
  const dark = spans.filter(({ high }) => !high);
  if (lit.length === 0 || dark.length === 0) return null;
  if (lit.every(({ long }) => long)) return dark.every(({ long }) => long) ? 'slow-blink' : null;
  if (lit.some(({ long }) => long)) return null;
  if (dark.every(({ long }) => !long)) return lit.length > 4 ? 'fast-blink' : null;
  return isDouble(dark.map(({ long }) => long)) ? 'double-blink' : null;
}

/** Short and long darkness take turns. */
function isDouble(dark: boolean[]): boolean {
  return dark.length > 2 && dark.every((long, index) => index === 0 || long !== dark[index - 1]);
}

/** The last while of a line as a strip of paper would have it. */
export function stripOf(changes: readonly LineChange[], nowMs: number): string {
  const steps = Math.round(LOOK_MS / STRIP_STEP_MS);
  return Array.from({ length: steps }, (_, step) =>
    levelAt(changes, nowMs - LOOK_MS + (step + 0.5) * STRIP_STEP_MS) ? '█' : '▁',
  ).join('');
}
