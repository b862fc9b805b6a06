const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** Writes values to a device: one at a time, the newest only, and again until it succeeds. */
export interface LatestWriter<T> {
  put(value: T): void;
  /** Resolves when the newest value is on the device, or the writer was stopped. */
  settled(): Promise<void>;
  /** No further write begins. */
  stop(): void;
}

export function createLatestWriter<T>(options: {
  write: (value: T) => Promise<void>;
  onFailure: (error: unknown, retryInMs: number) => void;
  onRecovery: () => void;
}): LatestWriter<T> {
  let wanted: { value: T; key: string } | undefined;
  let writtenKey: string | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let wake: () => void = () => {};

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run() {
    let retryMs = FIRST_RETRY_MS;
    let failing = false;
    while (!stopped && wanted && wanted.key !== writtenKey) {
      const { value, key } = wanted;
      // After a failure nobody knows what the device shows, so nothing counts as written.
      writtenKey = undefined;
      try {
        await options.write(value);
        writtenKey = key;
        if (failing) options.onRecovery();
        failing = false;
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        failing = true;
        options.onFailure(error, retryMs);
        // A newer value is tried at once: it may be the result the cashier waits for.
        if (!stopped && wanted.key === key) await pause(retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
    running = undefined;
  }

  return {
    put(value) {
      if (stopped) return;
      const key = JSON.stringify(value);
      if (wanted?.key === key) return;
      wanted = { value, key };
      wake();
      running ??= run();
    },
    async settled() {
      await running;
    },
    stop() {
      stopped = true;
      wake();
    },
  };
}
