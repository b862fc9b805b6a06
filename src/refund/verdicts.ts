import type { SeenRefund } from './events.ts';
import type { Refund } from './refund.ts';
import { isPaidOut } from './refund.ts';

/** What a command meets: it may go on, it is what holds already, or it is refused. */
export type Verdict = 'accept' | 'already' | 'wrong-state';

/** Rule 8: never against the first intent; and MobilePay captures a refund only once it is reserved. */
export function captureVerdict(refund: Refund): Verdict {
  if (isPaidOut(refund) || refund.intent === 'capture') return 'already';
  return refund.state === 'Reserved' && refund.intent === null ? 'accept' : 'wrong-state';
}

/** Cancelling what is not paid out anyway is fine; what is captured or bound to be is not undone. */
export function cancelVerdict(refund: Refund): Verdict {
  if (refund.intent === 'cancel') return 'already';
  if (refund.intent === 'capture' || isPaidOut(refund)) return 'wrong-state';
  switch (refund.state) {
    case 'creating':
    case 'Initiated':
    case 'Reserved':
      return 'accept';
    default:
      return 'already';
  }
}

/** The register may write a payment's GUID with other letters than MobilePay does. */
export function isSameGuid(one: string, other: string | null): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

/** Whether a refund found at MobilePay is the one the journal means (rule 11). */
export function isSameRefund(refund: Refund, seen: SeenRefund): boolean {
  if (refund.refundId !== null && seen.refundId !== refund.refundId) return false;
  return (
    seen.refundOrderId === refund.refundOrderId &&
    isSameGuid(seen.paymentId, refund.paymentId) &&
    seen.amount.value === refund.amount?.value &&
    seen.amount.currency === refund.amount.currency
  );
}
