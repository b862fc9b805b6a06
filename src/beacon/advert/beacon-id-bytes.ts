/** What a beacon id is: 15 digits, or a GUID. */
export type BeaconIdKind = 'digits' | 'guid';

/**
 * The first 8 of the 16 bytes that stand for a 15-digit id, unless `beacon.namespace` says otherwise:
 * in front of digits they say whose they are.
 */
export const DEFAULT_NAMESPACE = 'b4d4000061ce480b';

export function kindOf(beaconId: string): BeaconIdKind {
  return /^\d{15}$/.test(beaconId) ? 'digits' : 'guid';
}

/** A GUID's 16 bytes, in the order in which it is written. */
function guidBytes(guid: string): number[] {
  return [...Buffer.from(guid.replaceAll('-', ''), 'hex')];
}

/** A zero and the 15 digits, two in a byte: whoever sees the bytes in hexadecimal reads the id. */
function digitBytes(digits: string): number[] {
  return [...Buffer.from(`0${digits}`, 'hex')];
}

/** The id as it is, without a namespace: 8 bytes for 15 digits, 16 for a GUID. */
export function shortBytes(beaconId: string): number[] {
  return kindOf(beaconId) === 'digits' ? digitBytes(beaconId) : guidBytes(beaconId);
}

/**
 * The id as 16 bytes, for formats that have exactly those: a GUID fills them; 15 digits stand behind
 * the namespace. Undefined: a GUID that reads as 15 digits of this namespace, which no receiver
 * could tell apart.
 */
export function longBytes(beaconId: string, namespace: string): number[] | undefined {
  const front = [...Buffer.from(namespace, 'hex')];
  if (kindOf(beaconId) === 'digits') return [...front, ...digitBytes(beaconId)];
  const text = beaconId.replaceAll('-', '').toLowerCase();
  const looksLikeDigits = /^0\d{15}$/.test(text.slice(16));
  if (text.startsWith(namespace.toLowerCase()) && looksLikeDigits) return undefined;
  return guidBytes(beaconId);
}
