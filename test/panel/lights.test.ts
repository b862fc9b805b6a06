import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LightPattern } from '../../src/contract/device.ts';
import { createLedClassLights } from '../../src/panel/led-class-lights.ts';
import { lightPatterns } from '../../src/panel/light-patterns.ts';
import { createOnoffLights } from '../../src/panel/onoff-lights.ts';
import { litAt, litAtOneLamp } from '../../src/panel/rhythm.ts';
import { createFakeGpio } from './fake-gpio.ts';
import { createLedFolder } from './led-folder.ts';

const RETRY_MS = 5000;
const on: LightPattern = { green: 'on', yellow: 'off', red: 'off' };
const slow: LightPattern = { green: 'slow-blink', yellow: 'off', red: 'off' };

/** Whether anything is lit, every 50 ms: all that somebody sees who sees no colours. */
function brightness(pattern: LightPattern, render: typeof litAt): string {
  return Array.from({ length: 240 }, (_, index) => {
    const { green, yellow, red } = render(pattern, index * 50).lamps;
    return green || yellow || red ? '#' : '.';
  }).join('');
}

describe('one lamp of several colours', () => {
  it('has for every scene a rhythm of its own, whoever cannot see the colour', () => {
    const seen = new Map<string, string>();
    for (const [scene, pattern] of Object.entries(lightPatterns)) {
      const rhythm = brightness(pattern, litAtOneLamp);
      for (const [other, theirs] of seen) {
        // Nobody knows where a rhythm begins.
        expect((theirs + theirs).includes(rhythm), `${scene} looks like ${other}`).toBe(false);
      }
      seen.set(scene, rhythm);
    }
  });

  it('is green without a pause only where the goods may go', () => {
    const steady = Object.entries(lightPatterns).filter(
      ([, pattern]) => !brightness(pattern, litAtOneLamp).includes('.'),
    );
    expect(steady.map(([scene]) => scene)).toEqual(['approved']);
    expect(litAtOneLamp(on, 0).lamps).toEqual({ green: true, yellow: false, red: false });
  });

  it('says exactly when it changes next', () => {
    for (const pattern of Object.values(lightPatterns)) {
      for (const render of [litAt, litAtOneLamp]) {
        for (let atMs = 0; atMs < 5000; ) {
          const { lamps, forMs } = render(pattern, atMs);
          if (forMs === Infinity) break;
          expect(forMs).toBeGreaterThan(0);
          expect(render(pattern, atMs + forMs - 1).lamps).toEqual(lamps);
          atMs += forMs;
        }
      }
    }
  });
});

describe('lights at GPIO lines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const lines = { green: 17, yellow: 27, red: 22 };
  function made(some: { green: number; yellow?: number; red: number } = lines) {
    const gpio = createFakeGpio();
    const reports: unknown[] = [];
    const report = (error: unknown) => void reports.push(error);
    const lights = createOnoffLights({ gpio, chip: 'pinctrl-rp1', lines: some, report });
    return { gpio, lights, reports };
  }

  it('are lit in the same moment, before anything else can happen', () => {
    const { gpio, lights } = made();
    void lights.set(on);
    expect([...gpio.levels]).toEqual([
      [17, 1],
      [27, 0],
      [22, 0],
    ]);
  });

  it('are dark and given back when closed, and no rhythm goes on', async () => {
    const { gpio, lights } = made();
    await lights.set(slow);
    await lights.close();
    expect([...gpio.levels.values()]).toEqual([0, 0, 0]);
    expect(gpio.open.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that fail are tried again, and then show the newest pattern', async () => {
    const { gpio, lights, reports } = made();
    gpio.trouble = new Error('no such chip');
    await lights.set(slow);
    expect(reports).toEqual([gpio.trouble]);
    await lights.set(on);
    gpio.trouble = undefined;
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gpio.levels.get(17)).toBe(1);
    expect(reports.at(-1)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that fail in the middle of a rhythm take the process nowhere', async () => {
    const { gpio, lights, reports } = made();
    await lights.set(slow);
    gpio.trouble = new Error('EIO');
    await vi.advanceTimersByTimeAsync(1000);
    expect(reports.at(-1)).toBe(gpio.trouble);
    expect(gpio.open.size).toBe(0);
    gpio.trouble = undefined;
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(reports.at(-1)).toBeUndefined();
  });

  it('without a yellow one mix it from green and red', async () => {
    const { gpio, lights } = made({ green: 17, red: 22 });
    await lights.set({ green: 'off', yellow: 'on', red: 'off' });
    expect([...gpio.levels]).toEqual([
      [17, 1],
      [22, 1],
    ]);
  });
});

describe('lights of the LED class', () => {
  const leds = { green: 'beacon-green', yellow: 'beacon-yellow', red: 'beacon-red' };
  function made(triggers?: string) {
    const folder = createLedFolder(Object.values(leds), triggers);
    const reports: unknown[] = [];
    const lights = createLedClassLights({
      leds,
      folder: folder.path,
      report: (error) => void reports.push(error),
    });
    onTestFinished(async () => {
      await lights.close();
      folder.dispose();
    });
    return { folder, lights, reports };
  }

  it('leave the rhythm to the kernel', async () => {
    const { folder, lights } = made();
    await lights.set({ green: 'double-blink', yellow: 'fast-blink', red: 'on' });
    expect(folder.read('beacon-green', 'pattern')).toBe(
      '255 200 255 0 0 200 0 0 255 200 255 0 0 1000 0 0',
    );
    expect(folder.read('beacon-yellow', 'trigger')).toBe('timer');
    expect(folder.read('beacon-yellow', 'delay_on')).toBe('250');
    expect(folder.read('beacon-yellow', 'delay_off')).toBe('250');
    expect(folder.read('beacon-red', 'trigger')).toMatch(/^\[none\]/);
    expect(folder.read('beacon-red', 'brightness')).toBe('255');
  });

  it('blink shortly and rarely where the kernel knows no patterns', async () => {
    const { folder, lights } = made('[none] timer heartbeat');
    await lights.set({ green: 'double-blink', yellow: 'off', red: 'off' });
    expect(folder.read('beacon-green', 'trigger')).toBe('timer');
    expect(folder.read('beacon-green', 'delay_on')).toBe('200');
    expect(folder.read('beacon-green', 'delay_off')).toBe('1400');
  });

  it('are all dark when closed', async () => {
    const { folder, lights } = made();
    await lights.set({ green: 'double-blink', yellow: 'fast-blink', red: 'on' });
    await lights.close();
    expect(Object.values(leds).map((name) => folder.rhythm(name))).toEqual(['off', 'off', 'off']);
  });

  it('whose files come a moment after their trigger are no fault', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { folder, lights, reports } = made();
    const late = join(folder.path, 'beacon-green', 'delay_on');
    rmSync(late);
    await lights.set(slow);
    await vi.advanceTimersByTimeAsync(300);
    writeFileSync(late, '');
    await vi.advanceTimersByTimeAsync(100);
    expect(folder.rhythm('beacon-green')).toBe('slow-blink');
    expect(reports).toEqual([undefined]);
  });

  it('that are missing make no files of their own, and heal', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { folder, lights, reports } = made();
    folder.unplug();
    await lights.set(on);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reports).toMatchObject([{ code: 'ENOENT' }]);
    expect(folder.exists('beacon-green')).toBe(false);
    folder.plug();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(folder.rhythm('beacon-green')).toBe('on');
    expect(reports.at(-1)).toBeUndefined();
  });
});
