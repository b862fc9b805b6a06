import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalError } from '../terminal-error.ts';

export const secretNames = ['mobilepay-client-secret', 'mqtt-password'] as const;
export type SecretName = (typeof secretNames)[number];

export interface Secrets {
  mobilepayClientSecret: string;
  /** Undefined: the broker asks for none. */
  mqttPassword: string | undefined;
}

/** `mqtt-password` → `BEACON_TERMINAL_MQTT_PASSWORD` */
export function variableOfSecret(name: SecretName): string {
  return `BEACON_TERMINAL_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** A secret that systemd hands to a service, or undefined. */
export type Credentials = (name: SecretName) => string | undefined;

/** Those of a folder that systemd has made, and guards; without one, none. */
export function credentialsIn(folder: string | undefined): Credentials {
  return (name) => (folder ? readSecretFile(join(folder, name), { ownOnly: false }) : undefined);
}

/**
 * One secret: from systemd's `$CREDENTIALS_DIRECTORY`, else from `secretsDir`, else from the
 * environment. Undefined when it stands nowhere. Errors never show what was read.
 * @throws TerminalError `config-invalid` for a file that others may read; `not-permitted` for one
 *   that we may not
 */
export function readSecret(
  name: SecretName,
  secretsDir: string,
  env: NodeJS.ProcessEnv,
  credentials: Credentials = credentialsIn(env['CREDENTIALS_DIRECTORY']),
): string | undefined {
  const found = credentials(name) ?? readSecretFile(join(secretsDir, name), { ownOnly: true });
  if (found !== undefined) return found;
  const variable = variableOfSecret(name);
  const text = env[variable];
  return text ? checkedSecret(text, variable) : undefined;
}

/** @throws TerminalError like `readSecret`, and `config-invalid` when the client secret is missing */
export function loadSecrets(
  { secretsDir }: { secretsDir: string },
  env: NodeJS.ProcessEnv,
  credentials?: Credentials,
): Secrets {
  const read = (name: SecretName) => readSecret(name, secretsDir, env, credentials);
  const mobilepayClientSecret = read('mobilepay-client-secret');
  if (mobilepayClientSecret === undefined) {
    throw new TerminalError(
      'config-invalid',
      `the secret mobilepay-client-secret is missing; put it into ${join(secretsDir, 'mobilepay-client-secret')} (mode 0600) or ${variableOfSecret('mobilepay-client-secret')}`,
    );
  }
  return {
    mobilepayClientSecret,
    mqttPassword: read('mqtt-password'),
  };
}

function readSecretFile(file: string, { ownOnly }: { ownOnly: boolean }): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TerminalError('not-permitted', `the secret ${file} cannot be read (${code})`, {
      cause: error,
    });
  }
  try {
    // The open file is judged, not its name: it cannot be exchanged in between.
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new TerminalError('config-invalid', `${file} is not a file`);
    if (ownOnly) refuseLoose(file, status);
    return checkedSecret(readFileSync(descriptor, 'utf8'), file);
  } finally {
    closeSync(descriptor);
  }
}

function refuseLoose(file: string, status: { mode: number; uid: number }): void {
  if ((status.mode & 0o077) !== 0) {
    const mode = (status.mode & 0o777).toString(8).padStart(4, '0');
    throw new TerminalError(
      'config-invalid',
      `the secret ${file} has mode ${mode}: others may read it; chmod 600 ${file}`,
    );
  }
  const user = process.geteuid?.() ?? 0;
  // Root may run us on behalf of the service: then whoever owns the folder may own the secret.
  const trusted = user === 0 ? [0, statSync(join(file, '..')).uid] : [0, user];
  if (!trusted.includes(status.uid)) {
    throw new TerminalError(
      'config-invalid',
      `the secret ${file} belongs to user ${status.uid}, who could change it; chown it to the user that runs beacon-terminal`,
    );
  }
}

/** @throws TerminalError `config-invalid`, never showing the text */
export function checkedSecret(text: string, source: string): string {
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret === '') throw new TerminalError('config-invalid', `the secret in ${source} is empty`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
  if (/[\x00-\x1f\x7f]/.test(secret)) {
    throw new TerminalError(
      'config-invalid',
      `the secret in ${source} contains a line break or another control character`,
    );
  }
  return secret;
}
