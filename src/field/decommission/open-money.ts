import { amountWords } from '../../contract/amount-words.ts';
import { journalExists } from '../../journal/journal-file.ts';
import {
  type JournalReader,
  openJournalReader,
  type ReadOrder,
  type ReadRefund,
} from '../../journal/journal-reader.ts';
import { paymentOf } from '../../journal/read-payment.ts';
import { refundOf } from '../../journal/read-refund.ts';
import { owedOf } from '../../payment/owed.ts';
import { platformStatusOf } from '../../payment/payment.ts';
import { owedOf as refundOwedOf } from '../../refund/owed.ts';
import { platformStatusOf as refundStatusOf } from '../../refund/refund.ts';

/** An order or a refund that is not settled. */
export interface OpenItem {
  kind: 'payment' | 'refund';
  id: string;
  /**
   * `bound`: the terminal knows what it has to do, and does it by itself. `undecided`: the customer
   * or MobilePay has yet to say. `held`: reserved, and nobody has said what is to become of it.
   */
  standing: 'bound' | 'undecided' | 'held';
  /** One line for people. */
  words: string;
}

type Do = ReturnType<typeof owedOf>['do'] | ReturnType<typeof refundOwedOf>['do'];

const standings: Record<Do, OpenItem['standing']> = {
  nothing: 'bound',
  capture: 'bound',
  cancel: 'bound',
  find: 'undecided',
  ask: 'undecided',
  ready: 'undecided',
  watch: 'held',
};

const standingWords: Record<OpenItem['standing'], string> = {
  bound: 'the terminal is settling it',
  undecided: 'not decided yet',
  held: 'reserved, to be captured or cancelled by the register',
};

function itemOf(
  kind: OpenItem['kind'],
  id: string,
  owed: Do,
  amount: string,
  status: string | null,
): OpenItem {
  const standing = standings[owed];
  const words = `${kind} ${id}: ${amount}, ${status ?? 'not known to MobilePay'}, ${standingWords[standing]}`;
  return { kind, id, standing, words };
}

function openPayment(order: ReadOrder): OpenItem {
  const payment = paymentOf(order);
  const status = payment === undefined ? null : platformStatusOf(payment);
  const owed = payment === undefined ? 'find' : owedOf(payment).do;
  return itemOf('payment', order.orderId, owed, amountWords(payment?.amount ?? null), status);
}

function openRefund(read: ReadRefund): OpenItem {
  const refund = refundOf(read);
  const status = refund === undefined ? null : refundStatusOf(refund);
  const owed = refund === undefined ? 'find' : refundOwedOf(refund).do;
  return itemOf('refund', read.refundOrderId, owed, amountWords(refund?.amount ?? null), status);
}

function reading<T>(path: string, read: (reader: JournalReader) => T): T | undefined {
  // A terminal that never ran has no journal.
  if (!journalExists(path)) return undefined;
  const reader = openJournalReader(path);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

/**
 * Everything that is reserved, undecided or being refunded, by the journal.
 * @throws TerminalError for a journal that cannot be read: then nobody knows, and nothing may go
 */
export function openMoney(journalPath: string): OpenItem[] {
  const read = ({ orders, refunds }: JournalReader) => [
    ...orders.open().map(openPayment),
    ...refunds.open().map(openRefund),
  ];
  return reading(journalPath, read) ?? [];
}

/** Events that no register has heard of yet. */
export function undelivered(journalPath: string): number {
  return reading(journalPath, (reader) => reader.outboxLength()) ?? 0;
}
