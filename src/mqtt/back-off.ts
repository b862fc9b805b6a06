export interface BackOff {
  /** How long to wait before the next attempt, in ms. Grows with every call. */
  nextDelayMs(): number;
  /** The last attempt went well: begin again with short waits. */
  reset(): void;
}

/**
 * Exponential back-off with full jitter: each wait is drawn evenly between nothing and a ceiling
 * that doubles. A shop full of terminals does not come back to a restarted broker in step.
 */
export function createBackOff(options: {
  firstMs: number;
  maxMs: number;
  random?: () => number;
}): BackOff {
  const { firstMs, maxMs, random = Math.random } = options;
  let ceilingMs = firstMs;
  return {
    nextDelayMs() {
      const delayMs = Math.round(random() * ceilingMs);
      ceilingMs = Math.min(maxMs, ceilingMs * 2);
      return delayMs;
    },
    reset() {
      ceilingMs = firstMs;
    },
  };
}
