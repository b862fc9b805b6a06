import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { faultRemedies } from '../../../contract/fault-remedies.ts';
import type { Finding } from '../finding.ts';
import { failed, ok, warning } from '../finding.ts';
import type { JournalSaid } from '../journal-verdict.ts';
import { terminalCheck } from '../patient.ts';

/** A journal of years, on the slowest board. */
const LIMIT_MS = 60_000;

const late = warning(
  'not all of it was read in the time there was',
  'Run doctor on the device itself, which gives it a minute.',
);

/** Whether every entry is as it was written, and none is missing. */
export const journal = terminalCheck({
  name: 'journal',
  limitMs: LIMIT_MS,
  late,
  async look({ config }, { output, journalProgram }, signal) {
    const { path } = config.journal;
    const before = journalBeforeItsFirst(path);
    if (before !== null) return before;
    const said = await output(process.execPath, [...journalProgram, path], signal);
    if (said === null) {
      if (signal.aborted) return late;
      return failed(
        `the process that reads ${path} failed`,
        'See the check native-modules; then run: beacon-terminal status',
      );
    }
    return findingOf(path, JSON.parse(said) as JournalSaid);
  },
});

/** A folder that this user may not look into seems empty: that is for the reader to say. */
function journalBeforeItsFirst(path: string): Finding | null {
  if (existsSync(path) || existsSync(`${path}-wal`) || existsSync(`${path}.salvaging`)) return null;
  const folder = dirname(path);
  return warning(
    existsSync(folder) ? `there is none at ${path} yet` : `there is no folder ${folder} yet`,
    'Start the service, which makes it; if there was one, run doctor as root or find who moved it.',
  );
}

function findingOf(path: string, said: JournalSaid): Finding {
  if (said.kind === 'read') {
    const { breaks, newestAt } = said;
    if (breaks.length > 0) {
      return failed(
        `${path}: ${breaks.join('; ')}`,
        faultRemedies['journal-damaged'],
        'journal-damaged',
      );
    }
    const newest = newestAt === null ? 'none yet' : new Date(newestAt).toISOString();
    return ok(`${path}: every chain is whole; newest entry: ${newest}`);
  }
  switch (said.code) {
    case 'not-permitted':
      return failed(said.message, 'Run doctor as root, or as the user of the service.');
    case 'disk-full':
      return failed(said.message, faultRemedies['disk-full'], 'disk-full');
    case 'journal-damaged':
      return failed(said.message, faultRemedies['journal-damaged'], 'journal-damaged');
    default:
      return failed(said.message, 'See the check native-modules; then run: beacon-terminal status');
  }
}
