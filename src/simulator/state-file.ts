import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Change } from './change.ts';

/**
 * The state in a folder: `state.json` as it was at the first change since the
 * start, replaced as a whole, and
 * `changes.jsonl` with what has changed since, so that a commit costs the same however much there
 * is. A kill loses nothing that was committed; a line it tore was not.
 */
export class StateFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #changesPath: string;
  #changes: number | undefined;
  #closed = false;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#path = join(folder, 'state.json');
    this.#changesPath = join(folder, 'changes.jsonl');
  }

  /** Everything stored, oldest first. Throws on a damaged file. */
  read(): Change[] {
    const snapshot = textOf(this.#path);
    const changes: Change[] = snapshot === undefined ? [] : snapshotOf(snapshot, this.#path);
    // The piece after the last line end is empty, or torn.
    const lines = (textOf(this.#changesPath) ?? '').split('\n').slice(0, -1);
    for (const line of lines) changes.push(...parse<Change[]>(line, this.#changesPath));
    return changes;
  }

  get begun(): boolean {
    return this.#changes !== undefined;
  }

  /** Starts anew from the whole state; from here on, changes are appended. */
  begin(state: Change[]): void {
    if (this.#closed) throw new Error('the state file is closed');
    const temporaryPath = `${this.#path}.new`;
    const file = openSync(temporaryPath, 'w');
    try {
      writeSync(file, JSON.stringify({ version: 1, state }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporaryPath, this.#path);
    this.#changes = openSync(this.#changesPath, 'a');
    ftruncateSync(this.#changes);
    fsyncSync(this.#changes);
    syncFolder(this.#folder);
  }

  /** Puts changes that belong together on disk. */
  append(changes: Change[]): void {
    if (this.#changes === undefined) throw new Error('the state file is not open');
    writeSync(this.#changes, `${JSON.stringify(changes)}\n`);
    fdatasyncSync(this.#changes);
  }

  close(): void {
    if (this.#changes !== undefined) closeSync(this.#changes);
    this.#changes = undefined;
    this.#closed = true;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function snapshotOf(text: string, path: string): Change[] {
  const stored = parse<{ version?: number; state?: Change[] } | null>(text, path);
  if (stored?.version !== 1 || stored.state === undefined) throw damaged(path);
  return stored.state;
}

function parse<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw damaged(path);
  }
}

function damaged(path: string): Error {
  return new Error(`${path} is not a simulator's state; move it away or name another folder`);
}

/** A rename is on disk only once its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
