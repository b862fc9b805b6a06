import type { Journal } from '../../src/ports.ts';
import type { DatedRefundEvent, SeenRefund } from '../../src/refund/events.ts';
import { batch, paymentIdOf } from './samples.ts';

type Started = Extract<DatedRefundEvent, { type: 'started' }>;

export function refundStarted(
  refundOrderId: string,
  at: number,
  more: Partial<Started> = {},
): Started {
  return {
    type: 'started',
    at,
    refundOrderId,
    orderId: 'order-1',
    paymentId: paymentIdOf('order-1'),
    amount: { currency: 'DKK', value: 500 },
    idempotencyKey: 'ab8d1c5e-52f4-4f3c-8a3e-7c7b3a1f9d10',
    body: `{"paymentId":"${paymentIdOf('order-1')}","refundOrderId":"${refundOrderId}","amount":5.00,"currencyCode":"DKK"}`,
    repeatUntil: at + 12 * 3_600_000,
    autoCapture: true,
    commandId: 'refund-1',
    ...more,
  };
}

export function refundSeen(
  refundOrderId: string,
  status: SeenRefund['status'],
  value = 500,
): SeenRefund {
  return {
    refundId: `id-of-${refundOrderId}`,
    paymentId: paymentIdOf('order-1'),
    refundOrderId,
    status,
    amount: { currency: 'DKK', value },
    correlationId: null,
  };
}

/** A refund from start to capture, a second apart. */
export function refundOf(refundOrderId: string, at: number, value = 500): DatedRefundEvent[] {
  return [
    refundStarted(refundOrderId, at, { amount: { currency: 'DKK', value } }),
    { type: 'createAnswered', at: at + 1_000, refundId: `id-of-${refundOrderId}` },
    { type: 'observed', at: at + 2_000, seen: refundSeen(refundOrderId, 'Reserved', value) },
    { type: 'captureAnswered', at: at + 3_000 },
  ];
}

/** One event a commit, the last of them settling the refund unless told otherwise. */
export function journalRefund(
  journal: Journal,
  refundOrderId: string,
  events: readonly DatedRefundEvent[],
  settled = true,
): void {
  for (const [index, event] of events.entries()) {
    const last = index === events.length - 1;
    const entry = { refundOrderId, event, settled: settled && last };
    journal.commit(batch({ at: event.at, refundEvents: [entry] }));
  }
}
