import { attError } from '../gatt/att-error.ts';
import { CHECK_IN_MAX_BYTES } from '../gatt/check-in-write.ts';

/** L2CAP channels (Core, vol 3, part A, 2.1). */
const ATT_CHANNEL = 4;
const SMP_CHANNEL = 6;
/** Pairing Failed: Pairing Not Supported (Core, vol 3, part H, 3.5.5). */
const PAIRING_NOT_SUPPORTED = Buffer.of(0x05, 0x05);
const nothing = Buffer.alloc(0);

const opcode = {
  errorResponse: 0x01,
  mtu: 0x02,
  findInformation: 0x04,
  findByTypeValue: 0x06,
  readByType: 0x08,
  read: 0x0a,
  readBlob: 0x0c,
  readByGroupType: 0x10,
  write: 0x12,
  prepareWrite: 0x16,
  executeWrite: 0x18,
  confirmation: 0x1e,
} as const;

/** Bytes after the opcode that bleno reads without looking whether they are there. */
const leastParameters: ReadonlyMap<number, number> = new Map([
  [opcode.mtu, 2],
  [opcode.findInformation, 4],
  [opcode.findByTypeValue, 7],
  [opcode.readByType, 6],
  [opcode.read, 2],
  [opcode.readBlob, 4],
  [opcode.readByGroupType, 6],
  [opcode.write, 2],
  [opcode.prepareWrite, 4],
  [opcode.executeWrite, 1],
  [opcode.confirmation, 0],
]);
/** Requests that carry more than their parameters: a UUID, a value. */
const open: ReadonlySet<number> = new Set([
  opcode.findByTypeValue,
  opcode.readByType,
  opcode.readByGroupType,
  opcode.write,
  opcode.prepareWrite,
]);
/** Bit 6 of an opcode: a command, which is never answered (Core, vol 3, part F, 3.3.1). */
const COMMAND = 0x40;

function errorResponse(request: Buffer, code: number): Buffer {
  const response = Buffer.alloc(5);
  response[0] = opcode.errorResponse;
  response[1] = request[0] ?? 0;
  response[4] = code;
  return response;
}

/**
 * Judges a phone's packet before bleno meets it, which throws at short ones, collects prepared writes
 * without end, and pairs. Null: let it through. Otherwise the answer on the same channel; an empty
 * one is not sent.
 */
export function judgePacket(channel: number, packet: Buffer): Buffer | null {
  if (channel === SMP_CHANNEL) return PAIRING_NOT_SUPPORTED;
  return channel === ATT_CHANNEL ? judgeAttPacket(packet) : nothing;
}

function judgeAttPacket(packet: Buffer): Buffer | null {
  const [code] = packet;
  if (code === undefined) return nothing;
  const least = leastParameters.get(code);
  // We write without response nowhere, and sign nothing.
  if ((code & COMMAND) !== 0) return nothing;
  // What bleno does not know it refuses by itself.
  if (least === undefined) return null;
  const parameters = packet.length - 1;
  if (parameters < least || (parameters > least && !open.has(code))) {
    return errorResponse(packet, attError.invalidPdu);
  }
  if (code === opcode.prepareWrite) {
    const end = packet.readUInt16LE(3) + packet.length - 5;
    if (end > CHECK_IN_MAX_BYTES) return errorResponse(packet, attError.prepareQueueFull);
  }
  return null;
}

export function unlikelyError(packet: Buffer): Buffer {
  return errorResponse(packet, attError.unlikely);
}
