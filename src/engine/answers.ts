import type { CommandError, ErrorCode, MobilePayError, Reply } from '../contract/errors.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { Refusal } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';

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
  'partial-capture-impossible': true,
  rejected: false,
  unreachable: true,
  'not-authorized': false,
  'not-supported': false,
  internal: true,
};

/** MobilePay's codes about an amount, and the PoS that is taken; everything else is `rejected`. */
const codeOfRefusal = new Map<string, ErrorCode>([
  ['1102', 'amount-not-allowed'],
  ['1305', 'amount-not-allowed'],
  ['1367', 'amount-not-allowed'],
  ['1308', 'partial-capture-impossible'],
  ['1301', 'busy'],
]);

export function errorOf(
  code: ErrorCode,
  message: string,
  more: { field?: string; payment?: PaymentSnapshot | null; refusal?: Refusal | null } = {},
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
    retryable: retryable[code],
    payment: more.payment ?? null,
    mobilePay,
  };
}

export function refuse(id: string | null, error: CommandError): Reply {
  return { id, ok: false, error };
}

function rejectedBy(refusal: Refusal, payment: PaymentSnapshot): CommandError {
  const code = codeOfRefusal.get(refusal.code) ?? 'rejected';
  return errorOf(code, `MobilePay refused it with code ${refusal.code}.`, { payment, refusal });
}

/** The commands whose answer waits for MobilePay. */
export type WaitingName = 'payment/start' | 'payment/capture' | 'payment/cancel';

/**
 * The answer to a command, once what happened decides it; undefined while MobilePay has not
 * answered. `ok:false` only where the journal proves that no money moves because of the command.
 */
export function answerOf(
  name: WaitingName,
  id: string,
  payment: Payment,
  snapshot: PaymentSnapshot,
): Reply | undefined {
  const done: Reply = { id, ok: true, result: snapshot };
  switch (name) {
    case 'payment/start': {
      if (payment.state === 'creating' && payment.intent === null) return undefined;
      if (payment.state !== 'absent' || payment.reason !== 'not-created') return done;
      if (payment.refusal !== null) return refuse(id, rejectedBy(payment.refusal, snapshot));
      return payment.confirmedUnsent
        ? refuse(
            id,
            errorOf(
              'unreachable',
              'MobilePay could not be reached; nothing was started. Try again.',
              {
                payment: snapshot,
              },
            ),
          )
        : done;
    }
    case 'payment/capture': {
      if (payment.state === 'Captured') return done;
      if (isSettled(payment)) {
        return refuse(
          id,
          errorOf('wrong-state', 'The reservation ended before it was captured.', {
            payment: snapshot,
          }),
        );
      }
      if (payment.intent === null && payment.refusal !== null) {
        return refuse(id, rejectedBy(payment.refusal, snapshot));
      }
      return undefined;
    }
    case 'payment/cancel': {
      if (payment.state === 'Captured') {
        return refuse(
          id,
          errorOf('wrong-state', 'The payment is captured; refund it instead.', {
            payment: snapshot,
          }),
        );
      }
      return isSettled(payment) ? done : undefined;
    }
  }
}
