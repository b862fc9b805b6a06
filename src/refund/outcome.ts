import type { Outcome } from '../contract/payment-snapshot.ts';
import type { RefundDeclineReason } from '../contract/refund-snapshot.ts';
import type { Refund } from './refund.ts';

/**
 * Does the customer get the money back? `declined` is said as soon as the intent to cancel is on
 * disk; should MobilePay have paid out nevertheless, the truth is told: `approved`.
 */
export function outcomeOf(refund: Refund): Outcome {
  switch (refund.state) {
    case 'none':
      return 'unknown';
    case 'creating':
      return refund.intent === 'cancel' ? 'declined' : 'unknown';
    case 'Initiated':
      return refund.intent === 'cancel' ? 'declined' : 'pending';
    case 'Reserved':
      return refund.intent === 'cancel' ? 'declined' : 'approved';
    case 'Captured':
    case 'ExpiredAndCaptured':
      return 'approved';
    case 'barred':
    case 'absent':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
      return 'declined';
  }
}

/** Why nothing is paid out; null for every other outcome. */
export function reasonOf(refund: Refund): RefundDeclineReason | null {
  return outcomeOf(refund) === 'declined' ? refund.reason : null;
}
