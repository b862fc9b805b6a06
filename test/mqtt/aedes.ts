import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

export interface EmbeddedBroker {
  url: string;
  port: number;
  /** Cuts every connection without a word, as a pulled cable does. */
  cut(): void;
  destroy(): Promise<void>;
}

/**
 * An aedes on a free port: MQTT 3.1.1 only.
 * @param refuses whether this asking for a topic is refused with SUBACK 0x80
 */
export async function startAedes(
  port = 0,
  refuses: (topic: string) => boolean = () => false,
): Promise<EmbeddedBroker> {
  const broker = await Aedes.createBroker({
    authorizeSubscribe(_client, subscription, done) {
      done(null, refuses(subscription.topic) ? null : subscription);
    },
  });
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    port: address.port,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async destroy() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}
