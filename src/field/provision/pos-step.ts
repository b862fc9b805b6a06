import { wantedPosOf } from '../../configured-pos.ts';
import { noteValue } from '../../engine/terminal-notes.ts';
import { openJournalReader } from '../../journal/journal-reader.ts';
import type { NoteName } from '../../ports.ts';
import { TerminalError } from '../../terminal-error.ts';
import type { Job } from './job.ts';
import { openPointOfSale } from './point-of-sale.ts';
import { done, type StepResult, stopped } from './problem.ts';
import { forgetState } from './state-file.ts';

/** What the terminal's journal remembers under a name; null where there is no journal yet. */
export function journalNote(path: string, name: NoteName): string | null {
  try {
    const reader = openJournalReader(path);
    try {
      return reader.note(name);
    } finally {
      reader.close();
    }
  } catch (error) {
    // A damaged journal is for the terminal and `doctor` to tell of.
    if (error instanceof TerminalError) return null;
    throw error;
  }
}

function rememberedBeaconId(path: string, merchantPosId: string): string | null {
  const note = noteValue(journalNote(path, 'pos'));
  if (typeof note !== 'object' || note === null) return null;
  const { merchantPosId: name, beaconId } = note as Record<string, unknown>;
  return name === merchantPosId && typeof beaconId === 'string' ? beaconId : null;
}

const ways = {
  created: 'created',
  ours: 'stands already',
  'taken-over': 'taken over',
} as const;

/** The point of sale at MobilePay. From here on there is something to resume. */
export async function ensurePos(job: Job): Promise<StepResult> {
  const config = job.config();
  const wanted = wantedPosOf(config);
  const { merchantPosId } = wanted;
  const remembered = rememberedBeaconId(config.journal.path, merchantPosId);
  const before = job.state;
  const known = before.pos?.merchantPosId === merchantPosId ? before.pos : null;

  const ending = await openPointOfSale({
    platform: job.platform(),
    wanted,
    remembered,
    // A create that was begun may have arrived: then it is ours, whatever its id.
    isOurs: (pos) =>
      (known !== null && (known.posId === null || known.posId === pos.posId)) ||
      remembered === pos.beaconId,
    takeOver: job.options.takeOver || job.answers.takeOver,
    beforeCreate: async () => {
      job.state = { ...before, pos: { merchantPosId, posId: null, beaconId: null } };
      await job.keep('begun');
    },
    afterRefusal: async () => {
      job.state = before;
      if (before.pos === null && before.standing === 'begun') await forgetState(job.files().state);
      else await job.keep(before.standing);
    },
    dryRun: job.options.dryRun,
  });
  if (ending.kind === 'problem') return stopped(ending.problem);
  if (ending.kind === 'would-create') {
    return done(`would create the point of sale ${merchantPosId} "${wanted.name}"`);
  }
  const { posId, beaconId } = ending.pos;
  job.state = { ...job.state, pos: { merchantPosId, posId, beaconId } };
  await job.keep(before.standing);
  const later =
    ending.differs.length === 0
      ? ''
      : `; it differs in ${ending.differs.join(', ')}, and the terminal replaces it as soon as no payment is open on it`;
  return done(`${merchantPosId} ${ways[ending.how]}, beacon id ${beaconId}${later}`);
}
