import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fastify } from 'fastify';
import { actionSchema } from './action.ts';
import type { Action, Problem, TimelineEntry, WorldView } from './page/world-view.ts';
import { qrSvg } from './qr-svg.ts';
import { urlHost } from './url-host.ts';

/** The world, as far as a page can see and touch it. */
export interface PlayableWorld {
  view(): WorldView;
  timeline(): readonly TimelineEntry[];
  /** Both return what ends the listening. */
  onView(listener: () => void): () => void;
  onEntry(listener: (entry: TimelineEntry) => void): () => void;
  /** Null when it was done. */
  act(action: Action): Promise<Problem | null>;
}

export interface PageServer {
  /** With a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** A reader that falls this far behind is cut off; its browser connects again by itself. */
const UNREAD_MAX_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 15_000;

/** Serves the page, what happens as server-sent events, and takes actions. */
export async function startPageServer(options: {
  host: string;
  port: number;
  /** The folder with index.html. */
  assetsDir: string;
  world: PlayableWorld;
}): Promise<PageServer> {
  const { host, world, assetsDir } = options;
  const app = fastify({ forceCloseConnections: true, bodyLimit: 4096 });
  // JSON only: a browser asks before it lets another page send that.
  app.removeContentTypeParser('text/plain');

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    // A page anywhere on the web may resolve its own name to this machine: names are not trusted.
    if (!isOwnHost(request.headers.host, host)) {
      return reply.code(421).send({ error: 'this host name is not served here' });
    }
    const { origin } = request.headers;
    if (request.method !== 'GET' && origin !== undefined && !isSame(origin, request.headers.host)) {
      return reply.code(403).send({ error: 'another page may not act here' });
    }
    return undefined;
  });

  app.get('/', (_request, reply) => sendAsset(reply, assetsDir, 'index.html'));
  app.get<{ Params: { file: string } }>('/:file', (request, reply) =>
    sendAsset(reply, assetsDir, request.params.file),
  );
  app.get<{ Querystring: { text?: string } }>('/qr', async (request, reply) => {
    const { text } = request.query;
    if (typeof text !== 'string' || text.length < 1 || text.length > 512) {
      return reply.code(400).send({ error: 'text: 1 to 512 characters' });
    }
    return reply.type('image/svg+xml').send(await qrSvg(text));
  });
  app.post('/action', async (request, reply) => {
    const action = actionSchema.safeParse(request.body);
    if (!action.success) return reply.code(400).send({ error: 'no such action' });
    const problem = await world.act(action.data);
    if (problem !== null) return reply.code(409).send({ problem });
    return reply.code(204).send();
  });
  addStream(app, world);

  await app.listen({ host, port: options.port });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${urlHost(host)}:${port}/`, close: () => app.close() };
}

async function sendAsset(reply: FastifyReply, dir: string, file: string) {
  const type = contentTypes[extname(file)];
  if (type === undefined || !/^[a-z][a-z0-9-]*\.[a-z]+$/.test(file)) return reply.code(404).send();
  try {
    return reply.type(type).send(await readFile(join(dir, file)));
  } catch {
    return reply.code(404).send();
  }
}

function addStream(app: FastifyInstance, world: PlayableWorld): void {
  const readers = new Set<ServerResponse>();
  const write = (reader: ServerResponse, event: string, data: unknown) => {
    reader.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (reader.writableLength > UNREAD_MAX_BYTES) reader.destroy();
  };
  const all = (event: string, data: unknown) => {
    for (const reader of readers) write(reader, event, data);
  };
  const stops = [
    world.onView(() => {
      if (readers.size > 0) all('view', world.view());
    }),
    world.onEntry((entry) => all('entry', entry)),
  ];
  const heartbeat = setInterval(() => {
    for (const reader of readers) reader.write(':\n\n');
  }, HEARTBEAT_MS).unref();

  app.get('/events', (_request, reply) => {
    reply.hijack();
    const reader = reply.raw;
    reader.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    reader.on('close', () => readers.delete(reader));
    reader.on('error', () => reader.destroy());
    readers.add(reader);
    write(reader, 'view', world.view());
    write(reader, 'timeline', world.timeline());
  });
  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    for (const stop of stops) stop();
    for (const reader of readers) reader.end();
  });
}

/** Whether a Host header names this machine in a way no stranger's DNS could have. */
function isOwnHost(header: string | undefined, host: string): boolean {
  if (header === undefined) return false;
  const name = URL.canParse(`http://${header}`) ? new URL(`http://${header}`).hostname : '';
  const bare = name.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === host.toLowerCase() || isIP(bare) !== 0;
}

function isSame(origin: string, hostHeader: string | undefined): boolean {
  return origin === `http://${hostHeader ?? ''}`;
}
