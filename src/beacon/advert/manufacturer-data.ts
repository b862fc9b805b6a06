import { adStructure, adType, flags } from './ad-structure.ts';

/** Manufacturer Specific Data (Core Specification Supplement, part A, 1.4). */
export function manufacturerData(companyId: number, payload: readonly number[]): number[] {
  return [
    ...flags,
    ...adStructure(adType.manufacturerData, [companyId & 0xff, companyId >> 8, ...payload]),
  ];
}
