import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from './page-guard.ts';

/** A reader that falls this far behind is cut off; its browser connects again by itself. */
const UNREAD_MAX_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** Every reader costs memory and work. */
const READERS_MAX = 16;

export interface EventStream {
  readonly hasReaders: boolean;
  /** Tells every reader. */
  send(event: string, data: unknown): void;
}

/**
 * Server-sent events at `/events`.
 * @param greet what a new reader is told first
 */
export function addEventStream(
  app: FastifyInstance,
  greet: () => readonly (readonly [event: string, data: unknown])[],
): EventStream {
  const readers = new Set<ServerResponse>();
  const write = (reader: ServerResponse, event: string, data: unknown) => {
    reader.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (reader.writableLength > UNREAD_MAX_BYTES) reader.destroy();
  };
  const heartbeat = setInterval(() => {
    for (const reader of readers) reader.write(':\n\n');
  }, HEARTBEAT_MS).unref();

  app.get('/events', (_request, reply) => {
    if (readers.size >= READERS_MAX) return reply.code(503).send({ error: 'too many readers' });
    reply.hijack();
    const reader = reply.raw;
    reader.writeHead(200, { ...pageHeaders, 'content-type': 'text/event-stream' });
    reader.on('close', () => readers.delete(reader));
    reader.on('error', () => reader.destroy());
    readers.add(reader);
    for (const [event, data] of greet()) write(reader, event, data);
    return undefined;
  });
  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    for (const reader of readers) reader.end();
  });
  return {
    get hasReaders() {
      return readers.size > 0;
    },
    send(event, data) {
      for (const reader of readers) write(reader, event, data);
    },
  };
}
