import type { DatedRefundEvent } from '../refund/events.ts';
import type { Refund } from '../refund/refund.ts';
import { foldRefund } from '../refund/transition.ts';
import type { ReadRefund } from './journal-reader.ts';

export function refundEventsOf(refund: ReadRefund): DatedRefundEvent[] {
  return refund.entries.flatMap(({ event }) => (event === null ? [] : [event]));
}

/** What the readable entries of a refund add up to. */
export function refundOf(refund: ReadRefund): Refund | undefined {
  return foldRefund(refundEventsOf(refund));
}

/** When the customer got the money. */
export function paidOutAt(refund: ReadRefund): number | undefined {
  return refundEventsOf(refund).find(
    (event) =>
      event.type === 'captureAnswered' ||
      (event.type === 'observed' &&
        (event.seen.status === 'Captured' || event.seen.status === 'ExpiredAndCaptured')),
  )?.at;
}
