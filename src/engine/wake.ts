/** A wait that ends early when something happens. A wake before the wait is not lost. */
export function createWake() {
  let pending = false;
  let release: (() => void) | undefined;
  return {
    wake(): void {
      pending = true;
      release?.();
    },
    isWaiting: (): boolean => release !== undefined,
    /** Resolves after `ms`, or as soon as `wake` is called; true when woken. */
    async wait(ms: number): Promise<boolean> {
      if (!pending && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, 2_147_483_647));
          release = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        release = undefined;
      }
      const woken = pending;
      pending = false;
      return woken;
    },
  };
}
