import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { qrSvg } from './qr-svg.ts';

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Serves a page, the parts it shares with others, and QR codes.
 * @param dir the folder with index.html: `ROOM/page`. What all pages share lies in `page`, beside ROOM
 * @param mayDraw which texts are drawn as a QR code
 */
export function addPageFiles(
  app: FastifyInstance,
  dir: string,
  mayDraw: (text: string) => boolean,
): void {
  const shared = join(dir, '..', '..', 'page');
  app.get('/', (_request, reply) => sendFile(reply, dir, 'index.html'));
  app.get<{ Params: { file: string } }>('/:file', (request, reply) =>
    sendFile(reply, dir, request.params.file),
  );
  app.get<{ Params: { file: string } }>('/page/:file', (request, reply) =>
    sendFile(reply, shared, request.params.file),
  );
  app.get<{ Querystring: { text?: string } }>('/qr', async (request, reply) => {
    const { text } = request.query;
    if (typeof text !== 'string' || text.length < 1 || text.length > 512) {
      return reply.code(400).send({ error: 'text: 1 to 512 characters' });
    }
    if (!mayDraw(text)) return reply.code(404).send();
    return reply.type('image/svg+xml').send(await qrSvg(text));
  });
}

async function sendFile(reply: FastifyReply, dir: string, file: string) {
  const type = contentTypes[extname(file)];
  if (type === undefined || !/^[a-z][a-z0-9-]*\.[a-z]+$/.test(file)) return reply.code(404).send();
  try {
    return reply.type(type).send(await readFile(join(dir, file)));
  } catch {
    return reply.code(404).send();
  }
}
