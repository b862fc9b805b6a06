import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

const CONNECT = 1;
const SUBSCRIBE = 8;
const PING = 12;
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);

export interface SilentBroker {
  url: string;
  /** How many packets came of each MQTT type: 3 PUBLISH, 8 SUBSCRIBE. */
  heard: Map<number, number>;
  close(): Promise<void>;
}

/**
 * A broker in MQTT 3.1.1 that lets everybody in, answers pings and stores nothing: as a clustered one
 * does whose storage has lost its majority.
 * @param confirmsSubscriptions of one topic each, with QoS 1
 */
export async function startSilentBroker(confirmsSubscriptions: boolean): Promise<SilentBroker> {
  const heard = new Map<number, number>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let packet = firstPacket(bytes); packet; packet = firstPacket(bytes)) {
        bytes = bytes.subarray(packet.length);
        const type = (packet[0] ?? 0) >> 4;
        heard.set(type, (heard.get(type) ?? 0) + 1);
        if (type === CONNECT) socket.write(CONNACK);
        if (type === PING) socket.write(PINGRESP);
        if (type === SUBSCRIBE && confirmsSubscriptions) {
          const id = packet.subarray(2, 4);
          socket.write(Buffer.concat([Buffer.from([0x90, 3]), id, Buffer.from([1])]));
        }
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first whole packet, or undefined while there is none. */
function firstPacket(bytes: Buffer): Buffer | undefined {
  let length = 0;
  for (let place = 1; place < 5; place += 1) {
    const byte = bytes[place];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) << (7 * (place - 1));
    if (byte < 0x80) {
      const end = place + 1 + length;
      return bytes.length >= end ? bytes.subarray(0, end) : undefined;
    }
  }
  return undefined;
}
