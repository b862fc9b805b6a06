import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { addEventStream } from '../http/event-stream.ts';
import { addPageFiles } from '../http/page-files.ts';
import { guardPage } from '../http/page-guard.ts';
import type { TerminalActs } from './act-route.ts';
import { addActRoute } from './act-route.ts';
import type { ConsoleView } from './page/console-view.ts';

export interface PageOptions {
  /** The folder with index.html. */
  dir: string;
  /** Where the console listens. */
  host: string;
  view: () => ConsoleView;
  acts: TerminalActs;
  /** Null: nobody may act. */
  token: string | null;
  logger: Logger;
}

export interface ConsolePage {
  /** What is shown has changed. Costs nothing while nobody looks. */
  refresh(): void;
}

/** The page, what it shows as server-sent events, and what it may do. */
export function addConsolePage(app: FastifyInstance, options: PageOptions): ConsolePage {
  const { view } = options;
  guardPage(app, options.host);
  // Drawing takes the terminal's time: only the code on its display is drawn.
  addPageFiles(app, options.dir, (text) => text === view().panel?.display.qr);
  const stream = addEventStream(app, () => [['view', view()]]);
  let planned = false;

  function send() {
    planned = false;
    stream.send('view', view());
  }
  function refresh() {
    if (planned || !stream.hasReaders) return;
    planned = true;
    setImmediate(send);
  }
  const acts: TerminalActs = {
    ...options.acts,
    setLogLevel(level) {
      options.acts.setLogLevel(level);
      refresh();
    },
  };
  addActRoute(app, { ...options, acts });
  return { refresh };
}
