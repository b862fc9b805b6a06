import type { Logger } from 'pino';
import type { CommandName } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import type { Verdict } from '../payment/verdicts.ts';
import { cancelVerdict, captureVerdict, readyVerdict } from '../payment/verdicts.ts';
import type { Clock, Journal, PaymentPlatform } from '../ports.ts';
import { errorOf, unreachable } from './answers.ts';
import type { AnyCommand } from './inbound.ts';
import { expiryFault } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import type { Found } from './look-up.ts';
import { lookUpOrder } from './look-up.ts';
import { createNewOrders } from './new-orders.ts';
import type { PaymentDefaults } from './payment-terms.ts';
import { currencyFault, termsOf } from './payment-terms.ts';
import type { EngineStatus } from './phase.ts';
import type { Ticket, Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/** How long a get waits for MobilePay before it falls back to the journal. */
const CONFIRM_WITHIN_MS = 500;
/** Most payments that `payment/list` names at once. */
const LIST_LIMIT = 1_000;

export interface PaymentCommandsWorld {
  ledger: Ledger;
  journal: Journal;
  clock: Clock;
  platform: PaymentPlatform;
  logger: Logger;
  defaults: PaymentDefaults;
  newKey: () => string;
  status: () => EngineStatus;
  posId: () => string | null;
  /** Gives the order a worker, or wakes the one it has. */
  attend: (orderId: string, origin: Origin) => void;
  confirm: (orderId: string, timeoutMs: number) => Promise<void>;
}

type PaymentCommand<N extends CommandName> = Extract<AnyCommand, { name: N }>['payload'];

/** What each payment command does, once it may begin. */
export function createPaymentCommands(world: PaymentCommandsWorld, tickets: Tickets) {
  const { ledger, journal, platform } = world;
  const { deny, done, hold, applyFor, inTime, guard, onFault } = tickets;
  const lookUps = new Map<string, Promise<Found>>();

  function inBackground(ticket: Ticket, act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      world.logger.error({ error, command: ticket.record.name }, 'a command failed');
      onFault(error);
      guard(() => deny(ticket, errorOf('internal', 'The terminal failed; nothing was begun.')));
    });
  }

  // ------------------------------------------------------------ an order that is there

  function denyBy(
    ticket: Ticket,
    verdict: Exclude<Verdict, 'accept' | 'already'>,
    payment: Payment,
  ) {
    const messages = {
      'wrong-state': 'The payment is not in a state for this; see error.payment.',
      'amount-not-allowed': 'amount.value: not more than what is reserved.',
      'partial-capture-impossible':
        'This card allows no partial capture: capture the whole amount, or cancel.',
    } as const;
    const field = verdict === 'amount-not-allowed' ? { field: 'amount.value' } : {};
    deny(
      ticket,
      errorOf(verdict, messages[verdict], { payment: ledger.snapshot(payment), ...field }),
    );
  }

  function ready(ticket: Ticket, payment: Payment, payload: PaymentCommand<'payment/ready'>): void {
    const { orderId, amount, expiresAt } = payload;
    const commandId = ticket.record.id;
    const { terms, autoCapture, customerTimeoutSeconds } = termsOf(payload, world.defaults);
    const body = platform.encodeReady(terms);
    const verdict = readyVerdict(payment, { body, autoCapture, customerTimeoutSeconds });
    if (verdict === 'already') return applyFor(ticket, orderId, []);
    if (verdict !== 'accept') return denyBy(ticket, verdict, payment);
    if (ticket.inherited) return deny(ticket, unreachable);
    applyFor(ticket, orderId, [
      {
        type: 'readied',
        amount,
        body,
        expiresAt: Date.parse(expiresAt),
        customerTimeoutSeconds,
        autoCapture,
        plannedCaptureDelay: terms.plannedCaptureDelay,
        commandId,
      },
    ]);
    world.attend(orderId, 'recovered');
  }

  function capture(ticket: Ticket, payment: Payment, wanted: Amount | undefined): void {
    const verdict = captureVerdict(payment, wanted);
    const amount = wanted ?? payment.amount;
    if (verdict === 'already') return applyFor(ticket, payment.orderId, []);
    if (verdict !== 'accept') return denyBy(ticket, verdict, payment);
    if (amount === null) return denyBy(ticket, 'wrong-state', payment);
    if (ticket.inherited) return deny(ticket, unreachable);
    applyFor(ticket, payment.orderId, [{ type: 'captureIntended', amount }]);
    world.attend(payment.orderId, 'recovered');
  }

  function cancel(ticket: Ticket, payment: Payment): void {
    const verdict = cancelVerdict(payment);
    if (verdict === 'already') return applyFor(ticket, payment.orderId, []);
    if (verdict !== 'accept') return denyBy(ticket, verdict, payment);
    applyFor(ticket, payment.orderId, [{ type: 'cancelIntended', reason: 'by-register' }]);
    world.attend(payment.orderId, 'recovered');
  }

  async function get(ticket: Ticket, payment: Payment): Promise<void> {
    if (world.status() !== 'ready' || isSettled(payment)) {
      return done(ticket, ledger.snapshot(payment));
    }
    const held = hold(ticket);
    await world.confirm(payment.orderId, CONFIRM_WITHIN_MS);
    done(held, ledger.snapshot(ledger.payment(payment.orderId) ?? payment));
  }

  // ------------------------------------------------------------ an order the journal lacks

  function known(orderId: string): Payment | undefined {
    const payment = ledger.payment(orderId);
    return payment?.state === 'barred' ? undefined : payment;
  }

  /** One look-up at a time per order, shared by all commands that want it (rule 9). */
  function find(orderId: string): Promise<Found> {
    const { currency } = world.defaults;
    const under =
      lookUps.get(orderId) ??
      lookUpOrder({ platform, posId: world.posId(), orderId, currency }).finally(() =>
        lookUps.delete(orderId),
      );
    lookUps.set(orderId, under);
    return under;
  }

  /** The order as the journal knows it now, after a look-up that may have taken a while. */
  function adopt(orderId: string, found: Found): Payment | undefined {
    const payment = known(orderId);
    if (payment !== undefined || found.kind !== 'found') return payment;
    const adopted = ledger.apply({ orderId, events: [{ type: 'adopted', seen: found.seen }] });
    if (!isSettled(adopted)) world.attend(orderId, { pollDelayMs: found.pollDelayMs });
    return adopted;
  }

  function unknownOrder(found: Found): CommandError {
    return found.kind === 'nothing'
      ? errorOf('unknown-order', 'Neither the terminal nor MobilePay knows this order.', {
          field: 'orderId',
        })
      : unreachable;
  }

  function withOrder(
    ticket: Ticket,
    orderId: string,
    act: (ticket: Ticket, payment: Payment) => void | Promise<void>,
    otherwise: (ticket: Ticket, found: Found) => void,
  ): void {
    const payment = known(orderId);
    if (payment !== undefined) {
      const acted = act(ticket, payment);
      if (acted !== undefined) inBackground(ticket, async () => await acted);
      return;
    }
    if (world.status() !== 'ready') return otherwise(ticket, { kind: 'unanswered' });
    const held = hold(ticket);
    inBackground(held, async () => {
      const found = await inTime(held, find(orderId), { kind: 'unanswered' });
      const expired = expiryFault(held.command, world.clock.now());
      if (expired !== undefined) return deny(held, expired);
      const adopted = adopt(orderId, found);
      if (adopted === undefined) otherwise(held, found);
      else await act(held, adopted);
    });
  }

  /** Rule 4 of the contract: a cancel of an order nobody knows is remembered against a late start. */
  function cancelUnknown(ticket: Ticket, orderId: string, found: Found): void {
    if (found.kind === 'nothing') {
      ledger.apply({ orderId, events: [{ type: 'barred', orderId }] });
      return deny(ticket, unknownOrder(found));
    }
    // MobilePay cannot be asked: should the order exist, it goes. A barred order stays barred.
    if (ledger.payment(orderId) === undefined) {
      ledger.apply({ orderId, events: [{ type: 'sought', orderId, posId: world.posId() }] });
      world.attend(orderId, 'recovered');
    }
    const payment = ledger.payment(orderId);
    if (payment !== undefined) done(ticket, ledger.snapshot(payment));
  }

  function list(payload: PaymentCommand<'payment/list'>): Payment[] {
    if ('open' in payload) return ledger.openPayments();
    return journal
      .ordersSince(Date.parse(payload.since), LIST_LIMIT)
      .map(({ orderId }) => ledger.payment(orderId))
      .filter((payment) => payment !== undefined);
  }

  const orUnknown = (ticket: Ticket, found: Found): void => deny(ticket, unknownOrder(found));
  /** Of a known order, or of one that MobilePay knows; an earlier boot's is not looked up. */
  function withMoney(
    ticket: Ticket,
    { orderId, amount }: { orderId: string; amount?: Amount | undefined },
    act: (ticket: Ticket, payment: Payment) => void,
  ): void {
    const foreign = currencyFault(amount, world.defaults.currency);
    if (foreign !== undefined) return deny(ticket, foreign);
    if (ticket.inherited && known(orderId) === undefined) return deny(ticket, unreachable);
    withOrder(ticket, orderId, act, orUnknown);
  }

  return {
    ...createNewOrders(world, tickets),
    ready(ticket: Ticket, payload: PaymentCommand<'payment/ready'>): void {
      withMoney(ticket, payload, (held, payment) => ready(held, payment, payload));
    },
    capture(ticket: Ticket, payload: PaymentCommand<'payment/capture'>): void {
      withMoney(ticket, payload, (held, payment) => capture(held, payment, payload.amount));
    },
    cancel(ticket: Ticket, { orderId }: PaymentCommand<'payment/cancel'>): void {
      withOrder(ticket, orderId, cancel, (held, found) => cancelUnknown(held, orderId, found));
    },
    get(ticket: Ticket, { orderId }: PaymentCommand<'payment/get'>): void {
      withOrder(ticket, orderId, get, orUnknown);
    },
    list(ticket: Ticket, payload: PaymentCommand<'payment/list'>): void {
      done(ticket, list(payload).map(ledger.snapshot));
    },
  };
}
export type PaymentCommands = ReturnType<typeof createPaymentCommands>;
