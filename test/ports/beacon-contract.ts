import { afterEach, describe, expect, it } from 'vitest';
import type { Beacon } from '../../src/ports.ts';

export interface BeaconUnderTest {
  beacon: Beacon;
  /** The id a phone in the room receives now; null when there is none. */
  receive(): Promise<string | null>;
  dispose?(): Promise<void>;
}

const id = '123456789012345';
const guid = 'a1b2c3d4-e5f6-4711-8899-aabbccddeeff';

/** What every `Beacon` promises. `onAir: false` for the driver that stands for no beacon. */
export function beaconContract(
  name: string,
  make: () => Promise<BeaconUnderTest>,
  { onAir }: { onAir: boolean } = { onAir: true },
): void {
  describe(`${name} as a Beacon`, () => {
    let current: BeaconUnderTest | undefined;
    const made = async () => {
      current = await make();
      return current;
    };
    afterEach(async () => {
      await current?.beacon.close();
      await current?.dispose?.();
      current = undefined;
    });
    const aired = (beaconId: string) => (onAir ? beaconId : null);

    it('is silent before it is told to advertise', async () => {
      expect(await (await made()).receive()).toBeNull();
    });

    it('advertises the id it was given last, until it is told null', async () => {
      const { beacon, receive } = await made();
      await beacon.advertise(id);
      expect(await receive()).toBe(aired(id));
      await beacon.advertise(guid);
      expect(await receive()).toBe(aired(guid));
      await beacon.advertise(null);
      expect(await receive()).toBeNull();
    });

    it('says when it begins and when it ends, and each only once', async () => {
      const { beacon } = await made();
      const heard: boolean[] = [];
      beacon.onAdvertising((advertising) => heard.push(advertising));
      await beacon.advertise(id);
      await beacon.advertise(id);
      await beacon.advertise(null);
      await beacon.advertise(null);
      await beacon.advertise(id);
      expect(heard).toEqual(onAir ? [true, false, true] : []);
    });

    it('leaves the air when it is closed, once or twice, and does not come back', async () => {
      const { beacon, receive } = await made();
      const heard: boolean[] = [];
      await beacon.advertise(id);
      beacon.onAdvertising((advertising) => heard.push(advertising));
      await beacon.close();
      await beacon.close();
      await beacon.advertise(guid).catch(() => {});
      expect(await receive()).toBeNull();
      expect(heard).toEqual(onAir ? [false] : []);
    });
  });
}
