import type { DeclineReason, Outcome } from '../contract/payment-snapshot.ts';
import type { Payment } from './payment.ts';

/**
 * The one question a register has. `declined` is said as soon as the intent to cancel is on disk:
 * nobody but us captures, so no money will be taken. `approved` is never said beside it.
 */
export function outcomeOf(payment: Payment): Outcome {
  switch (payment.state) {
    case 'none':
    case 'sought':
      return 'unknown';
    case 'creating':
      return payment.intent?.kind === 'cancel' ? 'declined' : 'unknown';
    case 'Prepared':
    case 'Initiated':
    case 'Paired':
    case 'IssuedToUser':
      return payment.intent?.kind === 'cancel' ? 'declined' : 'pending';
    case 'Reserved':
      return payment.intent?.kind === 'cancel' ? 'declined' : 'approved';
    case 'Captured':
      return 'approved';
    case 'barred':
    case 'absent':
    case 'CancelledByUser':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCancelled':
      return 'declined';
  }
}

/** Why no money is taken; null for every other outcome. */
export function reasonOf(payment: Payment): DeclineReason | null {
  return outcomeOf(payment) === 'declined' ? payment.reason : null;
}

/** Neither goods nor cash yet: the PoS is taken. */
export function isUndecided(payment: Payment): boolean {
  const outcome = outcomeOf(payment);
  return outcome === 'pending' || outcome === 'unknown';
}
