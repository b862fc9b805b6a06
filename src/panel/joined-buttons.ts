import type { Buttons } from '../ports.ts';

/** Buttons in more than one place, such as keys and a touch display. */
export function joinButtons(...all: Buttons[]): Buttons {
  return {
    onPress(listener) {
      for (const buttons of all) buttons.onPress(listener);
    },
    async close() {
      await Promise.all(all.map((buttons) => buttons.close()));
    },
  };
}
