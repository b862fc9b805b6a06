import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chown, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TerminalError } from '../../terminal-error.ts';

/** Whom files are to belong to; null: whoever makes them. */
export type Owner = { uid: number; gid: number } | null;

function fileError(path: string, error: unknown): TerminalError {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  const remedies: Record<string, string> = {
    ENOSPC: 'the disk is full: make room',
    EROFS: 'the file system is read-only: make it writable',
  };
  const remedy = remedies[code] ?? 'run it as root, or name another --config';
  return new TerminalError(
    code === 'ENOSPC' ? 'disk-full' : 'not-permitted',
    `${path} cannot be written (${code}); ${remedy}`,
    { cause: error },
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Puts a whole file in place of what was there, or leaves what was there: through a temporary file
 * beside it that reaches the disk before it gets the name.
 * @throws TerminalError `not-permitted` or `disk-full`
 */
export async function writeDurably(
  path: string,
  text: string,
  { mode, owner }: { mode: number; owner: Owner },
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(4).toString('hex')}`);
  try {
    // 0600 until it is complete: what is secret is so from its first byte on.
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      if (owner !== null) await handle.chown(owner.uid, owner.gid);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(path, error);
  }
}

/** @throws TerminalError like `writeDurably` */
export async function makeFolder(path: string, mode: number, owner: Owner): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true, mode });
    const handle = await open(path, 'r');
    try {
      await handle.chmod(mode);
    } finally {
      await handle.close();
    }
    if (owner !== null) await chown(path, owner.uid, owner.gid);
    if (made !== undefined) await syncFolder(dirname(made));
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Whether a file could be put there, without trying: the nearest folder that exists decides.
 * @throws TerminalError `not-permitted` or `config-invalid`
 */
export async function checkWritable(path: string): Promise<void> {
  let folder = dirname(path);
  for (;;) {
    try {
      const status = await stat(folder);
      if (!status.isDirectory()) {
        throw new TerminalError(
          'config-invalid',
          `${folder} is not a folder; name another --config`,
        );
      }
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (error instanceof TerminalError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || dirname(folder) === folder) throw fileError(path, error);
      folder = dirname(folder);
    }
  }
}
