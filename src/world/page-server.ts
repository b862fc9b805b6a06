import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { addEventStream } from '../http/event-stream.ts';
import { addPageFiles } from '../http/page-files.ts';
import { guardPage } from '../http/page-guard.ts';
import { actionSchema } from './action.ts';
import type { Action, Problem, TimelineEntry, WorldView } from './page/world-view.ts';
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
  guardPage(app, host);
  addPageFiles(app, assetsDir, () => true);
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

function addStream(app: FastifyInstance, world: PlayableWorld): void {
  const stream = addEventStream(app, () => [
    ['view', world.view()],
    ['timeline', world.timeline()],
  ]);
  const stops = [
    world.onView(() => {
      if (stream.hasReaders) stream.send('view', world.view());
    }),
    world.onEntry((entry) => stream.send('entry', entry)),
  ];
  app.addHook('preClose', async () => {
    for (const stop of stops) stop();
  });
}
