import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from '../config/secrets.ts';
import { checkedSecret, credentialIn, credentialsIn, secretNames } from '../config/secrets.ts';

const UNIT = 'beacon-terminal';

/** Where systemd keeps what it hands to services. */
interface Places {
  /** /run */
  runDir: string;
  /** /etc */
  etcDir: string;
}

/**
 * What systemd hands to the service: from the folder it has made for it, which root may read too, or,
 * while the service does not run, from where systemd would take it.
 */
export function serviceCredentials(
  env: NodeJS.ProcessEnv,
  { runDir, etcDir }: Places,
): Credentials {
  const handed = env['CREDENTIALS_DIRECTORY'] || join(runDir, `credentials/${UNIT}.service`);
  if (existsSync(handed)) return credentialsIn(handed);
  return (name) =>
    credentialIn(join(etcDir, `credstore/${UNIT}.${name}`)) ??
    decrypted(name, join(etcDir, `credstore.encrypted/${UNIT}.${name}`));
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
