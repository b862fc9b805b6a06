import type { Outcome } from '../contract/payment-snapshot.ts';
import type { RefundDeclineReason, RefundSnapshot } from '../contract/refund-snapshot.ts';
import { amountInWords } from './pay-words.ts';

const reasons: Record<RefundDeclineReason, string> = {
  'by-register': 'it was cancelled here',
  'by-platform': 'MobilePay cancelled it',
  'not-created': 'MobilePay did not take it',
};

const sentences: Record<Outcome, (refund: RefundSnapshot) => string> = {
  pending: () => 'MobilePay is preparing it.',
  approved: ({ amount }) => `Given back${amount === null ? '' : `: ${amountInWords(amount)}`}.`,
  declined: ({ reason }) =>
    `Not given back${reason === null ? '' : `: ${reasons[reason]}`}. No money moves.`,
  unknown: () => 'Not known yet. Give back nothing else; asking MobilePay.',
};

export function refundInWords(refund: RefundSnapshot): string {
  return sentences[refund.outcome](refund);
}
