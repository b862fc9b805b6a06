import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { addMetricsRoute } from '../http/metrics-route.ts';
import type { BrokerLink } from './broker-link.ts';
import type { GatewayMetrics } from './metrics.ts';

/** Health and metrics for those who run the gateway, on an address that the internet does not see. */
export function createConsoleServer(link: BrokerLink, metrics: GatewayMetrics): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.get('/healthz', (_request, reply) => {
    const { connected, directory } = link;
    return reply.code(directory === undefined ? 503 : 200).send({
      ready: directory !== undefined,
      brokerConnected: connected,
      knownTerminals: directory?.size ?? null,
    });
  });
  addMetricsRoute(app, metrics.registry);
  return app;
}
