import type { Logger } from 'pino';
import type { Clock, Journal } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';

/** How often a journal that could not be written is tried again. */
const PROBE_MS = 10_000;

export interface JournalTroubleWorld {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  /** Why the journal could not be opened. */
  damage: TerminalError | null;
  /** Opens it again, where only a full disk was in the way. Throws while it cannot. */
  reopen: (() => void) | undefined;
  /** The journal fails for the first time: nothing may be begun any more. */
  onFailed: (code: 'disk-full' | 'journal-damaged') => void;
  /** It can be written again: the process starts over, from what is on the disk. */
  onWorksAgain: () => void;
}

/** What failed in the journal: once it did, nothing is begun in this process, even if it heals. */
export function createJournalTrouble(world: JournalTroubleWorld) {
  const { journal, clock, logger } = world;
  let failure: TerminalError | null = world.damage;
  let stopped = false;
  let probe: NodeJS.Timeout | undefined;

  function note(error: unknown): void {
    if (stopped || error === failure) return;
    logger.error({ err: error }, 'the journal or the engine failed');
    if (!(error instanceof TerminalError) || failure !== null) return;
    const { code } = error;
    if (code !== 'disk-full' && code !== 'journal-damaged') return;
    failure = error;
    world.onFailed(code);
    probeWith(() => journal.commit({ at: clock.now(), clockTrusted: clock.trusted() }));
  }

  function probeWith(tryIt: () => void): void {
    probe = setInterval(() => {
      try {
        tryIt();
        clearInterval(probe);
        world.onWorksAgain();
      } catch {
        logger.warn({ fault: failure?.code }, 'the journal still cannot be written');
      }
    }, PROBE_MS);
  }

  if (world.reopen !== undefined) probeWith(world.reopen);

  return {
    note,
    failure: () => failure,

    /** What a library calls back: a journal that fails under it must not reach the library. */
    guarded(act: () => void): void {
      try {
        act();
      } catch (error) {
        note(error);
      }
    },

    stop(): void {
      stopped = true;
      clearInterval(probe);
    },
  };
}
