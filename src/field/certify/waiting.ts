/** The story cannot go on, and why: what it had still to show is not shown. */
export class FlowStopped extends Error {}

/** How long a story waits for what must come. */
export const COMES_WITHIN_MS = 40_000;

/** Waits until what `now` returns fits; looks again at each change. */
export async function until<T>(
  what: string,
  now: () => T | undefined,
  fits: (value: T) => boolean,
  onChange: (listener: () => void) => () => void,
): Promise<T> {
  let stop: (() => void) | undefined;
  try {
    return await inTime(
      new Promise<T>((resolve) => {
        const look = () => {
          const value = now();
          if (value !== undefined && fits(value)) resolve(value);
        };
        stop = onChange(look);
        look();
      }),
      what,
    );
  } finally {
    stop?.();
  }
}

/** @throws FlowStopped when it takes too long */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FlowStopped(`waited ${COMES_WITHIN_MS / 1000} s in vain for ${what}`)),
      COMES_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
