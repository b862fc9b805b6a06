/** How long a condition may take, where a test does not say: long for a busy machine, shorter than any test. */
export const PATIENCE_MS = 8_000;
