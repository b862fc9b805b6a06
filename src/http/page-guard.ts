import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** A page may load and run nothing from elsewhere, nobody may frame it, and nothing of it is kept. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Answers only those who mean this machine, and lets no page of another origin act. */
export function guardPage(app: FastifyInstance, host: string): void {
  // JSON only: a browser asks before it lets another page send that.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders);
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
