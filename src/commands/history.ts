import { amountWords } from '../contract/amount-words.ts';
import type { ReadOrder, ReadRefund } from '../journal/journal-reader.ts';
import { openJournalReader } from '../journal/journal-reader.ts';
import { paymentOf } from '../journal/read-payment.ts';
import { refundOf } from '../journal/read-refund.ts';
import { outcomeOf, reasonOf } from '../payment/outcome.ts';
import { platformStatusOf } from '../payment/payment.ts';
import { outcomeOf as refundOutcomeOf, reasonOf as refundReasonOf } from '../refund/outcome.ts';
import { platformStatusOf as refundStatusOf } from '../refund/refund.ts';
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

interface Line {
  /** The settled ones come first, by their newest entry; then the unsettled, by their first. */
  open: boolean;
  at: number;
  text: string;
}

type TimeOf = (at: number) => string;

function lineOf(
  { entries, standing, remark }: ReadOrder | ReadRefund,
  name: string,
  facts: { amount: string; outcome: string; why: string } | undefined,
  timeOf: TimeOf,
): Line {
  const open = standing === 'open';
  const first = entries[0]?.at;
  const columns = [first === undefined ? '?'.padEnd(19) : timeOf(first), name.padEnd(24)];
  if (facts === undefined) columns.push(remark ?? 'unreadable');
  else {
    const { amount, outcome, why } = facts;
    columns.push(amount.padStart(16), outcome.padEnd(8), why, open ? '(unsettled)' : '');
  }
  const at = (open ? first : entries.at(-1)?.at) ?? 0;
  return { open, at, text: columns.join('  ').trimEnd() };
}

function orderLine(order: ReadOrder, timeOf: TimeOf): Line {
  const payment = paymentOf(order);
  const facts = payment && {
    amount: amountWords(payment.amount),
    outcome: outcomeOf(payment),
    why: reasonOf(payment) ?? platformStatusOf(payment) ?? '',
  };
  return lineOf(order, order.orderId, facts, timeOf);
}

/** Money that goes back has a minus. */
function refundLine(read: ReadRefund, timeOf: TimeOf): Line {
  const refund = refundOf(read);
  const facts = refund && {
    amount: `-${amountWords(refund.amount)}`,
    outcome: refundOutcomeOf(refund),
    why: refundReasonOf(refund) ?? refundStatusOf(refund) ?? '',
  };
  const name =
    refund?.orderId == null ? read.refundOrderId : `${read.refundOrderId} of ${refund.orderId}`;
  return lineOf(read, name, facts, timeOf);
}

function inOrder(lines: Line[]): Line[] {
  return lines.sort((one, other) => Number(one.open) - Number(other.open) || one.at - other.at);
}

/** `beacon-terminal history`: a line per payment and refund, oldest first. Exit code 0. */
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
    const { orders, refunds } = reader;
    const read =
      since === undefined
        ? {
            orders: [...orders.newestSettled(limit), ...orders.open()],
            refunds: [...refunds.newestSettled(limit), ...refunds.open()],
          }
        : { orders: orders.since(since, limit), refunds: refunds.since(since, limit) };
    const lines = inOrder([
      ...read.orders.map((order) => orderLine(order, timeOf)),
      ...read.refunds.map((refund) => refundLine(refund, timeOf)),
    ]);
    const shown = since === undefined ? lines.slice(-limit) : lines.slice(0, limit);
    for (const { text } of shown) out(`${text}\n`);
    return 0;
  } finally {
    reader.close();
  }
}
