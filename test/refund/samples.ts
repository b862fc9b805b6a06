import type { Amount } from '../../src/contract/money.ts';
import type { RefundStatus } from '../../src/contract/refund-snapshot.ts';
import type { DatedRefundEvent, SeenRefund } from '../../src/refund/events.ts';
import { CREATE_REPEATED_MS } from '../../src/refund/owed.ts';
import type { Refund } from '../../src/refund/refund.ts';
import { unknownRefund } from '../../src/refund/refund.ts';
import type { Step } from '../../src/refund/transition.ts';
import { transition } from '../../src/refund/transition.ts';

export const refundOrderId = 'refund-1';
export const orderId = 'order-1';
export const paymentId = 'payment-1';
export const refundId = 'refund-id-1';
export const dkk = (value: number): Amount => ({ currency: 'DKK', value });
export const amount = dkk(500);

/** The start of every sample refund, and when all other samples happen. */
export const startedAt = 1_000_000;
export const at = startedAt + 5_000;
export const HOUR_MS = 3_600_000;

export function seen(status: RefundStatus, more: Partial<SeenRefund> = {}): SeenRefund {
  return { refundId, paymentId, refundOrderId, status, amount, ...more };
}

export function refusal(code: string) {
  return { status: 409, code, correlationId: 'correlation-1' };
}

type Of<T extends DatedRefundEvent['type']> = Extract<DatedRefundEvent, { type: T }>;

export function started(more: Partial<Of<'started'>> = {}): Of<'started'> {
  return {
    type: 'started',
    at: startedAt,
    refundOrderId,
    orderId,
    paymentId,
    amount,
    idempotencyKey: 'key-1',
    body: '{"refundOrderId":"refund-1"}',
    repeatUntil: startedAt + CREATE_REPEATED_MS,
    autoCapture: true,
    commandId: 'c-1',
    ...more,
  };
}

export const byHand = started({ autoCapture: false });
export const barred: DatedRefundEvent = { type: 'barred', refundOrderId, at };
export const created: DatedRefundEvent = { type: 'createAnswered', refundId, at };
export const nothingThere: DatedRefundEvent = { type: 'absenceConcluded', at };
export const cancelIntended: DatedRefundEvent = { type: 'cancelIntended', at };
export const cancelAnswered: DatedRefundEvent = { type: 'cancelAnswered', at };
export const captureIntended: DatedRefundEvent = { type: 'captureIntended', at };
export const captureAnswered: DatedRefundEvent = { type: 'captureAnswered', at };
export const observed = (
  status: RefundStatus,
  more: Partial<SeenRefund> = {},
  when: number = at,
): DatedRefundEvent => ({ type: 'observed', seen: seen(status, more), at: when });

/** Folds events of which every one must move the refund: a sample with a slip in it is no sample. */
export function refundAfter(...events: DatedRefundEvent[]): Refund {
  let refund = unknownRefund(refundOrderId);
  for (const event of events) ({ refund } = move(refund, event));
  return refund;
}

/** The step that `event` makes, which must be a move. */
export function move(refund: Refund, event: DatedRefundEvent): Extract<Step, { kind: 'moved' }> {
  const step = transition(refund, event);
  if (step.kind !== 'moved') {
    throw new Error(`${event.type} is ${step.kind} in state ${refund.state}`);
  }
  return step;
}
