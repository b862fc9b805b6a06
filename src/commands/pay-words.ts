import type { Amount } from '../contract/money.ts';
import type {
  DeclineReason,
  Outcome,
  PaymentSnapshot,
  PlatformStatus,
} from '../contract/payment-snapshot.ts';

/** `12.50 DKK`, from whole minor units, by text alone. */
export function amountInWords(amount: Amount): string {
  const digits = String(amount.value).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)} ${amount.currency}`;
}

const reasons: Record<DeclineReason, string> = {
  'customer-refused': 'the customer said no',
  'customer-timeout': "the customer's time ran out",
  'by-register': 'it was cancelled here',
  'by-terminal': 'it was cancelled at the terminal',
  'by-platform': 'MobilePay cancelled it',
  expired: 'it expired',
  'not-created': 'MobilePay never received it',
  'late-approval': 'the customer accepted too late; the money is given back',
};

function pendingInWords(status: PlatformStatus | null): string {
  if (status === 'IssuedToUser') return 'The customer sees the amount and decides.';
  if (status === 'Paired') return 'The customer has checked in.';
  return 'Waiting for the customer to check in.';
}

const sentences: Record<Outcome, (payment: PaymentSnapshot) => string> = {
  pending: (payment) => pendingInWords(payment.platformStatus),
  approved: ({ amount }) =>
    `Paid${amount === null ? '' : `: ${amountInWords(amount)}`}. Hand over the goods.`,
  declined: ({ reason }) =>
    `Not paid${reason === null ? '' : `: ${reasons[reason]}`}. No money is taken.`,
  unknown: () => 'Not known yet. Hand over nothing, and take no cash; asking MobilePay.',
};

export function paymentInWords(payment: PaymentSnapshot): string {
  return sentences[payment.outcome](payment);
}
