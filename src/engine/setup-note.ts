import { z } from 'zod';
import type { EpochMs } from '../payment/events.ts';
import type { SetupProblem } from './setup-problem.ts';
import type { TerminalNotes } from './terminal-notes.ts';
import { noteValue } from './terminal-notes.ts';

const setupNoteSchema = z.object({
  kind: z.string(),
  message: z.string(),
  since: z.iso.datetime(),
});
type SetupNote = z.infer<typeof setupNoteSchema>;

/** What `status` tells of a terminal that has no PoS as configured; null when there is nothing. */
export function setupNoteOf(text: string | null): SetupNote | null {
  return setupNoteSchema.safeParse(noteValue(text)).data ?? null;
}

/** The same problem keeps the time at which it was first seen, also over restarts. */
export function noteSetupProblem(
  notes: TerminalNotes,
  problem: SetupProblem | null,
  now: EpochMs,
): void {
  const before = setupNoteSchema.safeParse(notes.get('setup-problem')).data;
  if (problem !== null && before?.message === problem.message) return;
  notes.set('setup-problem', problem && { ...problem, since: new Date(now).toISOString() });
}
