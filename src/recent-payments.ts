import type { BookedPayment } from './console/payment-book.ts';
import type { ReadOrder } from './journal/journal-reader.ts';
import { openJournalReader } from './journal/journal-reader.ts';
import { paymentOf } from './journal/read-payment.ts';
import { outcomeOf, reasonOf } from './payment/outcome.ts';

/**
 * The last payments of the journal, newest first.
 * @throws TerminalError when the journal cannot be read
 */
export function recentPayments(path: string, limit: number): BookedPayment[] {
  const reader = openJournalReader(path);
  try {
    const settled = reader.orders.newestSettled(limit);
    return [...reader.orders.open(), ...settled]
      .flatMap(bookedOf)
      .sort((one, other) => other.at.localeCompare(one.at));
  } finally {
    reader.close();
  }
}

function bookedOf(order: ReadOrder): BookedPayment[] {
  const payment = paymentOf(order);
  const newest = order.entries.at(-1);
  // A barred order was cancelled before it was ever started: there is no payment to show.
  if (payment === undefined || newest === undefined || payment.state === 'barred') return [];
  return [
    {
      orderId: order.orderId,
      amount: payment.amount,
      outcome: outcomeOf(payment),
      reason: reasonOf(payment),
      at: new Date(newest.at).toISOString(),
    },
  ];
}
