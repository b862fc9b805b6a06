import { existsSync, readdirSync } from 'node:fs';
import { open, rm, rmdir } from 'node:fs/promises';

/** Overwrites a file, then removes it. False when there was none. */
async function wipeFile(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rm(path);
  return true;
}

/** Wipes these files and the folder, if nothing else is in it. Returns what there was. */
export async function wipeSecrets(files: readonly string[], folder: string): Promise<string[]> {
  const wiped: string[] = [];
  for (const file of files) {
    if (await wipeFile(file)) wiped.push(file);
  }
  if (existsSync(folder) && readdirSync(folder).length === 0) await rmdir(folder);
  return wiped;
}
