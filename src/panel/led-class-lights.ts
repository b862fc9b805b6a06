import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LightColour, LightPattern, Rhythm } from '../contract/device.ts';
import { lightColours } from '../contract/device.ts';
import type { Lights } from '../ports.ts';
import type { GpioReport } from './gpio-fault.ts';
import { beats } from './rhythm.ts';

const RETRY_MS = 5000;
/**
 * A trigger's own files appear with it, and udev needs a moment to hand them over to us: so many tries
 * at short intervals before it counts as a fault.
 */
const PATIENT_TRIES = 10;
const PATIENT_RETRY_MS = 100;

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
  let tries = 0;
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

  /** Set anew, a trigger would lose its files and make others. */
  function trigger(colour: LightColour, name: string): void {
    const text = readFileSync(file(colour, 'trigger'), 'utf8');
    const now = /\[(\S+)\]/.exec(text)?.[1] ?? text.trim();
    if (now !== name) put(colour, 'trigger', name);
  }

  function light(colour: LightColour, rhythm: Rhythm): void {
    const hasPatterns = knowsPatterns(colour);
    if (rhythm === 'on' || rhythm === 'off') {
      trigger(colour, 'none');
      put(colour, 'brightness', rhythm === 'on' ? fullOf(colour) : 0);
      return;
    }
    const [first = [0, 0] as const, ...others] = beats[rhythm];
    if (others.length > 0 && hasPatterns) {
      trigger(colour, 'pattern');
      put(colour, 'pattern', patternOf(rhythm, fullOf(colour)));
      return;
    }
    trigger(colour, 'timer');
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
      tries = 0;
      report(undefined);
    } catch (error) {
      tries += 1;
      const patient = tries < PATIENT_TRIES;
      if (!patient) {
        report(error);
        // It may be another lamp that comes back.
        lit = {};
      }
      if (closed) return;
      retry = setTimeout(apply, patient ? PATIENT_RETRY_MS : RETRY_MS);
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
