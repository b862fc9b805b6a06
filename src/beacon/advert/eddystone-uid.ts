import { eddystone, powerAtZero } from './eddystone.ts';

const FRAME_UID = 0x00;
const RESERVED = [0, 0];

/** Eddystone-UID: namespace (10 bytes) and instance (6) are one id of 16 bytes to us. */
export function eddystoneUid(id: readonly number[], measuredPower: number): number[] {
  return eddystone([FRAME_UID, powerAtZero(measuredPower), ...id, ...RESERVED]);
}
