import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecrets, readSecret } from '../../src/config/secrets.ts';

const isRoot = process.geteuid?.() === 0;
const name = 'mobilepay-client-secret';
const variable = 'BEACON_TERMINAL_MOBILEPAY_CLIENT_SECRET';
let folder: string;
let secretsDir: string;
let credentials: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'beacon-secrets-'));
  secretsDir = join(folder, 'secrets');
  credentials = join(folder, 'credentials');
  mkdirSync(secretsDir);
  mkdirSync(credentials);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(dir: string, text: string, mode = 0o600): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('a secret', () => {
  it('comes from systemd first, then from its file, then from the environment', () => {
    const env = { [variable]: 'from-env', CREDENTIALS_DIRECTORY: credentials };
    expect(readSecret(name, secretsDir, env)).toBe('from-env');
    write(secretsDir, 'from-file');
    expect(readSecret(name, secretsDir, env)).toBe('from-file');
    // systemd hands its files out read-only, and in a folder of the service's own.
    write(credentials, 'from-systemd', 0o440);
    expect(readSecret(name, secretsDir, env)).toBe('from-systemd');
  });

  it.each([
    ['a\n', 'a'],
    ['a\r\n', 'a'],
    ['a b ', 'a b '],
  ])('%j is read as %j', (text, secret) => {
    write(secretsDir, text);
    expect(readSecret(name, secretsDir, {})).toBe(secret);
  });

  it.each([0o640, 0o604, 0o620, 0o660, 0o644])('is refused when its file has mode %o', (mode) => {
    const file = write(secretsDir, 'hunter2', mode);
    const read = () => readSecret(name, secretsDir, { [variable]: 'x' });
    expect(read).toThrow(`chmod 600 ${file}`);
    expect(read).not.toThrow('hunter2');
  });

  it.skipIf(!isRoot)('is refused when its file belongs to somebody else (needs root)', () => {
    chownSync(write(secretsDir, 'hunter2'), 65_534, 65_534);
    expect(() => readSecret(name, secretsDir, {})).toThrow('belongs to user 65534');
  });

  it.skipIf(!isRoot)("is read by root when the folder's owner has written it (needs root)", () => {
    chownSync(write(secretsDir, 'hunter2'), 65_534, 65_534);
    chownSync(secretsDir, 65_534, 65_534);
    expect(readSecret(name, secretsDir, {})).toBe('hunter2');
  });

  it.each(['', '\n', 'a\nb', 'a\0b'])('%j is refused without being shown', (text) => {
    write(secretsDir, text);
    expect(() => readSecret(name, secretsDir, {})).toThrow(/is empty|control character/);
  });

  it('in a folder of that name is refused', () => {
    mkdirSync(join(secretsDir, name));
    expect(() => readSecret(name, secretsDir, {})).toThrow('is not a file');
  });

  it('of MobilePay is needed; the error says where to put it', () => {
    expect(() => loadSecrets({ secretsDir }, {})).toThrow(
      new RegExp(`${join(secretsDir, name)} \\(mode 0600\\) or ${variable}`),
    );
  });

  it('of the broker is not', () => {
    expect(loadSecrets({ secretsDir }, { [variable]: 'x' })).toEqual({
      mobilepayClientSecret: 'x',
      mqttPassword: undefined,
    });
  });
});
