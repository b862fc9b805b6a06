import { adStructure, adType, flags, signedByte } from './ad-structure.ts';

/** Apple's company id, the beacon's type and the length of what follows. */
const APPLE_PROXIMITY_BEACON = [0x4c, 0x00, 0x02, 0x15];
/** Major and minor: the UUID alone is the id. */
const NO_MAJOR_MINOR = [0, 0, 0, 0];

/** Apple, Proximity Beacon Specification, R1. `uuid`: 16 bytes. */
export function iBeacon(uuid: readonly number[], measuredPower: number): number[] {
  return [
    ...flags,
    ...adStructure(adType.manufacturerData, [
      ...APPLE_PROXIMITY_BEACON,
      ...uuid,
      ...NO_MAJOR_MINOR,
      signedByte(measuredPower),
    ]),
  ];
}
