import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { secretNames, variableOfSecret } from '../../config/secrets.ts';
import { kernelText } from './kernel-files.ts';
import type { World } from './world.ts';

const UNIT = 'beacon-terminal';

/** An environment in which the secrets are found that systemd hands to the service. */
export function serviceEnvironment(
  env: NodeJS.ProcessEnv,
  { runDir, etcDir }: World,
): NodeJS.ProcessEnv {
  if (env['CREDENTIALS_DIRECTORY']) return env;
  // While the service runs systemd has them there, decrypted, for root and the service to read.
  const handed = join(runDir, `credentials/${UNIT}.service`);
  if (existsSync(handed)) return { ...env, CREDENTIALS_DIRECTORY: handed };
  const stored = secretNames.flatMap((name) => {
    const text = kernelText(join(etcDir, `credstore/${UNIT}.${name}`));
    return text === undefined ? [] : [[variableOfSecret(name), text] as const];
  });
  return { ...Object.fromEntries(stored), ...env };
}

/** Whether a secret lies where only systemd can decrypt it, and only for a service that starts. */
export function isEncrypted({ etcDir }: World): boolean {
  return secretNames.some((name) =>
    existsSync(join(etcDir, `credstore.encrypted/${UNIT}.${name}`)),
  );
}
