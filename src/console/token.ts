import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The terminal may write there, whatever else is read-only. */
export function tokenFileBeside(journalPath: string): string {
  return join(dirname(journalPath), 'console-token');
}

/**
 * The token of this machine, made when it is not there: whoever can read the file may act.
 * @throws Error of the file system
 */
export function localToken(file: string): string {
  const known = readToken(file);
  if (known !== undefined) return known;
  rmSync(file, { force: true });
  const token = randomBytes(16).toString('hex');
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

/** Undefined for one that is not there, is none of ours, or that others could have read. */
function readToken(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || (status.mode & 0o077) !== 0) return undefined;
    return /^[0-9a-f]{32}(?=\n$)/.exec(readFileSync(descriptor, 'utf8'))?.[0];
  } finally {
    closeSync(descriptor);
  }
}

/** How long it takes tells nothing of the token. */
export function isToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
