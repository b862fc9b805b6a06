import type { DatedEvent, SeenPayment } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import { foldPayment } from '../payment/transition.ts';
import { eventOf } from './event-text.ts';
import { standings } from './migrations.ts';
import type { Carried, Remains } from './remains.ts';
import { readableEvents, trustedEvents } from './remains.ts';

const nobody = { loyaltyIds: null, customerToken: null, customerReceiptToken: null };

/** MobilePay's id, from whatever entry still names it. */
function paymentIdIn(remains: Remains): string | undefined {
  for (const event of readableEvents(remains, eventOf)) {
    if (event.type === 'createAnswered') return event.paymentId;
    if (event.type === 'observed' || event.type === 'adopted') return event.seen.paymentId;
  }
  return undefined;
}

/**
 * An order whose later entries are lost may have been approved, captured or declined: no time-out
 * cancels it and nothing captures it, MobilePay is asked, and the register has the word.
 */
function withoutOwnWill(remains: Remains, events: readonly DatedEvent[]): DatedEvent[] {
  const { orderId, newestAt } = remains;
  const first = events[0] ?? {
    type: 'started',
    at: newestAt,
    orderId,
    posId: null,
    amount: null,
    idempotencyKey: '',
    body: '',
    expiresAt: newestAt,
    deadline: null,
    autoCapture: false,
    plannedCaptureDelay: 'None',
  };
  const rest = events.slice(1);
  switch (first.type) {
    case 'started':
      return [{ ...first, expiresAt: first.at, deadline: null, autoCapture: false }, ...rest];
    case 'preparationStarted':
      return [{ ...first, expiresAt: first.at, deadline: null }, ...rest];
    default:
      return [...events];
  }
}

const readying: ReadonlySet<DatedEvent['type']> = new Set([
  'readied',
  'readyAnswered',
  'readyRefused',
]);

/** What the register said of a prepared payment may have been taken back: nobody is asked for it. */
function withoutReady(events: DatedEvent[]): DatedEvent[] {
  return events.filter(({ type }) => !readying.has(type));
}

function withPaymentId(remains: Remains, events: DatedEvent[]): DatedEvent[] {
  const paymentId = paymentIdIn(remains);
  if (paymentId === undefined || foldPayment(events)?.state !== 'creating') return events;
  return [...events, { type: 'createAnswered', at: events.at(-1)?.at ?? 0, paymentId }];
}

function seenAtTheEnd(
  payment: Payment | undefined,
  orderId: string,
  status: SeenPayment['status'],
): SeenPayment {
  return {
    paymentId: payment?.paymentId ?? '',
    orderId,
    posId: payment?.posId ?? '',
    status,
    amount: payment?.amount ?? null,
    partialCapturePossible: null,
    expiresAt: null,
    personal: nobody,
  };
}

/** The end of a settled order, when its own entries about it are lost: with money, or without. */
function withEnd(remains: Remains, events: DatedEvent[]): DatedEvent[] {
  if (endsSettled(events)) return events;
  const payment = foldPayment(events);
  const { orderId, capturedAt, newestAt } = remains;
  if (capturedAt !== null) {
    const seen = seenAtTheEnd(payment, orderId, 'Captured');
    return [...events, { type: 'observed', at: capturedAt, seen }];
  }
  if (payment === undefined || payment.paymentId === null) {
    return [...events, { type: 'absenceConcluded', at: newestAt }];
  }
  const seen = seenAtTheEnd(payment, orderId, 'CancelledByClient');
  return [...events, { type: 'observed', at: newestAt, seen }];
}

function endsSettled(events: readonly DatedEvent[]): boolean {
  const payment = foldPayment(events);
  return payment !== undefined && isSettled(payment);
}

/** What goes into the new journal for an order. */
export function orderCarriedOver(remains: Remains): Carried<DatedEvent> {
  const { events, whole } = trustedEvents(remains, eventOf);
  if (whole) {
    const settled =
      remains.standing === undefined ? endsSettled(events) : remains.standing !== standings.open;
    return { events, settled, remark: null };
  }
  const lost = `only the first ${events.length} entries could be read; `;
  if (remains.standing !== undefined && remains.standing !== standings.open) {
    const completed = withEnd(remains, withPaymentId(remains, withoutOwnWill(remains, events)));
    const money = remains.capturedAt === null ? 'no money was captured' : 'it was captured';
    return { events: completed, settled: true, remark: `${lost}${money}, the rest is lost` };
  }
  const bound = foldPayment(events)?.intent ?? null;
  const free =
    bound === null ? withPaymentId(remains, withoutReady(withoutOwnWill(remains, events))) : events;
  return {
    events: free,
    settled: endsSettled(free),
    remark: `${lost}MobilePay is asked what became of it`,
  };
}
