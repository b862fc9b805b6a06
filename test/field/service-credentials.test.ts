import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSecret } from '../../src/config/secrets.ts';
import { serviceCredentials } from '../../src/field/service-credentials.ts';

const name = 'mqtt-password';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'beacon-credentials-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function put(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
const read = (env: NodeJS.ProcessEnv = {}) => {
  const places = { runDir: join(folder, 'run'), etcDir: join(folder, 'etc') };
  return readSecret(name, join(folder, 'secrets'), env, serviceCredentials(env, places));
};

/** `systemd-creds` of this machine, for as long as the test lasts. */
function systemdCreds(script: string): void {
  chmodSync(put('bin/systemd-creds', `#!/bin/sh\n${script}\n`), 0o755);
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
}

describe("the service's credentials", () => {
  it('are found in the order in which the service would get them', () => {
    expect(read()).toBeUndefined();
    put(`secrets/${name}`, 'of the folder\n');
    expect(read()).toBe('of the folder');
    put(`etc/credstore/beacon-terminal.${name}`, 'stored\n');
    expect(read()).toBe('stored');
    put(`run/credentials/beacon-terminal.service/${name}`, 'handed to the service\n');
    expect(read()).toBe('handed to the service');
    put(`own/${name}`, 'handed to us');
    expect(read({ CREDENTIALS_DIRECTORY: join(folder, 'own') })).toBe('handed to us');
  });

  it.skipIf(process.geteuid?.() !== 0)(
    'in a store that is closed to this user are none of its business (needs root)',
    () => {
      const nobody = 65_534;
      const file = put(`secrets/${name}`, 'of the folder');
      chownSync(file, nobody, nobody);
      for (const open of [folder, dirname(file), join(folder, 'etc')]) {
        mkdirSync(open, { recursive: true });
        chmodSync(open, 0o755);
      }
      for (const store of ['credstore', 'credstore.encrypted']) {
        chmodSync(dirname(put(`etc/${store}/beacon-terminal.${name}`, 'stored')), 0o700);
      }
      process.seteuid?.(nobody);
      try {
        expect(read()).toBe('of the folder');
      } finally {
        process.seteuid?.(0);
      }
    },
  );

  it('are only those that were handed to us, for the service itself', () => {
    put(`etc/credstore/beacon-terminal.${name}`, 'stored');
    expect(read({ CREDENTIALS_DIRECTORY: join(folder, 'own') })).toBeUndefined();
  });

  it('are decrypted by systemd while the service does not run', () => {
    put(`etc/credstore.encrypted/beacon-terminal.${name}`, 'sealed');
    systemdCreds(`[ "$1 $2 $4" = "decrypt --name=${name} -" ] && echo "un$(cat "$3")"`);
    expect(read()).toBe('unsealed');
  });

  it('that it cannot decrypt are not there', () => {
    put(`etc/credstore.encrypted/beacon-terminal.${name}`, 'sealed');
    systemdCreds('echo "no TPM" >&2; exit 1');
    expect(read()).toBeUndefined();
  });
});
