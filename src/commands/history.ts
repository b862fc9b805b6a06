import type { ReadOrder } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import { platformStatusOf } from '../payment/payment.ts';
import { amountWords } from './amount-words.ts';
import { paymentOf } from './read-payment.ts';
import { machineTimeZone, momentOf, zonedTimes } from './zoned-time.ts';

export interface HistoryOptions {
  journalPath: string;
  /** A day or a time; default: the newest orders, however old. */
  since?: string;
  /** Default 20. */
  limit?: number;
  /** IANA name; default: the machine's. */
  timeZone?: string;
}

const DEFAULT_LIMIT = 20;

function lineOf(order: ReadOrder, timeOf: (at: number) => string): string {
  const at = order.entries[0]?.at;
  const payment = paymentOf(order);
  const columns = [at === undefined ? '?'.padEnd(19) : timeOf(at), order.orderId.padEnd(24)];
  if (payment === undefined) return [...columns, order.remark ?? 'unreadable'].join('  ');
  const outcome = outcomeOf(payment);
  const reason = reasonOf(payment);
  columns.push(
    amountWords(payment.amount).padStart(16),
    outcome.padEnd(8),
    reason ?? platformStatusOf(payment) ?? '',
    order.standing === 'open' ? '(unsettled)' : '',
  );
  return columns.join('  ').trimEnd();
}

/** `beacon-terminal history`: a line per order, oldest first. Exit code 0. */
export async function historyCommand(
  options: HistoryOptions,
  out: (text: string) => void,
): Promise<number> {
  const timeZone = options.timeZone ?? machineTimeZone();
  const timeOf = zonedTimes(timeZone);
  const limit = options.limit ?? DEFAULT_LIMIT;
  const since = options.since === undefined ? undefined : momentOf(options.since, timeZone);
  const reader = openJournalReader(options.journalPath);
  try {
    const orders =
      since === undefined
        ? [...reader.orders.newestSettled(limit).toReversed(), ...reader.orders.open()].slice(
            -limit,
          )
        : reader.orders.since(since, limit);
    for (const order of orders) out(`${lineOf(order, timeOf)}\n`);
    return 0;
  } finally {
    reader.close();
  }
}
