import type { CommandError } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import type { Journal } from '../ports.ts';
import { isSameGuid } from '../refund/verdicts.ts';
import { errorOf, unreachable } from './answers.ts';
import type { CapturedPayments } from './captured-payments.ts';
import type { Ledger } from './ledger.ts';
import type { Origin } from './work.ts';

/** The payment that is to be refunded. */
export interface Target {
  paymentId: string;
  orderId: string | null;
  /** What was taken, where that is known. */
  captured: Amount | null;
}

/** What of a `refund/start` says which payment is meant. */
interface Wish {
  paymentId?: string | undefined;
  amount: Amount;
}

/** Finds the payment that a refund is of, and what is left of it. */
export function createRefundTargets(world: {
  ledger: Ledger;
  journal: Pick<Journal, 'paidOut'>;
  capturedPayments: CapturedPayments;
  /** Gives the order of a payment that was adopted a worker. */
  attendOrder: (orderId: string, origin: Origin) => void;
}) {
  const { ledger } = world;

  /** The order as the journal knows it. */
  function orderOf(orderId: string | undefined): Payment | undefined {
    const payment = orderId === undefined ? undefined : ledger.payment(orderId);
    return payment?.state === 'barred' ? undefined : payment;
  }

  /** An order of the journal, if it can be refunded. */
  function targetOf(payment: Payment, { paymentId }: Wish): Target | CommandError {
    const snapshot = ledger.snapshot(payment);
    if (payment.state !== 'Captured' || !payment.paymentId) {
      const message = isSettled(payment)
        ? 'No money was taken for this order.'
        : 'The payment is not captured yet; only what was taken is refunded.';
      return errorOf('wrong-state', message, { field: 'orderId', payment: snapshot });
    }
    if (paymentId !== undefined && !isSameGuid(paymentId, payment.paymentId)) {
      const message = `paymentId: order ${payment.orderId} was paid by ${payment.paymentId}.`;
      return errorOf('invalid-request', message, { field: 'paymentId', payment: snapshot });
    }
    const { orderId, capturedAmount } = payment;
    return { paymentId: payment.paymentId, orderId, captured: capturedAmount };
  }

  /** What is paid out already, and what may still be, by the journal's knowledge. */
  function heldOf(paymentId: string): number {
    return ledger.refunds
      .open()
      .filter((refund) => refund.paymentId === paymentId)
      .reduce(
        (sum, { amount }) => sum + (amount?.value ?? 0),
        world.journal.paidOut(paymentId).value,
      );
  }

  /** More than this is known not to be there; whether less is, MobilePay decides (1367). */
  function amountFault({ paymentId, orderId, captured }: Target, amount: Amount) {
    if (captured === null) return undefined;
    const left = captured.value - heldOf(paymentId);
    if (amount.value <= left) return undefined;
    const order = orderOf(orderId ?? undefined);
    return errorOf('amount-not-allowed', `amount.value: ${Math.max(0, left)} is left to refund.`, {
      field: 'amount.value',
      payment: order === undefined ? null : ledger.snapshot(order),
    });
  }

  /** The payment of an order that the journal lacks, by MobilePay's knowledge. */
  async function lookUp(wish: Wish, orderId: string): Promise<Target | CommandError> {
    const found = await world.capturedPayments.find(orderId, wish.amount.value);
    const field = { field: 'orderId' };
    switch (found.kind) {
      case 'ours': {
        const known = orderOf(orderId);
        if (known !== undefined) return targetOf(known, wish);
        const adopted = ledger.apply({ orderId, events: [{ type: 'adopted', seen: found.seen }] });
        if (!isSettled(adopted)) {
          world.attendOrder(orderId, { pollDelayMs: found.pollDelayMs });
        }
        return targetOf(adopted, wish);
      }
      case 'theirs': {
        const { paymentId, amount } = found.seen;
        return { paymentId, orderId, captured: amount };
      }
      case 'none':
        return errorOf(
          'unknown-order',
          'Neither this terminal nor its store knows a captured payment of this order for that amount. Name it by paymentId.',
          field,
        );
      case 'several':
        return errorOf(
          'invalid-request',
          'orderId: several tills of this store have a payment of this order. Name one by paymentId.',
          field,
        );
      case 'unanswered':
        return unreachable;
    }
  }

  return { order: orderOf, ofOrder: targetOf, amountFault, lookUp };
}
export type RefundTargets = ReturnType<typeof createRefundTargets>;
