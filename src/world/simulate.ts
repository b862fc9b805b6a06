import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Language } from '../page/shown.ts';
import { startPageServer } from './page-server.ts';
import { onPort } from './port-flag.ts';
import { openWorld } from './world.ts';

export interface SimulateFlags {
  port: number;
  mqttPort: number;
  apiPort: number;
  host: string;
  /** Without it, everything is gone with the process. */
  data?: string;
}

/**
 * `beacon-terminal simulate`: a whole world on one page, until SIGINT or SIGTERM. Prints the ready
 * line on stdout when the terminal can take its first payment. Returns the exit code.
 * @throws TerminalError `port-taken`, naming the flag; `internal` when the terminal does not start
 */
export async function simulate(flags: SimulateFlags): Promise<number> {
  const { host, port, mqttPort, apiPort } = flags;
  const stopped = untilStopped();
  const dataDir = flags.data ?? (await mkdtemp(join(tmpdir(), 'beacon-terminal-')));
  const closers: (() => Promise<void>)[] = [];
  if (flags.data === undefined) {
    closers.push(() => rm(dataDir, { recursive: true, force: true }));
  } else {
    await mkdir(dataDir, { recursive: true });
  }
  try {
    const language = languageOf(process.env);
    const world = await openWorld({ host, mqttPort, apiPort, dataDir, language });
    closers.push(() => world.close());
    const assetsDir = fileURLToPath(new URL('page', import.meta.url));
    const page = await onPort('--port', port, startPageServer({ host, port, assetsDir, world }));
    closers.push(() => page.close());

    const ready = await Promise.race([world.start(), stopped]);
    if (ready !== undefined) {
      const { mqttUrl: mqtt, apiUrl: api } = world;
      process.stdout.write(
        `${JSON.stringify({ ready: true, console: page.url, mqtt, api, ...ready })}\n`,
      );
      await stopped;
    }
    return 0;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
  });
}

/** What the people at this machine speak, where we speak it too. */
function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  if (locale.startsWith('da')) return 'da';
  return locale.startsWith('fi') ? 'fi' : 'en';
}
