const FILE_HEADER = 16;
const RECORD_HEADER = 24;
/** What btmon records: commands to a controller, and its events. */
const COMMAND = 2;
const EVENT = 3;
const SET_ADVERTISE_ENABLE = 0x200a;
const LE_META = 0x3e;
const ADVERTISING_REPORT = 0x02;
const SCAN_RESPONSE = 0x04;

/** What btmon on every controller saw. */
export type AirEvent =
  /** The controller hciN was told to advertise, or to stop. */
  | { kind: 'switch'; controller: number; on: boolean }
  /** The controller hciN heard something; `data` as it was in the air. */
  | { kind: 'advert' | 'scan-response'; controller: number; address: string; data: Buffer };

/** Reads btmon's own file format (btsnoop, type monitor) as it comes. */
export function createAirReader(onEvent: (event: AirEvent) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  let begun = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    if (!begun) {
      if (rest.length < FILE_HEADER) return;
      if (rest.toString('latin1', 0, 7) !== 'btsnoop') throw new Error('not btmon’s format');
      rest = rest.subarray(FILE_HEADER);
      begun = true;
    }
    while (rest.length >= RECORD_HEADER) {
      const end = RECORD_HEADER + rest.readUInt32BE(4);
      if (rest.length < end) return;
      const flags = rest.readUInt32BE(8);
      const event = eventOf(flags >>> 16, flags & 0xffff, rest.subarray(RECORD_HEADER, end));
      if (event !== null) onEvent(event);
      rest = rest.subarray(end);
    }
  };
}

function eventOf(controller: number, kind: number, packet: Buffer): AirEvent | null {
  if (kind === COMMAND && packet.readUInt16LE(0) === SET_ADVERTISE_ENABLE) {
    return { kind: 'switch', controller, on: packet[3] === 1 };
  }
  const isReport =
    kind === EVENT && packet[0] === LE_META && packet[2] === ADVERTISING_REPORT && packet[3] === 1;
  if (!isReport) return null;
  const address = [...packet.subarray(6, 12)].reverse();
  return {
    kind: packet[4] === SCAN_RESPONSE ? 'scan-response' : 'advert',
    controller,
    address: address.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'),
    data: packet.subarray(13, 13 + (packet[12] ?? 0)),
  };
}
