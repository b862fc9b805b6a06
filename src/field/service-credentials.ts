import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIG_FILE } from '../config/schema.ts';
import type { Credentials } from '../config/secrets.ts';
import { checkedSecret, credentialsIn, secretNames } from '../config/secrets.ts';

const UNIT = 'beacon-terminal';

/** Where systemd keeps what it hands to services. */
interface Places {
  /** /run */
  runDir: string;
  /** /etc */
  etcDir: string;
}

/**
 * What systemd hands to the service: to the service itself what it was handed; to root what lies in the
 * service's folder or, while it does not run, where systemd would take it from. A store that is closed
 * to this user holds nothing for it.
 */
export function serviceCredentials(
  env: NodeJS.ProcessEnv,
  { runDir, etcDir }: Places,
): Credentials {
  const own = env['CREDENTIALS_DIRECTORY'];
  if (own) return credentialsIn(own);
  const handed = join(runDir, `credentials/${UNIT}.service`);
  if (existsSync(handed)) return credentialsIn(handed);
  return (name) =>
    stored(join(etcDir, `credstore/${UNIT}.${name}`)) ??
    decrypted(name, join(etcDir, `credstore.encrypted/${UNIT}.${name}`));
}

/** Of the terminal with this config file: it is the machine's service if it reads the usual one. */
export function credentialsOf(configFile: string, env: NodeJS.ProcessEnv): Credentials {
  return configFile === DEFAULT_CONFIG_FILE
    ? serviceCredentials(env, { runDir: '/run', etcDir: '/etc' })
    : credentialsIn(env['CREDENTIALS_DIRECTORY']);
}

function stored(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return checkedSecret(text, file);
}

/** Undefined as well when this is not root, or the machine has another key than it had. */
function decrypted(name: string, file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const args = ['decrypt', `--name=${name}`, file, '-'];
  const { status, stdout } = spawnSync('systemd-creds', args, { encoding: 'utf8' });
  return status === 0 ? checkedSecret(stdout, file) : undefined;
}

/** Whether a secret lies where only systemd can decrypt it. */
export function isEncrypted({ etcDir }: Pick<Places, 'etcDir'>): boolean {
  return secretNames.some((name) =>
    existsSync(join(etcDir, `credstore.encrypted/${UNIT}.${name}`)),
  );
}
