import type { Pos } from '../ports.ts';

/** By its id, by its place within a brand, or whichever store the VAT number has, if it is one. */
export type WantedStore =
  | { storeId: string }
  | { brandId: string; locationId: string }
  | 'the-only-one';

/** The PoS as the configuration wants it. */
export interface WantedPos {
  merchantPosId: string;
  name: string;
  store: WantedStore;
  /** Null: MobilePay makes one, once. */
  beaconId: string | null;
  supportedBeaconTypes: string[];
  callbackAlias: string | null;
  requirePaymentBeforeCheckin: boolean;
}

export type PosDifference = Exclude<keyof Pos, 'posId' | 'merchantPosId'>;

/** Fifteen digits, or a GUID, whose hexadecimal digits have no case. */
export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((member) => members.has(member));
}

/** In what the PoS at MobilePay is not the one that is wanted (PoS V10, PoS management). */
export function differencesOf(pos: Pos, wanted: WantedPos, storeId: string): PosDifference[] {
  const same: Record<PosDifference, boolean> = {
    storeId: isSameId(pos.storeId, storeId),
    // What MobilePay made up stays.
    beaconId: wanted.beaconId === null || isSameId(pos.beaconId, wanted.beaconId),
    name: pos.name === wanted.name,
    callbackAlias: (pos.callbackAlias ?? null) === wanted.callbackAlias,
    supportedBeaconTypes: isSameSet(pos.supportedBeaconTypes, wanted.supportedBeaconTypes),
    requirePaymentBeforeCheckin:
      pos.requirePaymentBeforeCheckin === wanted.requirePaymentBeforeCheckin,
  };
  const members = Object.keys(same) as PosDifference[];
  return members.filter((member) => !same[member]);
}

export function isBeaconId(text: string): boolean {
  return /^(\d{15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(text);
}
