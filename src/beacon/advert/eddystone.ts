import { adStructure, adType, flags, signedByte } from './ad-structure.ts';

/** 0xFEAA, as the air carries it. */
const EDDYSTONE_SERVICE = [0xaa, 0xfe];
/** What is lost on the first metre (Eddystone-UID, Tx Power). */
const FIRST_METRE_DB = 41;

/** Eddystone sends the power at 0 m. */
export function powerAtZero(measuredPower: number): number {
  return signedByte(measuredPower + FIRST_METRE_DB);
}

/** Eddystone Protocol Specification, Common Elements. */
export function eddystone(frame: readonly number[]): number[] {
  return [
    ...flags,
    ...adStructure(adType.completeServiceUuids16, EDDYSTONE_SERVICE),
    ...adStructure(adType.serviceData16, [...EDDYSTONE_SERVICE, ...frame]),
  ];
}
