import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { addMetricsRoute } from '../http/metrics-route.ts';
import type { TerminalHealth } from './health.ts';
import type { TerminalMetrics } from './metrics.ts';

/** Health, metrics and the page, for those who look after the terminal. */
export function createConsoleServer(options: {
  health: () => TerminalHealth;
  metrics: TerminalMetrics;
}): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 4096 });
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
  return app;
}
