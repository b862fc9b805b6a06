/** The characteristics of the service in `advert/service-uuid.ts`, described in docs/ble.md. */
export const characteristicUuids = {
  beaconId: 'b4d40002-61ce-480b-ba88-16d27be30641',
  place: 'b4d40003-61ce-480b-ba88-16d27be30641',
  challenge: 'b4d40004-61ce-480b-ba88-16d27be30641',
  checkIn: 'b4d40005-61ce-480b-ba88-16d27be30641',
  state: 'b4d40006-61ce-480b-ba88-16d27be30641',
} as const;

export type ReadableName = 'beaconId' | 'place' | 'challenge';

/** Of place, check-in and state messages alike. */
export const PROTOCOL_VERSION = 1;
export const NONCE_BYTES = 16;
