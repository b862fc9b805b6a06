import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { Console, ConsoleOptions } from '../../src/console/console.ts';
import { startConsole } from '../../src/console/console.ts';
import type { Onlooker } from '../../src/console/onlooker.ts';
import { createOnlooker } from '../../src/console/onlooker.ts';
import { call } from '../gateway/harness.ts';

export const silent = pino({ level: 'silent' });

export interface ConsoleUnderTest extends Console {
  onlooker: Onlooker;
  /** Where journal and token lie. */
  folder: string;
  get: (path: string, headers?: Record<string, string>) => ReturnType<typeof call>;
  /** The value of a metric, named as Prometheus writes it, labels included. */
  metric(name: string): Promise<number>;
}

/** A console on a free port of 127.0.0.1, of a terminal that is what the test says it sees. */
export async function consoleUnderTest(
  options: Partial<ConsoleOptions> = {},
): Promise<ConsoleUnderTest> {
  const onlooker = createOnlooker(silent);
  const folder = options.journalPath
    ? dirname(options.journalPath)
    : mkdtempSync(join(tmpdir(), 'beacon-console-'));
  const started = await startConsole({
    host: '127.0.0.1',
    port: 0,
    terminalId: 'till-1',
    version: '1.2.3',
    locale: 'da',
    onlooker,
    journal: { outboxLength: () => 0, outboxAfter: () => [] },
    journalPath: join(folder, 'journal.db'),
    standstill: () => null,
    acts: { identify: () => {}, restart: () => true, setLogLevel: () => {} },
    logLevel: () => 'info',
    payments: [],
    certificateFile: undefined,
    logger: silent,
    ...options,
  });
  onTestFinished(async () => {
    await started.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const get = (path: string, headers = {}) => call(`${started.url}${path}`, { headers });
  return {
    ...started,
    onlooker,
    folder,
    get,
    async metric(name) {
      const { text } = await get('/metrics');
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      if (line === undefined) throw new Error(`no metric ${name} in\n${text}`);
      return Number(line.slice(name.length));
    },
  };
}
