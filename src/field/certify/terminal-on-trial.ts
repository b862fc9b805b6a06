import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { topicsOf } from '../../contract/topics.ts';
import type { RegisterClient } from '../../register/register-client.ts';
import { connectRegister } from '../../register/register-client.ts';
import { TerminalProcess } from '../../world/terminal-process.ts';
import type { PlatformAccess } from './own-client.ts';

const PREFIX = 'certify';
const READY_WITHIN_MS = 60_000;
const OFFLINE_WITHIN_MS = 15_000;

export interface TerminalOptions {
  terminalId: string;
  /** Holds its config and its journal. */
  dir: string;
  mqttUrl: string;
  /** What it takes for MobilePay. */
  apiUrl: string;
  access: PlatformAccess;
  store: { brandId: string; locationId: string };
}

/** A terminal as a merchant has it: a process of its own, spoken to over MQTT and nothing else. */
export interface TerminalOnTrial {
  readonly register: RegisterClient;
  readonly topics: ReturnType<typeof topicsOf>;
  /** Switches it on; resolves when it is idle. Throws with its last words when it does not get there. */
  boot(posName: string): Promise<{ beaconId: string; posId: string }>;
  /** Ends it in an orderly way, so that it can be switched on again. */
  shutDown(): Promise<void>;
  /** While it is off: what it remembers is gone, as when a new device takes its place. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** Not switched on yet. */
export async function prepareTerminal(options: TerminalOptions): Promise<TerminalOnTrial> {
  const { terminalId, dir, mqttUrl, access } = options;
  await mkdir(dir, { recursive: true });
  const configPath = join(dir, 'config.yaml');
  const journalDir = join(dir, 'journal');
  const register = await connectRegister({
    urls: [mqttUrl],
    prefix: PREFIX,
    terminalId,
    protocolVersion: 4,
  });
  let fail: (why: Error) => void = () => {};
  const terminal = new TerminalProcess({
    args: [fileURLToPath(new URL('../../main.js', import.meta.url)), 'run', '--config', configPath],
    // The secret is in no file: it is gone with the process.
    environment: () => ({
      ...withoutOurs(process.env),
      BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET: access.clientSecret,
    }),
    onDevice: () => {},
    onPower: () => {},
    onLog: () => {},
    onFailure: (lastWords) =>
      fail(new Error(`the terminal ended by itself: ${lastLine(lastWords)}`)),
  });

  return {
    register,
    topics: topicsOf(PREFIX, terminalId),
    async boot(posName) {
      await mkdir(journalDir, { recursive: true });
      await writeFile(configPath, stringify(configOf(options, posName)), { mode: 0o600 });
      const failed = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const before = register.state;
      terminal.start();
      const idle = register.whenState(
        (state) =>
          state.online && state.phase === 'idle' && state.bootId !== (before?.bootId ?? null),
        READY_WITHIN_MS,
      );
      if ((await Promise.race([idle, failed])) === undefined) {
        throw new Error(`the terminal was not ready within ${READY_WITHIN_MS / 1000} s`);
      }
      // The introduction is retained, and precedes the first `idle`.
      const { beaconId, posId } = register.info ?? {};
      if (!beaconId || !posId) throw new Error('the terminal did not say its beacon and PoS');
      return { beaconId, posId };
    },
    async shutDown() {
      await terminal.stop();
      await register.whenState((state) => !state.online, OFFLINE_WITHIN_MS);
    },
    async forget() {
      await rm(journalDir, { recursive: true });
    },
    async close() {
      await terminal.stop();
      await register.close();
    },
  };
}

function configOf(options: TerminalOptions, posName: string): object {
  const { terminalId, dir, mqttUrl, apiUrl, access, store } = options;
  return {
    terminal: { id: terminalId },
    secretsDir: join(dir, 'secrets'),
    mqtt: { url: mqttUrl, prefix: PREFIX, protocolVersion: 4 },
    mobilepay: { baseUrl: apiUrl, clientId: access.clientId, merchantVat: access.merchantVat },
    pos: {
      merchantBrandId: store.brandId,
      merchantLocationId: store.locationId,
      name: posName,
      supportedBeaconTypes: ['QR'],
    },
    journal: { path: join(dir, 'journal', 'journal.db') },
  };
}

/** Settings in our own environment are meant for another terminal. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !name.startsWith('BEACON_TERMINAL_') && name !== 'CREDENTIALS_DIRECTORY',
    ),
  );
}

/** The log is JSON lines: what a person wants is the last message. */
function lastLine(lastWords: string): string {
  const line = lastWords.trim().split('\n').at(-1) ?? '';
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line;
  }
}
