import type { CommandError, ErrorCode, MobilePayError, Reply } from '../contract/errors.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { Refusal } from '../payment/events.ts';
import { owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import type { PaymentPlatform } from '../ports.ts';

/** Total: whether the same wish under a new `id` can succeed later. */
const retryable: Record<ErrorCode, boolean> = {
  'invalid-request': false,
  expired: true,
  retained: true,
  busy: true,
  'duplicate-order': false,
  'unknown-order': false,
  'wrong-state': false,
  'amount-not-allowed': false,
  'partial-capture-impossible': false,
  rejected: false,
  unreachable: true,
  'not-authorized': false,
  'not-supported': false,
  internal: true,
};

export function errorOf(
  code: ErrorCode,
  message: string,
  more: {
    field?: string | null;
    payment?: PaymentSnapshot | null;
    refusal?: Refusal | null;
    retryable?: false;
  } = {},
): CommandError {
  const refusal = more.refusal ?? null;
  const mobilePay: MobilePayError | null =
    refusal === null
      ? null
      : { status: refusal.status, code: refusal.code, correlationId: refusal.correlationId };
  return {
    code,
    field: more.field ?? null,
    message,
    retryable: more.retryable ?? retryable[code],
    payment: more.payment ?? null,
    mobilePay,
  };
}

export function refuse(id: string | null, error: CommandError): Reply {
  return { id, ok: false, error };
}

export const unreachable = errorOf(
  'unreachable',
  'MobilePay could not be reached; nothing was begun. Try again.',
);

/**
 * What the platform refused, of something that is journalled: its id is used up, so the same wish
 * cannot succeed later.
 */
export function rejection(
  refusal: Refusal,
  explain: PaymentPlatform['explain'],
  payment: PaymentSnapshot | null,
): CommandError {
  const { error, meaning, field } = explain(refusal.code);
  const message = `MobilePay refused it with code ${refusal.code}: ${meaning}.`;
  return errorOf(error, message, { payment, refusal, field, retryable: false });
}

/** The commands whose answer waits for MobilePay. */
export type WaitingName =
  | 'payment/start'
  | 'payment/prepare'
  | 'payment/ready'
  | 'payment/capture'
  | 'payment/cancel';

/** A command and how its order stands now. */
export interface Decided {
  id: string;
  payment: Payment;
  snapshot: () => PaymentSnapshot;
  explain: PaymentPlatform['explain'];
}

function done({ id, snapshot }: Decided): Reply {
  return { id, ok: true, result: snapshot() };
}

function wrongState({ id, snapshot }: Decided, message: string): Reply {
  return refuse(id, errorOf('wrong-state', message, { payment: snapshot() }));
}

/** `ok:false` only where the journal proves that nothing exists: never sent, or a proven "no". */
function startAnswer(decided: Decided): Reply | undefined {
  const { id, payment, snapshot } = decided;
  if (payment.state === 'creating' && payment.intent === null) return undefined;
  if (payment.state !== 'absent' || payment.reason !== 'not-created') return done(decided);
  if (payment.refusal !== null)
    return refuse(id, rejection(payment.refusal, decided.explain, decided.snapshot()));
  if (!payment.confirmedUnsent) return done(decided);
  const message =
    'MobilePay could not be reached; nothing was started. Try again under a new orderId.';
  return refuse(id, errorOf('unreachable', message, { payment: snapshot(), retryable: false }));
}

/** Decided when MobilePay has the amount or has refused it, or when nobody is asked any more. */
function readyAnswer(decided: Decided): Reply | undefined {
  const { id, payment } = decided;
  if (owedOf(payment).do === 'ready') return undefined;
  if (payment.ready === null && payment.refusal !== null) {
    return refuse(id, rejection(payment.refusal, decided.explain, decided.snapshot()));
  }
  return startAnswer(decided);
}

function captureAnswer(decided: Decided): Reply | undefined {
  const { id, payment } = decided;
  if (payment.state === 'Captured') return done(decided);
  if (isSettled(payment)) {
    return wrongState(decided, 'The reservation ended before it was captured.');
  }
  if (payment.intent === null && payment.refusal !== null) {
    return refuse(id, rejection(payment.refusal, decided.explain, decided.snapshot()));
  }
  return undefined;
}

function cancelAnswer(decided: Decided): Reply | undefined {
  if (decided.payment.state === 'Captured') {
    return wrongState(decided, 'The payment is captured; refund it instead.');
  }
  return isSettled(decided.payment) ? done(decided) : undefined;
}

const answerTo: Record<WaitingName, (decided: Decided) => Reply | undefined> = {
  'payment/start': startAnswer,
  'payment/prepare': startAnswer,
  'payment/ready': readyAnswer,
  'payment/capture': captureAnswer,
  'payment/cancel': cancelAnswer,
};

export function isWaitingName(name: string): name is WaitingName {
  return Object.hasOwn(answerTo, name);
}

/** The answer to a command, once what happened decides it; undefined while it is open. */
export function answerOf(name: WaitingName, decided: Decided): Reply | undefined {
  return answerTo[name](decided);
}
