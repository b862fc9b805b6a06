import type { Buttons, Display, Lights } from '../ports.ts';

/** `driver: none`: there is no such part, and nobody misses it. */
export function createNoDisplay(): Display {
  return { show: async () => {}, close: async () => {} };
}

export function createNoLights(): Lights {
  return { set: async () => {}, close: async () => {} };
}

export function createNoButtons(): Buttons {
  return { onPress: () => {}, close: async () => {} };
}
