import type { LightColour, LightPattern } from '../contract/device.ts';
import type { Lights } from '../ports.ts';
import type { GpioReport } from './gpio-fault.ts';
import type { GpioLine, GpioLines } from './gpio-lines.ts';
import { litAt, litAtOneLamp } from './rhythm.ts';

const RETRY_MS = 5000;

/** Without `yellow` it is one lamp of several colours, whose yellow is green and red together. */
export interface LightLines {
  green: number;
  yellow?: number | undefined;
  red: number;
}

/** Lights at GPIO lines, high when lit; this process makes the rhythm. */
export function createOnoffLights(options: {
  gpio: GpioLines;
  chip: string;
  lines: LightLines;
  report: GpioReport;
}): Lights {
  const { gpio, chip, report } = options;
  const render = options.lines.yellow === undefined ? litAtOneLamp : litAt;
  let lamps: Map<LightColour, { line: GpioLine; lit: boolean }> | undefined;
  let pattern: LightPattern | undefined;
  let beganAtMs = 0;
  let next: NodeJS.Timeout | undefined;
  let closed = false;

  function open(): NonNullable<typeof lamps> {
    const opened: NonNullable<typeof lamps> = new Map();
    try {
      for (const [colour, line] of Object.entries(options.lines) as [LightColour, number?][]) {
        if (line !== undefined) opened.set(colour, { line: gpio.output(chip, line), lit: false });
      }
    } catch (error) {
      for (const { line } of opened.values()) line.close();
      throw error;
    }
    return opened;
  }

  /** Lights what the pattern wants now, and comes back when that changes. */
  function beat(): void {
    if (pattern === undefined) return;
    try {
      lamps ??= open();
      const { lamps: wanted, forMs } = render(pattern, performance.now() - beganAtMs);
      for (const [colour, lamp] of lamps) {
        if (lamp.lit === wanted[colour]) continue;
        lamp.line.write(wanted[colour] ? 1 : 0);
        lamp.lit = wanted[colour];
      }
      report(undefined);
      if (forMs !== Infinity) comeBackIn(Math.ceil(forMs));
    } catch (error) {
      report(error);
      release();
      comeBackIn(RETRY_MS);
    }
  }

  function comeBackIn(ms: number): void {
    next = setTimeout(beat, ms);
    next.unref();
  }

  function release(): void {
    for (const { line } of lamps?.values() ?? []) {
      quietly(() => line.write(0));
      quietly(() => line.close());
    }
    lamps = undefined;
  }

  return {
    async set(wanted) {
      if (closed) return;
      clearTimeout(next);
      pattern = { ...wanted };
      beganAtMs = performance.now();
      beat();
    },
    async close() {
      closed = true;
      clearTimeout(next);
      release();
    },
  };
}

/** A line that is gone can be neither darkened nor given back. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {}
}
