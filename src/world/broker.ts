import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { urlHost } from './url-host.ts';

/** One message as it passed the broker. */
export interface PassedMessage {
  topic: string;
  payload: Buffer;
  retain: boolean;
  /** Null for a last will that the broker sends on a dead client's behalf. */
  clientId: string | null;
}

export interface BrokerOptions {
  host: string;
  /** Port 0 picks a free one. */
  port: number;
  onMessage: (message: PassedMessage) => void;
  onClient: (clientId: string, connected: boolean) => void;
}

/** An MQTT 3.1.1 broker that can go away and come back on the same port, its sessions kept. */
export interface Broker {
  readonly url: string;
  readonly up: boolean;
  setUp(up: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Throws the listener's own error (EADDRINUSE, EACCES). */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { host, onMessage, onClient } = options;
  const aedes = await Aedes.createBroker();
  aedes.on('publish', (packet, client) => {
    if (packet.topic.startsWith('$SYS/')) return;
    onMessage({
      topic: packet.topic,
      payload: Buffer.from(packet.payload),
      retain: packet.retain,
      clientId: client?.id ?? null,
    });
  });
  aedes.on('clientReady', (client) => onClient(client.id, true));
  aedes.on('clientDisconnect', (client) => onClient(client.id, false));

  const sockets = new Set<Socket>();
  // Without noDelay each QoS 1 exchange waits about 40 ms for a delayed ACK.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    aedes.handle(socket);
  });

  const goAway = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  try {
    await listen(server, host, options.port);
  } catch (error) {
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  let change = Promise.resolve();
  return {
    url: `mqtt://${urlHost(host)}:${port}`,
    get up() {
      return server.listening;
    },
    setUp(up) {
      change = change.then(async () => {
        if (up === server.listening) return;
        await (up ? listen(server, host, port) : goAway());
      });
      return change;
    },
    async close() {
      await change.catch(() => {});
      if (server.listening) await goAway();
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
