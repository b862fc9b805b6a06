/** A legacy advert and a scan response hold this much (Bluetooth Core 4.0, vol 6, part B, 2.3). */
export const ADVERT_MAX_BYTES = 31;

/** AD types (Bluetooth Assigned Numbers, 2.3). */
export const adType = {
  flags: 0x01,
  completeServiceUuids16: 0x03,
  completeServiceUuids128: 0x07,
  shortenedLocalName: 0x08,
  completeLocalName: 0x09,
  serviceData16: 0x16,
  serviceData128: 0x21,
  manufacturerData: 0xff,
} as const;

/** Length, type, data: the length counts the type (Core, vol 3, part C, 11). */
export function adStructure(type: number, data: readonly number[] | Uint8Array): number[] {
  return [data.length + 1, type, ...data];
}

/** LE general discoverable, no BR/EDR (Core Specification Supplement, part A, 1.3). */
export const flags = adStructure(adType.flags, [0x06]);

/** One signed byte, as dBm are sent. */
export function signedByte(value: number): number {
  return value & 0xff;
}

/** The bytes of a UUID in the order in which the air carries them: last first. */
export function littleEndianUuid(uuid: string): number[] {
  return [...Buffer.from(uuid.replaceAll('-', ''), 'hex').reverse()];
}
