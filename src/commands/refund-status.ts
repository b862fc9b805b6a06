import { amountWords } from '../contract/amount-words.ts';
import type { ReadRefund } from '../journal/journal-reader.ts';
import { refundOf } from '../journal/read-refund.ts';
import { outcomeOf, reasonOf } from '../refund/outcome.ts';
import type { Owed } from '../refund/owed.ts';
import { overdueAt, owedOf } from '../refund/owed.ts';
import { platformStatusOf } from '../refund/refund.ts';

const owedWords: Record<Owed['do'], string> = {
  nothing: 'nothing',
  find: 'to find out whether MobilePay has it',
  ask: 'to ask MobilePay what became of it',
  capture: 'the payout',
  cancel: 'the cancellation',
  watch: 'nothing: the register has to capture or cancel it',
};

/** An unsettled refund. Times in epoch ms. */
export function refundSummaryOf(read: ReadRefund, now: number) {
  const refund = refundOf(read);
  const dueAt = refund === undefined ? null : overdueAt(refund);
  return {
    refundOrderId: read.refundOrderId,
    orderId: refund?.orderId ?? null,
    outcome: refund === undefined ? 'unknown' : outcomeOf(refund),
    reason: refund === undefined ? null : reasonOf(refund),
    platformStatus: refund === undefined ? null : platformStatusOf(refund),
    amount: refund?.amount ?? null,
    intent: refund?.intent ?? null,
    owed: refund === undefined ? 'find' : owedOf(refund).do,
    paysOutAt: refund?.paysOutAt ?? null,
    overdueSince: dueAt !== null && dueAt <= now ? dueAt : null,
    firstEntryAt: read.entries[0]?.at ?? null,
    newestEntryAt: read.entries.at(-1)?.at ?? null,
  };
}
export type RefundSummary = ReturnType<typeof refundSummaryOf>;

export function refundLinesOf(
  summary: RefundSummary,
  time: (at: number | null) => string,
): string[] {
  const { refundOrderId, orderId, amount, outcome, platformStatus, owed } = summary;
  const { firstEntryAt, paysOutAt, overdueSince } = summary;
  const ofOrder = orderId === null ? '' : ` of order ${orderId}`;
  const state = platformStatus ?? 'not known to MobilePay';
  const lines = [
    `  refund ${refundOrderId}${ofOrder}: ${amountWords(amount)}, ${outcome} (${state}), since ${time(firstEntryAt)}`,
    `    still owed: ${owedWords[owed]}`,
  ];
  if (paysOutAt !== null) lines.push(`    paid out by itself from ${time(paysOutAt)} on`);
  if (overdueSince !== null) {
    lines.push(`    OVERDUE since ${time(overdueSince)} (refund-overdue)`);
  }
  return lines;
}
