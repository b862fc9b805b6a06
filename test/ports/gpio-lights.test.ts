import { afterEach, beforeEach, describe, vi } from 'vitest';
import type { LightColour } from '../../src/contract/device.ts';
import { createLedClassLights } from '../../src/panel/led-class-lights.ts';
import { createOnoffLights } from '../../src/panel/onoff-lights.ts';
import { createFakeGpio } from '../panel/fake-gpio.ts';
import { createLedFolder } from '../panel/led-folder.ts';
import { type Change, seenRhythm } from '../panel/seen-rhythm.ts';
import { lightsContract } from './lights-contract.ts';

const lines = { green: 17, yellow: 27, red: 22 };
const leds = { green: 'beacon-green', yellow: 'beacon-yellow', red: 'beacon-red' };

describe('with time in hand', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  lightsContract('lights at GPIO lines', async () => {
    const gpio = createFakeGpio();
    const lights = createOnoffLights({ gpio, chip: 'chip', lines, report: () => {} });
    return {
      lights,
      async look() {
        if (gpio.levels.size === 0) return null;
        const changes = new Map<number, Change[]>();
        for (const line of Object.values(lines)) {
          changes.set(line, [{ atMs: performance.now(), lit: gpio.levels.get(line) === 1 }]);
        }
        gpio.onWrite = (line, value) =>
          changes.get(line)?.push({ atMs: performance.now(), lit: value === 1 });
        await vi.advanceTimersByTimeAsync(6400);
        gpio.onWrite = undefined;
        const seen = (colour: LightColour) => seenRhythm(changes.get(lines[colour]) ?? []);
        return { green: seen('green'), yellow: seen('yellow'), red: seen('red') };
      },
    };
  });
});

lightsContract('lights of the LED class', async () => {
  const folder = createLedFolder(Object.values(leds));
  return {
    lights: createLedClassLights({ leds, report: () => {}, folder: folder.path }),
    async look() {
      const seen = (colour: LightColour) => folder.rhythm(leds[colour]);
      return { green: seen('green'), yellow: seen('yellow'), red: seen('red') };
    },
    dispose: async () => folder.dispose(),
  };
});
