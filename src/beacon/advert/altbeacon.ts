import { adStructure, adType, flags, signedByte } from './ad-structure.ts';

const BEACON_CODE = [0xbe, 0xac];
/** The beacon id has 20 bytes; the last 4 are free to use, and we do not. */
const UNUSED = [0, 0, 0, 0];
const MANUFACTURER_RESERVED = 0x00;

/** AltBeacon Protocol Specification 1.0. `id`: 16 bytes. */
export function altBeacon(
  id: readonly number[],
  companyId: number,
  measuredPower: number,
): number[] {
  return [
    ...flags,
    ...adStructure(adType.manufacturerData, [
      companyId & 0xff,
      companyId >> 8,
      ...BEACON_CODE,
      ...id,
      ...UNUSED,
      signedByte(measuredPower),
      MANUFACTURER_RESERVED,
    ]),
  ];
}
