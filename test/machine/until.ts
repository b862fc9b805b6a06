import { vi } from 'vitest';

/** An emulated processor beside other work: far longer than anything takes. */
const PATIENCE_MS = 90_000;

/** Waits until this no longer throws. */
export function until<T>(check: () => T | Promise<T>, timeout = PATIENCE_MS): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 100 });
}
