import type { Amount } from '../contract/money.ts';
import type { DeclineReason, Outcome } from '../contract/payment-snapshot.ts';

/** A payment as the console shows it: nothing of the customer. */
export interface BookedPayment {
  orderId: string;
  amount: Amount | null;
  outcome: Outcome;
  reason: DeclineReason | null;
  /** RFC 3339, of the last change. */
  at: string;
}

/** As many as are shown; those before are in the journal. */
const SHOWN = 20;
/** More than are ever open. */
const REMEMBERED = 1000;

export interface PaymentBook {
  /** True if its outcome is news: it was not this before. */
  note(payment: BookedPayment & { refundedAmount: Amount | null }): boolean;
  /** The last payments, newest first. */
  last(): readonly BookedPayment[];
}

/** @param known newest first, all open ones among them, as the journal has them at the start */
export function createPaymentBook(known: readonly BookedPayment[]): PaymentBook {
  let shown = known.slice(0, SHOWN);
  const outcomes = new Map(known.map(({ orderId, outcome }) => [orderId, outcome]));

  return {
    note({ orderId, amount, outcome, reason, at, refundedAmount }) {
      const others = shown.filter((each) => each.orderId !== orderId);
      shown = [{ orderId, amount, outcome, reason, at }, ...others].slice(0, SHOWN);
      const before = outcomes.get(orderId);
      outcomes.delete(orderId);
      outcomes.set(orderId, outcome);
      for (const oldest of outcomes.keys()) {
        if (outcomes.size <= REMEMBERED) break;
        outcomes.delete(oldest);
      }
      // One that was settled long ago is told anew when something of it was refunded.
      if (before === undefined) return (refundedAmount?.value ?? 0) === 0;
      return before !== outcome;
    },
    last: () => shown,
  };
}
