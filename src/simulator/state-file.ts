import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Customer, Payment } from './payment.ts';
import type { Pos } from './pos.ts';
import type { KeptAnswer } from './world.ts';

/** Everything that survives a restart. Stores come from the options, tokens verify themselves. */
export interface StoredState {
  version: 1;
  clockOffsetMs: number;
  tokenGeneration: number;
  pos: Pos[];
  checkIns: [string, Customer][];
  payments: Payment[];
  keys: [string, KeptAnswer][];
}

/** `state.json` in a folder: replaced as a whole, so a kill leaves the old or the new one. */
export class StateFile {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#path = join(folder, 'state.json');
    this.#temporaryPath = join(folder, 'state.json.new');
  }

  /** The stored state, or undefined when there is none yet. Throws on a damaged file. */
  read(): StoredState | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const stored = parse(text);
    if (stored?.version !== 1) throw new Error(`${this.#path} is not a simulator state file`);
    return stored;
  }

  write(state: StoredState): void {
    const file = openSync(this.#temporaryPath, 'w');
    try {
      writeSync(file, JSON.stringify(state));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(this.#temporaryPath, this.#path);
    syncFolder(this.#folder);
  }
}

function parse(text: string): StoredState | undefined {
  try {
    return JSON.parse(text) as StoredState;
  } catch {
    return undefined;
  }
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
