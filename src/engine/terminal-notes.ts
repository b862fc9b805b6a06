import type { Clock, Journal, NoteName } from '../ports.ts';

/** What the terminal remembers of itself over restarts, as JSON in the journal. */
export interface TerminalNotes {
  get(name: NoteName): unknown;
  /** Null forgets it. What stands there already costs no commit. */
  set(name: NoteName, value: unknown): void;
}

export function createTerminalNotes(
  journal: Pick<Journal, 'note' | 'commit'>,
  clock: Clock,
): TerminalNotes {
  return {
    get(name) {
      const text = journal.note(name);
      return text === null ? null : (JSON.parse(text) as unknown);
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
