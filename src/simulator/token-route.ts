import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App, Platform } from './platform.ts';
import { sameText } from './tokens.ts';

/** Client credentials in, bearer token out (RFC 6749 section 4.4). */
export function addTokenRoute(app: App, platform: Platform): void {
  app.route({
    method: 'POST',
    url: '/integrator-authentication/connect/token',
    config: { operation: 'getToken' },
    handler: (request, reply) => {
      const { clientId, clientSecret } = credentialsOf(request);
      const client = platform.tokens.client(clientId);
      if (client === undefined || !sameText(client.clientSecret, clientSecret)) {
        reply.header('www-authenticate', 'Basic');
        refuse(reply, 401, 'invalid_client');
        return;
      }
      const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
      if (form.get('grant_type') !== 'client_credentials') {
        refuse(reply, 400, 'unsupported_grant_type');
        return;
      }
      const { world, tokenLifetimeSeconds } = platform;
      const merchantVat = form.get('merchant_vat');
      reply.header('cache-control', 'no-store').send({
        access_token: platform.tokens.issue({
          clientId,
          merchantVat,
          generation: world.tokenGeneration,
          expiresAtMs: world.nowMs() + tokenLifetimeSeconds * 1000,
        }),
        expires_in: tokenLifetimeSeconds,
        token_type: 'Bearer',
        scope: 'pos',
      });
    },
  });
}

function refuse(reply: FastifyReply, status: number, error: string): void {
  reply.code(status).send({ error });
}

function credentialsOf(request: FastifyRequest): { clientId: string; clientSecret: string } {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0
    ? { clientId: '', clientSecret: '' }
    : { clientId: text.slice(0, colon), clientSecret: text.slice(colon + 1) };
}
