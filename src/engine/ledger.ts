import type { Reply } from '../contract/errors.ts';
import type { StatePayment } from '../contract/payment-snapshot.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import type { JournalledCommand, PaymentPlatform } from '../ports.ts';
import { createAccount } from './account.ts';
import type { CommitsOptions } from './commits.ts';
import { createCommits } from './commits.ts';
import { paymentKind, refundedOf } from './payment-kind.ts';
import { refundKind } from './refund-kind.ts';
import { statePaymentOf } from './snapshot.ts';

type Explain = PaymentPlatform['explain'];

export interface Change {
  orderId: string;
  events: PaymentEvent[];
  /** Commands that become durable in the same commit; they wait unless they carry an answer. */
  commands?: JournalledCommand[];
}

/** All that happens to payments and refunds, and all that the register is told of it. */
export function createLedger(options: CommitsOptions & { explain: Explain }) {
  const { journal, explain } = options;
  const commits = createCommits(options);
  const payments = createAccount(commits, paymentKind(journal, explain));
  const refunds = createAccount(commits, refundKind(journal, explain, payments.get));

  return {
    bootId: options.bootId,
    payments,
    refunds,
    seq: commits.seq,
    remember: commits.remember,
    alsoReplyTo: commits.alsoReplyTo,
    tell: commits.tell,
    conditions: commits.conditions,
    raise: commits.raise,
    clear: commits.clear,
    raiseUnjournalled: commits.raiseUnjournalled,
    clearUnjournalled: commits.clearUnjournalled,

    /** Takes over what the journal says is unsettled: at boot. */
    recover(): void {
      payments.recover(journal.openOrders().map(({ orderId: id, events }) => ({ id, events })));
      refunds.recover(
        journal.openRefunds().map(({ refundOrderId: id, events }) => ({ id, events })),
      );
    },

    /** The answer of a command journalled before. */
    answer(command: JournalledCommand, reply: Reply): void {
      commits.commit({ answers: [{ id: command.id, answer: reply }] });
      payments.forget(command);
      refunds.forget(command);
      commits.send(command, reply);
    },

    openPayments: payments.open,
    payment: payments.get,
    snapshot: payments.snapshot,
    /** What of a payment may stand in the retained state. */
    statePayment: (payment: Payment): StatePayment =>
      statePaymentOf(payment, refundedOf(journal, payment)),
    lastMoved: payments.lastMoved,
    confirm: payments.confirm,
    apply: ({ orderId: id, ...change }: Change): Payment => payments.apply({ id, ...change }),
  };
}
export type Ledger = ReturnType<typeof createLedger>;
