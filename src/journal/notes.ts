import type { Database } from 'better-sqlite3';
import type { JournalBatch, NoteName } from '../ports.ts';

/** Short texts that the terminal remembers over restarts, one to a name. */
export function openNotes(db: Database) {
  // A file of an earlier version, opened for reading only, has no place for them.
  const hasPlace = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'note'`).get();
  if (hasPlace === undefined) return { get: () => undefined, write: () => {} };
  const select = db.prepare<[string], string>('SELECT text FROM note WHERE name = ?').pluck();
  const upsert = db.prepare<[string, string]>(
    'INSERT INTO note (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text',
  );
  const remove = db.prepare<[string]>('DELETE FROM note WHERE name = ?');
  return {
    get: (name: NoteName): string | undefined => select.get(name),
    /** Inside the transaction. */
    write(notes: NonNullable<JournalBatch['notes']>): void {
      for (const { name, text } of notes) {
        if (text === null) remove.run(name);
        else upsert.run(name, text);
      }
    },
  };
}
