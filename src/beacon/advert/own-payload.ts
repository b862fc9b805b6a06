import { signedByte } from './ad-structure.ts';
import { shortBytes } from './beacon-id-bytes.ts';

/** Of the payload below. */
const VERSION = 1;

/**
 * What we put where a format leaves the contents to us: version, measured power, and the id, whose
 * length tells 15 digits (8 bytes) from a GUID (16).
 */
export function ownPayload(beaconId: string, measuredPower: number): number[] {
  return [VERSION, signedByte(measuredPower), ...shortBytes(beaconId)];
}
