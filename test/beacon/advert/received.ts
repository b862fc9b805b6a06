/** What a phone makes of an advert, written from the formats' specifications and docs/ble.md alone. */
export interface Received {
  format: string;
  beaconId: string;
  /** At 1 m, in dBm. */
  measuredPower: number;
}

/** Splits an advert as the Core Specification says (vol 3, part C, 11); throws on what cannot be. */
export function structuresOf(bytes: Uint8Array): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const length = rest[0] ?? 0;
    const type = rest[1];
    if (length < 1 || rest.length < length + 1 || type === undefined) throw new Error('broken AD');
    if (found.has(type)) throw new Error(`AD type ${type} twice`);
    found.set(type, rest.subarray(2, length + 1));
    rest = rest.subarray(length + 1);
  }
  return found;
}

const asGuid = (hex: string) =>
  hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toLowerCase();

function ofLongId(id: Buffer, namespace: string): string {
  const hex = id.toString('hex');
  const digits = /^0(\d{15})$/.exec(hex.slice(16))?.[1];
  return hex.startsWith(namespace) && digits !== undefined ? digits : asGuid(hex);
}

function ofOwnPayload(payload: Buffer): { beaconId: string; measuredPower: number } {
  if (payload[0] !== 1) throw new Error('unknown version');
  const hex = payload.subarray(2).toString('hex');
  const beaconId = hex.length === 16 ? hex.slice(1) : asGuid(hex);
  return { beaconId, measuredPower: payload.readInt8(1) };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const schemes = ['http://www.', 'https://www.', 'http://', 'https://'];
const domains = ['.com', '.org', '.edu', '.net', '.info', '.biz', '.gov'];

/** The URL of an Eddystone-URL frame, without its first two bytes. */
export function urlOf(frame: Buffer): string {
  const text = [...frame.subarray(1)].map((byte) => {
    if (byte < 7) return `${domains[byte]}/`;
    if (byte < 14) return domains[byte - 7];
    if (byte < 0x21 || byte > 0x7e) throw new Error(`byte ${byte} is reserved`);
    return String.fromCharCode(byte);
  });
  return (schemes[frame[0] ?? 9] ?? 'broken:') + text.join('');
}

function ofEddystone(frame: Buffer, namespace: string): Received {
  const measuredPower = frame.readInt8(1) - 41;
  if (frame[0] === 0x00) {
    if (frame.length !== 20 || frame.readUInt16BE(18) !== 0) throw new Error('not a UID frame');
    const beaconId = ofLongId(frame.subarray(2, 18), namespace);
    return { format: 'eddystone-uid', beaconId, measuredPower };
  }
  if (frame[0] !== 0x10 || frame.length > 20) throw new Error('not a URL frame');
  const number = [...urlOf(frame.subarray(2)).slice(-9)].reduce(
    (sum, character) => sum * 64n + BigInt(alphabet.indexOf(character)),
    0n,
  );
  return {
    format: 'eddystone-url',
    beaconId: number.toString().padStart(15, '0'),
    measuredPower,
  };
}

function ofManufacturer(data: Buffer, namespace: string): Received {
  if (data.subarray(0, 4).toString('hex') === '4c000215' && data.length === 25) {
    if (data.readUInt32BE(20) !== 0) throw new Error('major and minor are not ours');
    const beaconId = ofLongId(data.subarray(4, 20), namespace);
    return { format: 'ibeacon', beaconId, measuredPower: data.readInt8(24) };
  }
  if (data.readUInt16BE(2) === 0xbeac && data.length === 26) {
    const beaconId = ofLongId(data.subarray(4, 20), namespace);
    return { format: 'altbeacon', beaconId, measuredPower: data.readInt8(24) };
  }
  return { format: 'manufacturer-data', ...ofOwnPayload(data.subarray(2)) };
}

export function receive(bytes: Uint8Array, namespace: string): Received {
  const structures = structuresOf(bytes);
  if (structures.get(0x01)?.toString('hex') !== '06') throw new Error('no flags');
  const manufacturer = structures.get(0xff);
  if (manufacturer !== undefined) return ofManufacturer(manufacturer, namespace);
  const short = structures.get(0x16);
  if (short?.readUInt16LE(0) === 0xfeaa) return ofEddystone(short.subarray(2), namespace);
  const own = short?.subarray(2) ?? structures.get(0x21)?.subarray(16);
  if (own === undefined) throw new Error('nothing of ours');
  return { format: 'service-data', ...ofOwnPayload(own) };
}
