import { openJournalReader } from '../../src/journal/journal-reader.ts';
import { foldPayment } from '../../src/payment/transition.ts';
import { foldRefund } from '../../src/refund/transition.ts';
import type { Shop } from './shop.ts';

/** What the journal of a terminal that has just died must still say. */
export function journalProblems(shop: Shop): string[] {
  const reader = openJournalReader(shop.journalPath);
  try {
    const problems = reader.verifyAll().map(({ what }) => `the chain is broken: ${what}`);
    for (const { id, name } of reader.unansweredCommands()) {
      problems.push(`${name} ${id} has no answer in the journal`);
    }
    const entries = reader.orders.byId(shop.orderId)?.entries ?? [];
    const events = entries.map(({ event }) => event).filter((event) => event !== null);
    if (events.length < entries.length) problems.push('an entry cannot be read');
    if (events.filter(({ type }) => type === 'started').length > 1) problems.push('started twice');
    const ours = shop.payment();
    const journalled = foldPayment(events);
    if (ours !== undefined && journalled?.state !== ours.status) {
      problems.push(`journalled as ${journalled?.state}, MobilePay says ${ours.status}`);
    }
    const refundEntries = reader.refunds.byId(shop.refundOrderId)?.entries ?? [];
    const refund = foldRefund(
      refundEntries.flatMap(({ event }) => (event === null ? [] : [event])),
    );
    const held = shop.refunds()[0];
    if (held !== undefined && refund?.state !== held.status) {
      problems.push(`refund journalled as ${refund?.state}, MobilePay says ${held.status}`);
    }
    return problems;
  } catch (error) {
    return [`the journal cannot be read: ${error instanceof Error ? error.message : error}`];
  } finally {
    reader.close();
  }
}
