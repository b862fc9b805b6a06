import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Refusal } from './page/console-view.ts';
import { isToken } from './token.ts';

/** What somebody at the console may have the terminal do. Money is the register's alone. */
export interface TerminalActs {
  identify(seconds: number): void;
  /** False, and nothing happens, while a payment is undecided. */
  restart(): boolean;
  setLogLevel(level: 'info' | 'debug'): void;
}

const IDENTIFY_SECONDS = 15;
const actSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('unlock') }),
  z.strictObject({ do: z.literal('identify') }),
  z.strictObject({ do: z.literal('restart') }),
  z.strictObject({ do: z.literal('log-level'), level: z.enum(['info', 'debug']) }),
]);

/**
 * The only way to act: from this machine (or through ssh), with the token in a header that no other
 * page can make a browser send.
 */
export function addActRoute(
  app: FastifyInstance,
  { acts, token, logger }: { acts: TerminalActs; token: string | null; logger: Logger },
): void {
  const refused = (problem: Refusal) => ({ problem });
  app.post('/act', (request, reply) => {
    // Without TLS the token could be read on its way: one from elsewhere is worth nothing.
    if (!isFromHere(request)) return reply.code(403).send(refused('not-local'));
    const [, given = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (token === null || !isToken(given, token)) {
      return reply.code(401).header('www-authenticate', 'Bearer').send(refused('token'));
    }
    const act = actSchema.safeParse(request.body);
    if (!act.success) return reply.code(400).send({ error: 'no such act' });
    if (act.data.do !== 'unlock') logger.warn({ act: act.data }, 'somebody acts at the console');
    switch (act.data.do) {
      case 'unlock':
        break;
      case 'identify':
        acts.identify(IDENTIFY_SECONDS);
        break;
      case 'restart':
        if (!acts.restart()) return reply.code(409).send(refused('busy'));
        break;
      case 'log-level':
        acts.setLogLevel(act.data.level);
        break;
    }
    return reply.code(204).send();
  });
}

/** Whoever speaks to an address of this machine from that same address is on it. */
function isFromHere({ raw: { socket } }: FastifyRequest): boolean {
  return socket.remoteAddress !== undefined && socket.remoteAddress === socket.localAddress;
}
