import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { addMetricsRoute } from '../http/metrics-route.ts';
import type { TerminalHealth } from './health.ts';
import type { TerminalMetrics } from './metrics.ts';
import type { ConsolePage, PageOptions } from './page-routes.ts';
import { addConsolePage } from './page-routes.ts';

/** Whoever opens more is kept waiting by the kernel, not by the terminal. */
const CONNECTIONS_MAX = 64;

/** Health, metrics and the page, for those who look after the terminal. */
export async function createConsoleServer(options: {
  health: () => TerminalHealth;
  metrics: TerminalMetrics;
  page: PageOptions;
}): Promise<{ app: FastifyInstance; page: ConsolePage }> {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 4096 });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.get('/healthz', (_request, reply) => {
    const { standstill } = options.health();
    return reply.code(standstill === null ? 200 : 503).send({ healthy: !standstill, standstill });
  });
  app.get('/readyz', (_request, reply) => {
    const { ready, phase, mqttConnected, apiReachable, faults } = options.health();
    return reply
      .code(ready ? 200 : 503)
      .send({ ready, phase, mqttConnected, apiReachable, faults });
  });
  addMetricsRoute(app, options.metrics.registry);
  let page: ConsolePage | undefined;
  // A room of its own: machines may call the terminal by any name, browsers may not.
  await app.register(async (room) => {
    page = addConsolePage(room, options.page);
  });
  if (page === undefined) throw new Error('the page was not added');
  return { app, page };
}
