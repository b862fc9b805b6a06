import { afterEach, describe, expect, it } from 'vitest';
import type { LightPattern } from '../../src/contract/device.ts';
import type { Lights } from '../../src/ports.ts';

export interface LightsUnderTest {
  lights: Lights;
  /** The rhythms that can be seen once everything set has arrived; null before the first. */
  look(): Promise<LightPattern | null>;
  dispose?(): Promise<void>;
}

const dark: LightPattern = { green: 'off', yellow: 'off', red: 'off' };
const patterns: LightPattern[] = [
  { green: 'on', yellow: 'off', red: 'off' },
  { green: 'slow-blink', yellow: 'on', red: 'off' },
  { green: 'double-blink', yellow: 'off', red: 'slow-blink' },
  { green: 'off', yellow: 'on', red: 'fast-blink' },
  { green: 'fast-blink', yellow: 'fast-blink', red: 'fast-blink' },
  dark,
];

/** What every `Lights` promises. `seen: false` for the driver that stands for no lights. */
export function lightsContract(
  name: string,
  make: () => Promise<LightsUnderTest>,
  { seen }: { seen: boolean } = { seen: true },
): void {
  describe(`${name} as Lights`, () => {
    let current: LightsUnderTest | undefined;
    const made = async () => {
      current = await make();
      return current;
    };
    afterEach(async () => {
      await current?.lights.close();
      await current?.dispose?.();
      current = undefined;
    });

    it('are not lit before they are told to', async () => {
      const device = await made();
      expect((await device.look()) ?? dark).toEqual(dark);
    });

    it('show every pattern, one after the other, with nothing left of the one before', async () => {
      const device = await made();
      for (const pattern of patterns) {
        await device.lights.set(pattern);
        expect(await device.look()).toEqual(seen ? pattern : null);
      }
    });

    it('do not keep hold of what they were given', async () => {
      const device = await made();
      const pattern: LightPattern = { green: 'on', yellow: 'off', red: 'off' };
      await device.lights.set(pattern);
      pattern.green = 'off';
      expect((await device.look())?.green).toBe(seen ? 'on' : undefined);
    });

    it('can be closed twice, and take nothing after', async () => {
      const device = await made();
      await device.lights.set(dark);
      await device.lights.close();
      await device.lights.close();
      await device.lights.set({ green: 'on', yellow: 'on', red: 'on' }).catch(() => {});
      expect((await device.look()) ?? dark).toEqual(dark);
    });
  });
}
