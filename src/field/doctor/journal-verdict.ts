import { openJournalReader } from '../../journal/journal-reader.ts';
import type { Break } from '../../journal/verification.ts';
import { TerminalError } from '../../terminal-error.ts';

/** What is broken, in words, or why nothing can be said. */
export type JournalSaid =
  | { kind: 'read'; breaks: string[]; newestAt: number | null }
  | { kind: 'unreadable'; code: string; message: string };

const MOST_BREAKS = 5;

/** Reads every entry: it takes as long as the journal is old, and holds everything else up. */
export function verifyJournal(path: string): JournalSaid {
  try {
    const reader = openJournalReader(path);
    try {
      const breaks = reader.verifyAll().slice(0, MOST_BREAKS).map(inWords);
      return { kind: 'read', breaks, newestAt: reader.newestTrustedAt() };
    } finally {
      reader.close();
    }
  } catch (error) {
    const code = error instanceof TerminalError ? error.code : 'internal';
    return {
      kind: 'unreadable',
      code,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

function inWords({ orderId, refundOrderId, what }: Break): string {
  if (orderId !== null) return `order ${orderId}: ${what}`;
  return refundOrderId === undefined ? what : `refund ${refundOrderId}: ${what}`;
}
