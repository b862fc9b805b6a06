import type { DatedEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { foldPayment } from '../payment/transition.ts';
import type { DatedRefundEvent } from '../refund/events.ts';
import type { ReadOrder } from './journal-reader.ts';

function isReadable(event: DatedEvent | null): event is DatedEvent {
  return event !== null;
}

export function eventsOf(order: ReadOrder): DatedEvent[] {
  return order.entries.map(({ event }) => event).filter(isReadable);
}

/** What the readable entries of an order add up to. */
export function paymentOf(order: ReadOrder): Payment | undefined {
  return foldPayment(eventsOf(order));
}

function correlationIdOf(event: DatedEvent | DatedRefundEvent): string | null {
  if ('refusal' in event) return event.refusal.correlationId;
  if ('seen' in event) return event.seen.correlationId ?? null;
  return 'correlationId' in event ? (event.correlationId ?? null) : null;
}

/** MobilePay's correlation ids, in the order they came. */
export function correlationIdsOf(events: readonly (DatedEvent | DatedRefundEvent)[]): string[] {
  return events.map(correlationIdOf).filter((id) => id !== null);
}
