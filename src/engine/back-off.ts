/** Rule 10: after a burst of 3 tries, one try at 5, 10, 20 … 300 s, with jitter. */
const FIRST_MS = 5_000;
const LONGEST_MS = 300_000;

/** The wait after the n-th failed burst (n from 1). `random` is 0..1; the jitter is ±20 %. */
export function retryWaitMs(failures: number, random: number): number {
  const plain = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return plain * (0.8 + 0.4 * random);
}

/** A failed poll is not retried; the next comes at its time, later each time, at most 5 s. */
export function pollWaitMs(pollDelayMs: number, failures: number, random: number): number {
  if (failures === 0) return pollDelayMs;
  const plain = Math.min(5_000, Math.max(pollDelayMs, 500) * 2 ** Math.min(failures - 1, 4));
  return Math.max(pollDelayMs, plain * (0.8 + 0.4 * random));
}

/** Before the terminal has opened its session: 1, 2, 4 … 30 s. */
export function sessionWaitMs(failures: number, random: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.max(0, failures - 1)) * (0.8 + 0.4 * random);
}
