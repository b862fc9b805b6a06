import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  DEMO_BRAND_ID,
  DEMO_CLIENT_ID,
  DEMO_CLIENT_SECRET,
  DEMO_LOCATION_ID,
  DEMO_VAT,
} from '../simulator/demo.ts';

export const TERMINAL_ID = 'till-1';
export const TOPIC_PREFIX = 'beacon/1';
export const BEACON_ID = '123456789012345';
export const SHOP_NAME = 'Kasse 1';

/**
 * Writes the configuration of the world's terminal, as a technician would, and returns its path.
 * `dataDir` holds everything: the file, the secrets, the journal.
 */
export async function writeTerminalConfig(
  dataDir: string,
  addresses: { mqttUrl: string; apiUrl: string },
): Promise<string> {
  const secretsDir = join(dataDir, 'secrets');
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  await writeSecret(join(secretsDir, 'mobilepay-client-secret'), DEMO_CLIENT_SECRET);
  const path = join(dataDir, 'config.yaml');
  const config = {
    terminal: { id: TERMINAL_ID },
    secretsDir,
    mqtt: { url: addresses.mqttUrl, prefix: TOPIC_PREFIX, protocolVersion: 4 },
    mobilepay: {
      platform: 'pos-v10',
      baseUrl: addresses.apiUrl,
      clientId: DEMO_CLIENT_ID,
      merchantVat: DEMO_VAT,
    },
    pos: {
      merchantBrandId: DEMO_BRAND_ID,
      merchantLocationId: DEMO_LOCATION_ID,
      merchantPosId: TERMINAL_ID,
      name: SHOP_NAME,
      beaconId: BEACON_ID,
      supportedBeaconTypes: ['QR', 'Bluetooth'],
    },
    beacon: { mode: 'two-way', driver: 'virtual' },
    panel: {
      display: { driver: 'virtual' },
      lights: { driver: 'virtual' },
      buttons: { driver: 'virtual' },
    },
    journal: { path: join(dataDir, 'journal.db') },
  };
  await writeFile(path, stringify(config));
  return path;
}

async function writeSecret(path: string, secret: string): Promise<void> {
  await writeFile(path, secret, { mode: 0o600 });
  // The mode above counts only for a new file; a looser one would be refused.
  await chmod(path, 0o600);
}

/** The terminal's environment: the caller's, without settings that are meant for another one. */
export function terminalEnvironment(
  env: NodeJS.ProcessEnv,
  locale: string,
): Record<string, string | undefined> {
  const others = Object.entries(env).filter(
    ([name]) => !name.startsWith('BEACON_TERMINAL_') && name !== 'CREDENTIALS_DIRECTORY',
  );
  return { ...Object.fromEntries(others), BEACON_TERMINAL_TERMINAL_LOCALE: locale };
}
