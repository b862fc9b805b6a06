import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface RoundRobin {
  port: number;
  /** Ports of the servers behind it, each taken in its turn. */
  behind: number[];
  close(): Promise<void>;
}

/** A load balancer at its simplest: it looks at no health, and where nobody answers it hangs up. */
export async function startRoundRobin(): Promise<RoundRobin> {
  const sockets = new Set<Socket>();
  const behind: number[] = [];
  let turn = 0;
  const server = createServer((near) => {
    const port = behind[turn % behind.length] ?? 0;
    turn += 1;
    const far = connect(port, '127.0.0.1');
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
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    behind,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
