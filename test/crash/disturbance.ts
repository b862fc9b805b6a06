/** One thing that goes wrong in a run. */
export type Disturbance =
  /** The process dies at an instant numbered by preload.mjs, in its n-th boot (from 1). */
  | { kind: 'kill'; boot: number; point: number }
  /** It is asked to stop there, and started again when it has. */
  | { kind: 'stop'; boot: number; point: number }
  /** The n-th call of the run (from 1) never arrives, or has its effect but no answer. */
  | { kind: 'lost-request' | 'lost-answer'; call: number };

/** As `kill:1:17` or `lost-answer:4`: what `CRASH_ONLY` takes. */
export function textOf(disturbances: readonly Disturbance[]): string {
  if (disturbances.length === 0) return 'undisturbed';
  return disturbances
    .map((one) =>
      'boot' in one ? `${one.kind}:${one.boot}:${one.point}` : `${one.kind}:${one.call}`,
    )
    .join(',');
}

export function parseDisturbances(text: string): Disturbance[] {
  if (text === '' || text === 'undisturbed') return [];
  return text.split(',').map((word) => {
    const [kind, first, second] = word.split(':');
    if (kind === 'kill' || kind === 'stop') {
      return { kind, boot: Number(first), point: Number(second) };
    }
    if (kind === 'lost-request' || kind === 'lost-answer') return { kind, call: Number(first) };
    throw new Error(`not a disturbance: ${word}`);
  });
}
