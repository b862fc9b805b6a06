import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../../src/simulator/demo.ts';

export const BEACON_ID = '123456789012345';

export interface RunningTerminal {
  folder: string;
  /** Its config file. */
  config: string;
  journal: string;
  child: ChildProcess;
  /** Its ready line. */
  ready: string;
  /** All of its log, when it has ended. */
  log: Promise<string>;
  destroy(): void;
}

/**
 * Starts the built executable as `run` in a folder of its own and waits until it takes payments.
 * @param sections of the config file, in place of the usual ones
 */
export async function startTerminal(
  id: string,
  { broker, mobilePay }: { broker: { url: string }; mobilePay: { url: string } },
  sections: Record<string, unknown> = {},
  secrets: Record<string, string> = {},
): Promise<RunningTerminal> {
  const folder = mkdtempSync(join(tmpdir(), `beacon-${id}-`));
  const config = join(folder, 'config.yaml');
  const journal = join(folder, 'state/journal.db');
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
  const all = { 'mobilepay-client-secret': `${DEMO_CLIENT_SECRET}\n`, ...secrets };
  for (const [name, secret] of Object.entries(all)) {
    writeFileSync(join(folder, 'secrets', name), secret, { mode: 0o600 });
  }
  writeFileSync(
    config,
    stringify({
      terminal: { id },
      secretsDir: join(folder, 'secrets'),
      mqtt: { url: broker.url },
      mobilepay: { baseUrl: mobilePay.url, clientId: DEMO_CLIENT_ID, merchantVat: DEMO_VAT },
      pos: {
        merchantBrandId: DEMO_BRAND_ID,
        merchantLocationId: DEMO_LOCATION_ID,
        name: `Kasse ${id.replace('till-', '')}`,
        beaconId: BEACON_ID,
      },
      journal: { path: journal },
      ...sections,
    }),
  );
  const child = spawn(process.execPath, ['dist/main.js', 'run', '--config', config], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = text(child.stderr);
  const ended = once(child, 'exit').then(async () => {
    throw new Error(`the terminal ended before it was ready: ${await log}`);
  });
  const [ready] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended,
  ]);
  ended.catch(() => undefined);
  return {
    folder,
    config,
    journal,
    child,
    ready: String(ready),
    log,
    destroy(): void {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}
