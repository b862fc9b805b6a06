import type { Reply } from '../contract/errors.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled, unknownOrder } from '../payment/payment.ts';
import { foldPayment, transition } from '../payment/transition.ts';
import type { Journal, JournalledCommand, PaymentPlatform } from '../ports.ts';
import type { Kind } from './account.ts';
import { createAccount } from './account.ts';
import { answerOf, isWaitingName } from './answers.ts';
import type { CommitsOptions } from './commits.ts';
import { createCommits } from './commits.ts';
import { looksTheSame, snapshotOf } from './snapshot.ts';

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

  return {
    bootId: options.bootId,
    payments,
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
    },

    /** The answer of a command journalled before. */
    answer(command: JournalledCommand, reply: Reply): void {
      commits.commit({ answers: [{ id: command.id, answer: reply }] });
      payments.forget(command);
      commits.send(command, reply);
    },

    openPayments: payments.open,
    payment: payments.get,
    snapshot: payments.snapshot,
    lastMoved: payments.lastMoved,
    confirm: payments.confirm,
    apply: ({ orderId: id, ...change }: Change): Payment => payments.apply({ id, ...change }),
  };
}
export type Ledger = ReturnType<typeof createLedger>;

/** Begun, or tried again under another key: nothing a register could act on yet. */
const quiet: ReadonlySet<PaymentEvent['type']> = new Set([
  'started',
  'preparationStarted',
  'readied',
  'rekeyed',
  'foreignCancelIntended',
  'barred',
]);

function paymentKind(
  journal: Journal,
  explain: Explain,
): Kind<Payment, PaymentEvent, PaymentSnapshot> {
  return {
    name: 'payment',
    named: (orderId) => ({ orderId }),
    unknown: unknownOrder,
    fold: foldPayment,
    step(payment, event) {
      const step = transition(payment, event);
      return step.kind === 'moved'
        ? { kind: 'moved', held: step.payment, faults: step.faults }
        : step;
    },
    isSettled,
    stateOf: ({ state }) => state,
    snapshot: snapshotOf,
    isTold: (before, after, events) =>
      !events.every(({ type }) => quiet.has(type)) && !looksTheSame(before, after),
    isBarred: ({ state }) => state === 'barred',
    journalled: (orderId) => journal.order(orderId),
    entries: (orderId, events, settled) => ({
      events: events.map((event) => ({ orderId, event, settled })),
    }),
    aboutOf: ({ orderId }) => orderId,
    isWaiting: isWaitingName,
    answer: ({ id, name }, payment, snapshot) =>
      isWaitingName(name) ? answerOf(name, { id, payment, snapshot, explain }) : undefined,
    alongside: () => [],
  };
}
