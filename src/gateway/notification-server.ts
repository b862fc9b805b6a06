import type { Server } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import type { Logger } from 'pino';
import { withinMs } from '../mqtt/lasting-connection.ts';
import type { BrokerLink } from './broker-link.ts';
import type { Certificate } from './certificate.ts';
import type { GatewayMetrics } from './metrics.ts';
import { addNotificationRoute } from './notification-route.ts';

const BODY_MAX_BYTES = 4096;
const CONNECTIONS_MAX = 1000;
const TLS_HANDSHAKE_MAX_MS = 5_000;
const REQUEST_MAX_MS = 10_000;
/** Longer than load balancers keep an idle connection: it is they who must end it. */
const KEEP_ALIVE_MS = 75_000;
/** How long a stop waits for what is under way, and then for its last bytes. */
const FINISH_MAX_MS = 6_000;
const LAST_BYTES_MS = 500;

export interface NotificationServer {
  readonly app: FastifyInstance;
  /** For connections to come; those that are open keep theirs. */
  useCertificate(certificate: Certificate): void;
  /** Stops listening and finishes what is under way. */
  stop(): Promise<void>;
}

/** Takes MobilePay's notifications, and answers 200 once the broker has them. */
export function createNotificationServer(options: {
  /** Undefined: plain HTTP. */
  certificate: Certificate | undefined;
  link: BrokerLink;
  metrics: GatewayMetrics;
  logger: Logger;
}): NotificationServer {
  const { link } = options;
  const server = createServer(options.certificate);
  const app = fastify({
    serverFactory: (handler) => server.on('request', handler),
    bodyLimit: BODY_MAX_BYTES,
    // X-Forwarded-For is believed where a proxy on this machine says it; anybody can write it.
    trustProxy: 'loopback',
  });
  // Only application/json is left, parsed strictly.
  app.removeContentTypeParser('text/plain');

  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const underWay = countRequests(app);

  addNotificationRoute(app, options);
  // For load balancers: one bit, and no limit that others could use up for them.
  app.get('/healthz', (_request, reply) => {
    const ready = link.directory !== undefined;
    return reply.code(ready ? 200 : 503).send({ ready });
  });

  return {
    app,
    useCertificate({ cert, key }) {
      if ('setSecureContext' in server) {
        (server as ReturnType<typeof createHttpsServer>).setSecureContext({ ...tls, cert, key });
      }
    },
    async stop() {
      const closed = app.close();
      await withinMs(underWay.none(), FINISH_MAX_MS);
      await withinMs(closed, LAST_BYTES_MS);
      // Connections that say nothing would keep the server open.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Counts the requests that have begun and are not answered. */
function countRequests(app: FastifyInstance) {
  let count = 0;
  let onNone = () => {};
  app.addHook('onRequest', (_request, reply, done) => {
    count += 1;
    reply.raw.once('close', () => {
      count -= 1;
      if (count === 0) onNone();
    });
    done();
  });
  return {
    none: () =>
      new Promise<void>((resolve) => {
        onNone = resolve;
        if (count === 0) resolve();
      }),
  };
}

const tls = { minVersion: 'TLSv1.2' } as const;

function createServer(certificate: Certificate | undefined): Server {
  const limits = {
    requestTimeout: REQUEST_MAX_MS,
    headersTimeout: REQUEST_MAX_MS,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: 8192,
  };
  const server =
    certificate === undefined
      ? createHttpServer(limits)
      : createHttpsServer({
          ...limits,
          ...tls,
          cert: certificate.cert,
          key: certificate.key,
          handshakeTimeout: TLS_HANDSHAKE_MAX_MS,
        });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}
