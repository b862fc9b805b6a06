import { characteristicUuids } from '../../src/beacon/gatt/service.ts';

type CharacteristicHandles = Record<keyof typeof characteristicUuids, number>;

/**
 * Finds our characteristics as phones do: Read By Type, 0x2803.
 * @param ask sends an ATT packet and returns the answer, both in hexadecimal
 */
export async function discoverCharacteristics(
  ask: (packet: string) => Promise<string>,
): Promise<CharacteristicHandles> {
  const found = new Map<string, number>();
  for (let from = 1; from <= 0xffff; ) {
    const answer = Buffer.from(await ask(`08${le(from)}ffff0328`), 'hex');
    if (answer[0] !== 0x09) break;
    const size = answer[1] ?? 0;
    for (let at = 2; at < answer.length; at += size) {
      from = answer.readUInt16LE(at) + 1;
      const uuid = answer.subarray(at + 5, at + size).reverse();
      found.set(uuid.toString('hex'), answer.readUInt16LE(at + 3));
    }
  }
  const handles = Object.entries(characteristicUuids).map(([name, uuid]) => [
    name,
    found.get(uuid.replaceAll('-', '')) ?? 0,
  ]);
  return Object.fromEntries(handles);
}

/** A 16-bit number as the air carries it. */
export function le(value: number): string {
  return Buffer.from([value & 0xff, value >> 8]).toString('hex');
}
