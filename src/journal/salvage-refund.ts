import type { DatedRefundEvent, SeenRefund } from '../refund/events.ts';
import { isSettled } from '../refund/refund.ts';
import { foldRefund } from '../refund/transition.ts';
import { refundEventOf } from './event-text.ts';
import { standings } from './migrations.ts';
import type { Carried, Remains } from './remains.ts';
import { readableEvents, trustedEvents } from './remains.ts';

type Started = Extract<DatedRefundEvent, { type: 'started' }>;

function endsSettled(events: readonly DatedRefundEvent[]): boolean {
  const refund = foldRefund(events);
  return refund !== undefined && isSettled(refund);
}

/** MobilePay's id, from whatever entry still names it. */
function refundIdIn(remains: Remains): string | undefined {
  for (const event of readableEvents(remains, refundEventOf)) {
    if (event.type === 'createAnswered') return event.refundId;
    if (event.type === 'observed') return event.seen.refundId;
  }
  return undefined;
}

/** The beginning, from its terms, when its own entry is lost. */
function beginningOf({ orderId: refundOrderId, newestAt, terms }: Remains): Started | undefined {
  if (terms === undefined) return undefined;
  const { paymentId, orderId, currency, amount: value } = terms;
  return {
    type: 'started',
    at: newestAt,
    refundOrderId,
    orderId,
    paymentId,
    amount: { currency, value },
    idempotencyKey: '',
    body: '',
    repeatUntil: newestAt,
    autoCapture: false,
    commandId: null,
  };
}

/**
 * A refund whose later entries are lost may have been declined, captured or paid out: nothing
 * creates or captures it by itself, MobilePay is asked, and the register has the word.
 */
function withoutOwnWill(remains: Remains, events: DatedRefundEvent[]): DatedRefundEvent[] {
  const first = events[0] ?? beginningOf(remains);
  if (first?.type !== 'started') return events;
  const free = { ...first, repeatUntil: first.at, autoCapture: false };
  return withRefundId(remains, [free, ...events.slice(1)]);
}

function withRefundId(remains: Remains, events: DatedRefundEvent[]): DatedRefundEvent[] {
  const refundId = refundIdIn(remains);
  if (refundId === undefined || foldRefund(events)?.state !== 'creating') return events;
  return [...events, { type: 'createAnswered', at: events.at(-1)?.at ?? 0, refundId }];
}

/** The end of a settled refund, when its own entries about it are lost: paid out, or not. */
function withEnd(remains: Remains, events: DatedRefundEvent[]): DatedRefundEvent[] {
  const refund = foldRefund(events);
  if (refund === undefined || isSettled(refund)) return events;
  const { capturedAt, newestAt, orderId: refundOrderId } = remains;
  const { paymentId, refundId, amount } = refund;
  if (paymentId === null || amount === null) return events;
  if (capturedAt === null && refundId === null) {
    return [...events, { type: 'absenceConcluded', at: newestAt }];
  }
  const status: SeenRefund['status'] = capturedAt === null ? 'CancelledByClient' : 'Captured';
  const seen = { refundId: refundId ?? '', paymentId, refundOrderId, status, amount };
  return [...events, { type: 'observed', at: capturedAt ?? newestAt, seen }];
}

/** What goes into the new journal for a refund. */
export function refundCarriedOver(remains: Remains): Carried<DatedRefundEvent> {
  const { events, whole } = trustedEvents(remains, refundEventOf);
  const { standing, capturedAt, newestAt, orderId: refundOrderId } = remains;
  if (whole) {
    const settled = standing === undefined ? endsSettled(events) : standing !== standings.open;
    return { events, settled, remark: null };
  }
  const lost = `only the first ${events.length} entries could be read; `;
  const bound = foldRefund(events)?.intent ?? null;
  const free = bound === null ? withoutOwnWill(remains, events) : events;
  if (free.length === 0) {
    // Nobody can ask MobilePay about it any more: at least it is never begun a second time.
    const barred: DatedRefundEvent = { type: 'barred', at: newestAt, refundOrderId };
    const remark = `${lost}look at MobilePay what became of it`;
    return { events: [barred], settled: true, remark };
  }
  if (standing !== undefined && standing !== standings.open) {
    const money = capturedAt === null ? 'nothing was paid out' : 'it was paid out';
    const remark = `${lost}${money}, the rest is lost`;
    return { events: withEnd(remains, withRefundId(remains, free)), settled: true, remark };
  }
  const remark = `${lost}MobilePay is asked what became of it`;
  return { events: free, settled: endsSettled(free), remark };
}
