import type { Clock, Journal, NoteName } from '../ports.ts';

/** What the terminal remembers of itself over restarts, as JSON in the journal. */
export interface TerminalNotes {
  get(name: NoteName): unknown;
  /** Null forgets it. What stands there already costs no commit. */
  set(name: NoteName, value: unknown): void;
}

/** A note that cannot be read, out of a salvaged journal perhaps, is none. */
export function noteValue(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export function createTerminalNotes(
  journal: Pick<Journal, 'note' | 'commit'>,
  clock: Clock,
): TerminalNotes {
  return {
    get(name) {
      return noteValue(journal.note(name));
    },
    set(name, value) {
      const text = value === null ? null : JSON.stringify(value);
      if (journal.note(name) === text) return;
      journal.commit({
        notes: [{ name, text }],
        at: clock.now(),
        clockTrusted: clock.trusted(),
      });
    },
  };
}
