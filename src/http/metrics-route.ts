import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** What Prometheus scrapes. */
export function addMetricsRoute(
  app: FastifyInstance,
  registry: Pick<Registry, 'contentType' | 'metrics'>,
): void {
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
