import type { Journal } from '../ports.ts';
import type { Onlooker } from './onlooker.ts';

/** The same journal, whose commits an onlooker learns of. */
export function watchedJournal(journal: Journal, onlooker: Onlooker): Journal {
  return {
    ...journal,
    commit(batch) {
      const startedMs = performance.now();
      journal.commit(batch);
      const seconds = (performance.now() - startedMs) / 1000;
      onlooker.see({ of: 'commit', seconds, told: batch.outbox ?? [] });
    },
  };
}
