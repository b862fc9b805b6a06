import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nothingRemote, type RemoteState, remoteStateSchema } from './remote-states.ts';

/** Beside the journal: the one folder that the service may write to. */
export function remoteFileOf(journalPath: string): string {
  return join(dirname(journalPath), 'remote-config.json');
}

/**
 * @returns nothing where there is no file or this user may not read it; undefined for a damaged one
 */
export function readRemoteState(path: string): RemoteState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return nothingRemote;
  }
  try {
    return remoteStateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whole and on the disk when it returns, or as it was before. Only the service writes it. */
export function writeRemoteState(path: string, state: RemoteState): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(state)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
