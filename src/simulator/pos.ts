export const beaconTypes = ['QR', 'NFC', 'Bluetooth'] as const;
export type BeaconType = (typeof beaconTypes)[number];

/** A point of sale: the place where a customer checks in and a payment can happen. */
export interface Pos {
  posId: string;
  clientId: string;
  merchantVat: string;
  merchantPosId: string;
  storeId: string;
  name: string;
  beaconId: string;
  callbackAlias: string | null;
  supportedBeaconTypes: BeaconType[];
  requirePaymentBeforeCheckin: boolean;
}

export interface PosFilter {
  storeId?: string | undefined;
  beaconId?: string | undefined;
  merchantPosId?: string | undefined;
}

/** Whether a point of sale answers to every filter that is given. */
export function matches(pos: Pos, filter: PosFilter): boolean {
  return (
    (filter.storeId === undefined || pos.storeId === filter.storeId.toLowerCase()) &&
    (filter.beaconId === undefined || sameBeacon(pos.beaconId, filter.beaconId)) &&
    (filter.merchantPosId === undefined || pos.merchantPosId === filter.merchantPosId)
  );
}

/** A beacon id is 15 digits or a GUID, whose hexadecimal digits have no case. */
export function sameBeacon(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export function isBeaconId(text: string): boolean {
  return /^\d{15}$/.test(text) || isGuid(text);
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
