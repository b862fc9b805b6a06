// Verifies a journal in a process of its own: SQLite holds everything else up meanwhile, and a journal
// of years takes a while on a small board. Prints one line of JSON.
import { openJournalReader } from '../../journal/journal-reader.ts';
import { TerminalError } from '../../terminal-error.ts';

/** What it prints: what is broken, in words, or why nothing can be said. */
export type JournalSaid =
  | { kind: 'read'; breaks: string[]; orders: number; newestAt: number | null }
  | { kind: 'unreadable'; code: string; message: string };

const MOST_BREAKS = 5;

function verify(path: string): JournalSaid {
  try {
    const reader = openJournalReader(path);
    const breaks = reader.verifyAll().map(({ orderId, refundOrderId, what }) => {
      const refund = refundOrderId === undefined ? '' : `refund ${refundOrderId}: `;
      return `${orderId === null ? refund : `order ${orderId}: `}${what}`;
    });
    return {
      kind: 'read',
      breaks: breaks.slice(0, MOST_BREAKS),
      orders: reader.orders.open().length,
      newestAt: reader.newestTrustedAt(),
    };
  } catch (error) {
    const code = error instanceof TerminalError ? error.code : 'internal';
    return {
      kind: 'unreadable',
      code,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

process.stdout.write(`${JSON.stringify(verify(process.argv[2] ?? ''))}\n`);
