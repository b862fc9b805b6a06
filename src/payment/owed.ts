import type { Amount } from '../contract/money.ts';
import type { EpochMs } from './events.ts';
import type { Payment } from './payment.ts';

/** What must still be done for an order, derived from it alone: the same before and after a crash. */
export type Owed =
  | { do: 'nothing' }
  /** Ask by posId and orderId whether MobilePay has it; between look-ups the create may repeat. */
  | { do: 'find' }
  /** Ask what became of it. */
  | { do: 'ask'; paymentId: string }
  | { do: 'capture'; paymentId: string; amount: Amount }
  | { do: 'cancel'; paymentId: string }
  /** Reserved, and the register has not said what it wants: look now and then. */
  | { do: 'watch'; paymentId: string };

export function owedOf(payment: Payment): Owed {
  switch (payment.state) {
    case 'none':
    case 'barred':
    case 'absent':
    case 'Captured':
    case 'CancelledByUser':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCancelled':
      return { do: 'nothing' };
    case 'creating':
    case 'sought':
      return { do: 'find' };
    case 'Prepared':
    case 'Initiated':
    case 'Paired':
    case 'IssuedToUser':
    case 'Reserved': {
      const paymentId = payment.paymentId;
      if (paymentId === null) return { do: 'find' };
      if (payment.intent?.kind === 'cancel') return { do: 'cancel', paymentId };
      if (payment.state !== 'Reserved') return { do: 'ask', paymentId };
      if (payment.intent?.kind === 'capture') {
        return { do: 'capture', paymentId, amount: payment.intent.amount };
      }
      return { do: 'watch', paymentId };
    }
  }
}

/**
 * Rule 2: no create leaves after `expiresAt`, after the intent to cancel, or after the customer's
 * deadline. From then on there are only look-ups.
 */
export function mayCreate(payment: Payment, now: EpochMs): boolean {
  return (
    payment.state === 'creating' &&
    payment.create !== null &&
    payment.intent === null &&
    now < payment.create.expiresAt &&
    (payment.deadline === null || now < payment.deadline)
  );
}

/** The customer's time is over and nobody has decided anything yet. */
export function isOverdue(payment: Payment, now: EpochMs): boolean {
  if (payment.deadline === null || payment.intent !== null || now < payment.deadline) return false;
  const owed = owedOf(payment);
  return owed.do === 'ask' || (owed.do === 'find' && payment.state === 'creating');
}
