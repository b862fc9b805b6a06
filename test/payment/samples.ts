import type { Amount } from '../../src/contract/money.ts';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { DatedEvent, PersonalData, SeenPayment } from '../../src/payment/events.ts';
import type { Payment } from '../../src/payment/payment.ts';
import { unknownOrder } from '../../src/payment/payment.ts';
import type { Step } from '../../src/payment/transition.ts';
import { transition } from '../../src/payment/transition.ts';

export const orderId = 'order-1';
export const posId = 'pos-1';
export const paymentId = 'payment-1';
export const dkk = (value: number): Amount => ({ currency: 'DKK', value });
export const price = dkk(1250);

/** The start of every sample order, and its two limits. */
export const startedAt = 1_000_000;
export const expiresAt = startedAt + 60_000;
export const deadline = startedAt + 180_000;
const inTime = startedAt + 30_000;

export const noPersonalData: PersonalData = {
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
};

export function seen(status: PlatformStatus, more: Partial<SeenPayment> = {}): SeenPayment {
  return {
    paymentId,
    orderId,
    posId,
    status,
    amount: price,
    partialCapturePossible: null,
    expiresAt: null,
    personal: noPersonalData,
    ...more,
  };
}

export function refusal(code: string) {
  return { status: code.startsWith('11') ? 400 : 409, code, correlationId: 'correlation-1' };
}

type Of<T extends DatedEvent['type']> = Extract<DatedEvent, { type: T }>;

export function started(more: Partial<Of<'started'>> = {}): Of<'started'> {
  return {
    type: 'started',
    at: startedAt,
    orderId,
    posId,
    amount: price,
    idempotencyKey: 'key-1',
    body: '{"orderId":"order-1"}',
    expiresAt,
    deadline,
    autoCapture: true,
    plannedCaptureDelay: 'None',
    commandId: 'c-1',
    ...more,
  };
}

export const at = inTime;

/** The start of a prepared order, which nobody may forget for longer than this. */
export const preparedUntil = startedAt + 3_600_000;
export function preparing(more: Partial<Of<'preparationStarted'>> = {}): Of<'preparationStarted'> {
  return {
    type: 'preparationStarted',
    at: startedAt,
    orderId,
    posId,
    idempotencyKey: 'key-1',
    body: '{"orderId":"order-1"}',
    expiresAt,
    deadline: preparedUntil,
    commandId: 'c-1',
    ...more,
  };
}

/** When the sample ready may not begin any more. */
export const readyExpiresAt = inTime + 60_000;
/** Its customer has until `deadline`, as that of a start. */
export function readied(more: Partial<Of<'readied'>> = {}): Of<'readied'> {
  return {
    type: 'readied',
    at: inTime,
    amount: price,
    body: '{"amount":12.5}',
    expiresAt: readyExpiresAt,
    customerTimeoutSeconds: (deadline - inTime) / 1000,
    autoCapture: true,
    plannedCaptureDelay: 'None',
    commandId: 'c-2',
    ...more,
  };
}
export const readyAnswered: DatedEvent = { type: 'readyAnswered', at: inTime };
export const readyRefused = (code: string, final: boolean): DatedEvent => ({
  type: 'readyRefused',
  refusal: refusal(code),
  final,
  at: inTime,
});
export const byHand = started({ autoCapture: false });
export const created: DatedEvent = { type: 'createAnswered', paymentId, at };
export const cancelIntended: DatedEvent = { type: 'cancelIntended', reason: 'by-register', at };
export const observed = (
  status: PlatformStatus,
  more: Partial<SeenPayment> = {},
  when: number = at,
): DatedEvent => ({ type: 'observed', seen: seen(status, more), at: when });
export const adopted = (
  status: PlatformStatus,
  more: Partial<SeenPayment> = {},
  when: number = at,
): DatedEvent => ({ type: 'adopted', seen: seen(status, more), at: when });
export const captureIntended = (amount: Amount = price): DatedEvent => ({
  type: 'captureIntended',
  amount,
  at,
});

/** Folds events of which every one must move the order: a sample with a slip in it is no sample. */
export function paymentAfter(...events: DatedEvent[]): Payment {
  let payment = unknownOrder(orderId);
  for (const event of events) {
    const step = transition(payment, event);
    if (step.kind !== 'moved') {
      throw new Error(`${event.type} is ${step.kind} in state ${payment.state}`);
    }
    payment = step.payment;
  }
  return payment;
}

/** The step that `event` makes, which must be a move. */
export function move(payment: Payment, event: DatedEvent): Extract<Step, { kind: 'moved' }> {
  const step = transition(payment, event);
  if (step.kind !== 'moved') {
    throw new Error(`${event.type} is ${step.kind} in state ${payment.state}`);
  }
  return step;
}
