import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DEFAULT_CONFIG_FILE } from '../../config/schema.ts';

/** Where everything of one terminal lies. */
export interface SetupFiles {
  config: string;
  /** How far provisioning has come; nothing secret. */
  state: string;
  secretsDir: string;
  /** The device's key for MQTT: secret, and made here. */
  key: string;
  certificate: string;
  request: string;
  /** A copy of what `--broker-ca` named. */
  brokerCa: string;
}

/** `/etc/beacon-terminal/config.yaml` → `/etc/beacon-terminal/config.provision.json` */
export function stateFileOf(configFile: string): string {
  return join(
    dirname(configFile),
    `${basename(configFile).replace(/\.ya?ml$/, '')}.provision.json`,
  );
}

/** Secrets lie beside a config that is not at its usual place. */
export function secretsDirFor(configFile: string): string | undefined {
  return configFile === DEFAULT_CONFIG_FILE ? undefined : join(dirname(configFile), 'secrets');
}

export function brokerCaFileOf(configFile: string): string {
  return join(dirname(configFile), 'broker-ca.pem');
}

export function setupFilesOf(
  configFile: string,
  { secretsDir, terminalId }: { secretsDir: string; terminalId: string },
): SetupFiles {
  const folder = dirname(configFile);
  return {
    config: configFile,
    state: stateFileOf(configFile),
    secretsDir,
    key: join(secretsDir, `${terminalId}.key`),
    certificate: join(folder, `${terminalId}.pem`),
    request: join(folder, `${terminalId}.csr`),
    brokerCa: brokerCaFileOf(configFile),
  };
}

export function exists(path: string): boolean {
  return existsSync(path);
}
