import type { Logger } from 'pino';
import { listen, urlOf } from '../http/listening.ts';
import type { Journal, TerminalView } from '../ports.ts';
import { createConsoleServer } from './console-server.ts';
import { healthOf } from './health.ts';
import { createTerminalMetrics } from './metrics.ts';
import type { Onlooker } from './onlooker.ts';
import type { BookedPayment } from './payment-book.ts';
import { createPaymentBook } from './payment-book.ts';

export interface ConsoleOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  terminalId: string;
  version: string;
  onlooker: Onlooker;
  journal: Pick<Journal, 'outboxAfter' | 'outboxLength'>;
  /** What of the engine does not turn any more, or null. */
  standstill: () => string | null;
  /** The last ones of earlier boots, newest first. */
  payments: readonly BookedPayment[];
  logger: Logger;
}

export interface Console {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves health, metrics and the page of a running terminal.
 * @throws TerminalError `port-taken`, `not-permitted`, `config-invalid`, naming the config key
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { host, terminalId, version, journal, onlooker } = options;
  let view: TerminalView | undefined;
  const book = createPaymentBook(options.payments);
  const health = () => healthOf(view, options.standstill());
  const metrics = createTerminalMetrics(book, {
    terminalId,
    version,
    view: () => view,
    ready: () => healthOf(view, null).ready,
    outbox: () => outboxOf(journal),
  });
  const server = createConsoleServer({ health, metrics });
  onlooker.tell((sight) => {
    if (sight.of === 'view') view = sight.view;
    metrics.take(sight);
  });

  async function close() {
    onlooker.close();
    metrics.close();
    await server.close();
  }
  try {
    const keys = { host: 'console.host', port: 'console.port' };
    const port = await listen(server, options, keys);
    return { url: urlOf('http', host, port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function outboxOf(journal: ConsoleOptions['journal']) {
  const length = journal.outboxLength();
  const [oldest] = length === 0 ? [] : journal.outboxAfter(0, 1);
  const sinceMs = oldest === undefined ? Date.now() : Date.parse(oldest.payload.at);
  return { length, oldestSeconds: Math.max(0, (Date.now() - sinceMs) / 1000) };
}
