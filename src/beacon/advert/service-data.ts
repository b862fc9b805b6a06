import { adStructure, adType, flags, littleEndianUuid } from './ad-structure.ts';

const SHORT_UUID_LENGTH = 4;

/** Service Data (Core Specification Supplement, part A, 1.11), under a UUID of 16 or 128 bits. */
export function serviceData(uuid: string, payload: readonly number[]): number[] {
  const type = uuid.length === SHORT_UUID_LENGTH ? adType.serviceData16 : adType.serviceData128;
  return [...flags, ...adStructure(type, [...littleEndianUuid(uuid), ...payload])];
}
