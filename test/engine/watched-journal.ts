import type { Journal } from '../../src/ports.ts';
import { TerminalError } from '../../src/terminal-error.ts';
import type { Noted } from './trace.ts';

export type WatchedJournal = Journal & {
  /** From now on every commit fails like this; null heals it. */
  failWith(code: 'disk-full' | 'journal-damaged' | null): void;
  /** After so many more commits the process is gone, in the middle of what it does. */
  dieAfter(commits: number, onDeath: () => void): void;
  die(): void;
};

/** The real journal, with each commit noted, and a disk that can fail. */
export function watchJournal(journal: Journal, note: Noted): WatchedJournal {
  let failure: 'disk-full' | 'journal-damaged' | null = null;
  let dead = false;
  let left = Number.POSITIVE_INFINITY;
  let onLast: () => void = () => {};

  return {
    ...journal,
    commit(batch) {
      if (dead) throw new TerminalError('internal', 'this process is gone');
      if (failure !== null) throw new TerminalError(failure, `the disk says ${failure}`);
      journal.commit(batch);
      note({ kind: 'commit', batch });
      left -= 1;
      if (left > 0) return;
      dead = true;
      onLast();
      throw new TerminalError('internal', 'this process is gone');
    },
    failWith(code) {
      failure = code;
    },
    dieAfter(commits, onDeath) {
      left = commits;
      onLast = onDeath;
    },
    die() {
      dead = true;
    },
  };
}
