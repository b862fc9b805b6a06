import type { Amount } from '../contract/money.ts';
import type { SeenPayment } from './events.ts';
import type { Payment, Ready } from './payment.ts';
import { isActive } from './payment.ts';

/** What a command meets: it may go on, it is what holds already, or it is refused. */
export type Verdict =
  | 'accept'
  | 'already'
  | 'wrong-state'
  | 'amount-not-allowed'
  | 'partial-capture-impossible';

function isSameAmount(one: Amount | null, other: Amount | null): boolean {
  return one?.value === other?.value && one?.currency === other?.currency;
}

/**
 * Rules 6 and 8: never more than is held, and never against the first intent. Without an amount
 * all of it is wanted.
 */
export function captureVerdict(payment: Payment, wanted: Amount | undefined): Verdict {
  const amount = wanted ?? payment.amount;
  if (payment.state === 'Captured') {
    return isSameAmount(amount, payment.capturedAmount) ? 'already' : 'wrong-state';
  }
  if (payment.state !== 'Reserved' || amount === null || payment.amount === null) {
    return 'wrong-state';
  }
  if (payment.intent?.kind === 'cancel') return 'wrong-state';
  if (payment.intent?.kind === 'capture') {
    return isSameAmount(amount, payment.intent.amount) ? 'already' : 'wrong-state';
  }
  if (amount.currency !== payment.amount.currency || amount.value > payment.amount.value) {
    return 'amount-not-allowed';
  }
  if (amount.value < payment.amount.value && payment.partialCapturePossible === false) {
    return 'partial-capture-impossible';
  }
  return 'accept';
}

/** What the register says with a ready; two of the same terms are the same ready. */
export type ReadyTerms = Pick<Ready, 'body' | 'customerTimeoutSeconds' | 'autoCapture'>;

/** Once per prepared payment, also before its create is answered. The first terms stand. */
export function readyVerdict(payment: Payment, wanted: ReadyTerms): Verdict {
  const { ready, create, state } = payment;
  if (ready !== null) {
    const same =
      ready.body === wanted.body &&
      ready.autoCapture === wanted.autoCapture &&
      ready.customerTimeoutSeconds === wanted.customerTimeoutSeconds;
    return same ? 'already' : 'wrong-state';
  }
  if (payment.intent !== null || create?.kind === 'start') return 'wrong-state';
  const waits = state === 'Prepared' || state === 'Paired';
  return waits || (state === 'creating' && create !== null) ? 'accept' : 'wrong-state';
}

/** Cancelling what is already unpaid is fine; what is captured or bound to be is not undone. */
export function cancelVerdict(payment: Payment): Verdict {
  if (payment.intent?.kind === 'cancel') return 'already';
  if (payment.intent?.kind === 'capture' || payment.state === 'Captured') return 'wrong-state';
  if (payment.state === 'creating' || payment.state === 'Reserved' || isActive(payment.state)) {
    return 'accept';
  }
  return 'already';
}

/** Whether a payment found at MobilePay is the one the journal means (rules 5 and 6). */
export function isSamePayment(payment: Payment, seen: SeenPayment): boolean {
  if (seen.orderId !== payment.orderId) return false;
  if (payment.posId !== null && seen.posId !== payment.posId) return false;
  if (payment.paymentId !== null && seen.paymentId !== payment.paymentId) return false;
  if (payment.amount === null || seen.amount === null) return true;
  if (isSameAmount(seen.amount, payment.amount)) return true;
  // Once captured in part, MobilePay may name what was captured.
  const { intent } = payment;
  const bound = intent?.kind === 'capture' && isSameAmount(seen.amount, intent.amount);
  return bound && seen.status === 'Captured';
}
