import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LightColour, LightPattern, Rhythm } from '../contract/device.ts';
import { lightColours } from '../contract/device.ts';
import type { Lights } from '../ports.ts';
import type { GpioReport } from './gpio-fault.ts';
import { beats } from './rhythm.ts';

const RETRY_MS = 5000;

/**
 * Lights of the kernel's LED class (`dtoverlay=gpio-led`). Its timers make the rhythm, so that they
 * blink on when this process is busy or dead.
 */
export function createLedClassLights(options: {
  /** Name of each lamp in /sys/class/leds. */
  leds: Record<LightColour, string>;
  report: GpioReport;
  folder?: string;
}): Lights {
  const { leds, report, folder = '/sys/class/leds' } = options;
  const file = (colour: LightColour, name: string) => join(folder, leds[colour], name);
  /** Whether this lamp's kernel has the pattern trigger. */
  const patterned = new Map<LightColour, boolean>();
  let lit: Partial<LightPattern> = {};
  let wanted: LightPattern | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  /** Without O_CREAT: a lamp that is not there must not become a plain file. */
  function put(colour: LightColour, name: string, value: string | number): void {
    const descriptor = openSync(file(colour, name), constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeSync(descriptor, String(value));
    } finally {
      closeSync(descriptor);
    }
  }

  function light(colour: LightColour, rhythm: Rhythm): void {
    const hasPatterns = knowsPatterns(colour);
    if (rhythm === 'on' || rhythm === 'off') {
      put(colour, 'trigger', 'none');
      put(colour, 'brightness', rhythm === 'on' ? fullOf(colour) : 0);
      return;
    }
    const [first = [0, 0] as const, ...others] = beats[rhythm];
    if (others.length > 0 && hasPatterns) {
      put(colour, 'trigger', 'pattern');
      put(colour, 'pattern', patternOf(rhythm, fullOf(colour)));
      return;
    }
    put(colour, 'trigger', 'timer');
    // A kernel without the pattern trigger blinks once where it should twice: short, then long dark.
    const [onMs, offMs] =
      others.length === 0
        ? first
        : [first[0], beats[rhythm].flat().reduce((a, b) => a + b) - first[0]];
    put(colour, 'delay_on', onMs);
    put(colour, 'delay_off', offMs);
  }

  const fullOf = (colour: LightColour) =>
    Number(readFileSync(file(colour, 'max_brightness'), 'utf8'));

  function knowsPatterns(colour: LightColour): boolean {
    const known =
      patterned.get(colour) ?? /\bpattern\b/.test(readFileSync(file(colour, 'trigger'), 'utf8'));
    patterned.set(colour, known);
    return known;
  }

  function apply(): void {
    clearTimeout(retry);
    if (wanted === undefined) return;
    try {
      for (const colour of lightColours) {
        if (lit[colour] === wanted[colour]) continue;
        light(colour, wanted[colour]);
        lit[colour] = wanted[colour];
      }
      report(undefined);
    } catch (error) {
      report(error);
      lit = {};
      if (closed) return;
      retry = setTimeout(apply, RETRY_MS);
      retry.unref();
    }
  }

  return {
    async set(pattern) {
      if (closed) return;
      wanted = { ...pattern };
      apply();
    },
    async close() {
      if (closed) return;
      closed = true;
      wanted = { green: 'off', yellow: 'off', red: 'off' };
      apply();
    },
  };
}

/** For ledtrig-pattern: a level is held by naming it twice, and changed at once by a step of 0 ms. */
function patternOf(rhythm: keyof typeof beats, full: number): string {
  return beats[rhythm].map(([onMs, offMs]) => `${full} ${onMs} ${full} 0 0 ${offMs} 0 0`).join(' ');
}
