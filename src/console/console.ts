import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { LogLevel } from '../contract/commands.ts';
import type { DisplayContent, LightPattern } from '../contract/device.ts';
import type { Locale } from '../contract/locale.ts';
import type { EventPayload } from '../contract/messages.ts';
import { listen, urlOf } from '../http/listening.ts';
import type { Journal, TerminalView } from '../ports.ts';
import type { TerminalActs } from './act-route.ts';
import { createConsoleServer } from './console-server.ts';
import { consoleViewOf } from './console-view.ts';
import { createFaultBook } from './fault-book.ts';
import { healthOf } from './health.ts';
import { createTerminalMetrics } from './metrics.ts';
import type { Onlooker } from './onlooker.ts';
import type { BookedPayment } from './payment-book.ts';
import { createPaymentBook } from './payment-book.ts';
import { localToken, tokenFileBeside } from './token.ts';

export interface ConsoleOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  terminalId: string;
  version: string;
  /** Of the display. */
  locale: Locale;
  onlooker: Onlooker;
  journal: Pick<Journal, 'outboxAfter' | 'outboxLength'>;
  /** The token lies beside it. */
  journalPath: string;
  /** What of the engine does not turn any more, or null. */
  standstill: () => string | null;
  /** The last ones of earlier boots, newest first. */
  payments: readonly BookedPayment[];
  /** PEM file by which the broker knows the terminal; undefined: by another way. */
  certificateFile: string | undefined;
  acts: TerminalActs;
  logLevel: () => LogLevel;
  logger: Logger;
}

export interface Console {
  readonly url: string;
  close(): Promise<void>;
}

const pageDir = fileURLToPath(new URL('./page', import.meta.url));

/**
 * Serves health, metrics and the page of a running terminal.
 * @throws TerminalError `port-taken`, `not-permitted`, `config-invalid`, naming the config key
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { host, terminalId, version, journal, onlooker, logger } = options;
  let view: TerminalView | undefined;
  let scene: { display: DisplayContent; lights: LightPattern } | undefined;
  const book = createPaymentBook(options.payments);
  const faults = createFaultBook();
  const health = () => healthOf(view, options.standstill());
  const metrics = createTerminalMetrics(book, {
    terminalId,
    version,
    view: () => view,
    ready: () => healthOf(view, null).ready,
    outbox: () => outboxOf(journal),
    certificateFile: options.certificateFile,
  });
  const { app, page } = await createConsoleServer({
    health,
    metrics,
    page: {
      dir: pageDir,
      host,
      view: () =>
        consoleViewOf({
          terminalId,
          version,
          locale: options.locale,
          logLevel: options.logLevel(),
          view,
          scene,
          faults: faults.shown(view?.faults ?? []),
          payments: book.last(),
        }),
      acts: options.acts,
      token: tokenBeside(options.journalPath, logger),
      logger,
    },
  });
  onlooker.tell((sight) => {
    metrics.take(sight);
    switch (sight.of) {
      case 'view':
        view = sight.view;
        return page.refresh();
      case 'scene':
        scene = sight;
        return page.refresh();
      case 'commit':
        for (const { name, payload } of sight.told) {
          if (name === 'fault') faults.note(payload as EventPayload<'fault'>);
        }
        return page.refresh();
      case 'api':
      case 'radio-start':
        return;
    }
  });

  async function close() {
    onlooker.close();
    metrics.close();
    await app.close();
  }
  try {
    const keys = { host: 'console.host', port: 'console.port' };
    const port = await listen(app, options, keys);
    return { url: urlOf('http', host, port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Null, and a page that is only for reading, where there is no place for a token. */
function tokenBeside(journalPath: string, logger: Logger): string | null {
  const file = tokenFileBeside(journalPath);
  try {
    return localToken(file);
  } catch (error) {
    logger.error({ err: error }, `there is no token for the console, it is read-only: ${file}`);
    return null;
  }
}

function outboxOf(journal: ConsoleOptions['journal']) {
  const length = journal.outboxLength();
  const [oldest] = length === 0 ? [] : journal.outboxAfter(0, 1);
  const sinceMs = oldest === undefined ? Date.now() : Date.parse(oldest.payload.at);
  return { length, oldestSeconds: Math.max(0, (Date.now() - sinceMs) / 1000) };
}
