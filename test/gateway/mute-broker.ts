import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { onTestFinished } from 'vitest';
import { infoOf } from './harness.ts';

/** What aedes has, but does not declare. */
interface Persistence {
  createRetainedStreamCombi(patterns: string[]): Readable;
}

async function* slowly(packets: Readable, everyMs: number) {
  for await (const packet of packets) {
    await sleep(everyMs);
    yield packet;
  }
}

/** A broker that takes commands without acknowledging them until `release` is called. */
export async function startMuteBroker(posIds: string[]) {
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const broker = await Aedes.createBroker();
  broker.authorizePublish = (_client, packet, done) => {
    if (packet.topic.includes('/command/')) held.push(() => done(null));
    else done(null);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    broker.handle(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    server.close();
    cut();
    await new Promise<void>((resolve) => broker.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const publish = (topic: string, payload: string) =>
    new Promise<void>((resolve, reject) => {
      broker.publish(
        { cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  for (const [n, id] of posIds.entries()) {
    await publish(`beacon/1/till-${n}/info`, JSON.stringify(infoOf(`till-${n}`, id)));
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    held,
    cut,
    /** Retained messages come one by one from now on. */
    tellSlowly(everyMs: number) {
      const { persistence } = broker as unknown as { persistence: Persistence };
      const retained = persistence.createRetainedStreamCombi.bind(persistence);
      persistence.createRetainedStreamCombi = (patterns) =>
        Readable.from(slowly(retained(patterns), everyMs));
    },
  };
}
