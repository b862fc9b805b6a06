import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

const packetNames: Record<number, string> = {
  1: 'connect',
  3: 'publish',
  4: 'puback',
  8: 'subscribe',
  12: 'pingreq',
  14: 'disconnect',
};

export interface Cable {
  url: string;
  /** How many connections were begun. */
  connections: number;
  /** Names of the MQTT packets that went from the client to the broker, in order. */
  sent: string[];
  /** Both ends lose the connection without a word of MQTT. */
  cut(): void;
  /** While unplugged every new connection dies at once. */
  unplugged: boolean;
  close(): Promise<void>;
}

function collectPacketNames(names: string[]) {
  let rest = Buffer.alloc(0);
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      let length = 0;
      let index = 1;
      for (; ; index += 1) {
        const byte = rest[index];
        if (byte === undefined) return;
        length += (byte & 0x7f) << (7 * (index - 1));
        if (byte < 0x80) break;
      }
      if (rest.length < index + 1 + length) return;
      const type = (rest[0] ?? 0) >> 4;
      names.push(packetNames[type] ?? `type ${type}`);
      rest = rest.subarray(index + 1 + length);
    }
  };
}

/** A TCP cable between a client and a broker that can be cut. */
export async function startCable(brokerPort: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    cable.connections += 1;
    if (cable.unplugged) {
      near.destroy();
      return;
    }
    const far = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    near.on('data', collectPacketNames(cable.sent));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cable: Cable = {
    url: `mqtt://127.0.0.1:${address.port}`,
    connections: 0,
    sent: [],
    unplugged: false,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      cable.cut();
      await once(server, 'close');
    },
  };
  return cable;
}
