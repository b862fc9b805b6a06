import type { Amount } from '../contract/money.ts';
import type { DeclineReason } from '../contract/payment-snapshot.ts';
import type { EpochMs } from './events.ts';
import type { Payment, Ready } from './payment.ts';

/** What must still be done for an order, derived from it alone: the same before and after a crash. */
export type Owed =
  | { do: 'nothing' }
  /** Ask by posId and orderId whether MobilePay has it; between look-ups the create may repeat. */
  | { do: 'find' }
  /** Ask what became of it. */
  | { do: 'ask'; paymentId: string }
  /** Tell MobilePay what the prepared payment is about. */
  | { do: 'ready'; paymentId: string; ready: Ready }
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
      if (payment.ready !== null && (payment.state === 'Prepared' || payment.state === 'Paired')) {
        return { do: 'ready', paymentId, ready: payment.ready };
      }
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
    now < overdueAt(payment)
  );
}

/**
 * A ready may begin until its `expiresAt`, as a create; begun, it is repeated until the customer's
 * deadline. After the intent to cancel none leaves.
 */
export function mayReady(payment: Payment, now: EpochMs, begun: boolean): boolean {
  const owed = owedOf(payment);
  if (owed.do !== 'ready') return false;
  return now < overdueAt(payment) && (begun || now < owed.ready.expiresAt);
}

/** When the order is given up unless something is decided before; never is `Infinity`. */
export function overdueAt({ state, deadline, ready }: Payment): EpochMs {
  const givenUpAt = deadline ?? Number.POSITIVE_INFINITY;
  // While nobody knows whether there is anything to make ready, no ready can have begun.
  return state === 'creating' && ready !== null ? Math.min(givenUpAt, ready.expiresAt) : givenUpAt;
}

/** The customer's time is over and nobody has decided anything yet. */
export function isOverdue(payment: Payment, now: EpochMs): boolean {
  if (payment.intent !== null || now < overdueAt(payment)) return false;
  const owed = owedOf(payment);
  return owed.do === 'ask' || owed.do === 'ready' || payment.state === 'creating';
}

/** Why an overdue order is cancelled: the customer's time ran out, or it never began. */
export function overdueReason({ create, ready, deadline }: Payment, now: EpochMs): DeclineReason {
  const begun = create?.kind === 'prepare' ? ready !== null : true;
  return begun && deadline !== null && now >= deadline ? 'customer-timeout' : 'expired';
}
