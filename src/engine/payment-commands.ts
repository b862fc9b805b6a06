import type { Logger } from 'pino';
import type { CommandName } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { PlannedCaptureDelay } from '../contract/payment-snapshot.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import type { Verdict } from '../payment/verdicts.ts';
import { cancelVerdict, captureVerdict } from '../payment/verdicts.ts';
import type { Clock, Journal, PaymentPlatform } from '../ports.ts';
import { errorOf, unreachable } from './answers.ts';
import type { AnyCommand } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import type { Found } from './look-up.ts';
import { lookUpOrder } from './look-up.ts';
import type { EngineStatus } from './phase.ts';
import { undecidedOf } from './phase.ts';
import type { Ticket, Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/** How long a get waits for MobilePay before it falls back to the journal. */
const CONFIRM_WITHIN_MS = 500;
/** Most payments that `payment/list` names at once. */
const LIST_LIMIT = 1_000;

export interface PaymentDefaults {
  currency: Amount['currency'];
  autoCapture: boolean;
  plannedCaptureDelay: PlannedCaptureDelay;
  customerTimeoutSeconds: number;
}

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
  const { ledger, journal, clock, platform } = world;
  const { deny, done, hold, applyFor, guard } = tickets;
  const lookUps = new Map<string, Promise<Found>>();

  function inBackground(ticket: Ticket, act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      world.logger.error({ error, command: ticket.record.name }, 'a command failed');
      guard(() => deny(ticket, errorOf('internal', 'The terminal failed; nothing was begun.')));
    });
  }

  function currencyFault(amount: Amount | undefined): CommandError | undefined {
    const { currency } = world.defaults;
    if (amount === undefined || amount.currency === currency) return undefined;
    const message = `amount.currency: this terminal takes ${currency}`;
    return errorOf('invalid-request', message, { field: 'amount.currency' });
  }

  // ------------------------------------------------------------ payment/start

  /** Why this order may not be started, or undefined when it may. */
  function startFault({ inherited }: Ticket, orderId: string): CommandError | undefined {
    const before = ledger.payment(orderId);
    if (before?.state === 'barred') {
      return errorOf('wrong-state', 'This order was cancelled before it was started.');
    }
    if (before !== undefined) {
      const payment = ledger.snapshot(before);
      const message = 'This order was started before: an orderId is used once.';
      return errorOf('duplicate-order', message, { field: 'orderId', payment });
    }
    if (inherited) return unreachable;
    const other = undecidedOf(ledger.openPayments());
    if (other !== undefined) {
      const message = `Order ${other.orderId} is not decided yet.`;
      return errorOf('busy', message, { payment: ledger.snapshot(other) });
    }
    return undefined;
  }

  function start(ticket: Ticket, payload: PaymentCommand<'payment/start'>): void {
    const { orderId, amount, restrictions, label } = payload;
    const { defaults } = world;
    // Begun for this very command, before the process ended.
    if (ledger.payment(orderId)?.create?.commandId === ticket.record.id) {
      return applyFor(ticket, orderId, []);
    }
    const fault = currencyFault(amount) ?? startFault(ticket, orderId);
    if (fault !== undefined) return deny(ticket, fault);
    const posId = world.posId();
    if (posId === null) return deny(ticket, unreachable);

    const plannedCaptureDelay = payload.plannedCaptureDelay ?? defaults.plannedCaptureDelay;
    const timeoutSeconds = payload.customerTimeoutSeconds ?? defaults.customerTimeoutSeconds;
    const order = { posId, orderId, amount, plannedCaptureDelay, restrictions, label };
    applyFor(ticket, orderId, [
      {
        type: 'started',
        orderId,
        posId,
        amount,
        idempotencyKey: world.newKey(),
        body: platform.encodeCreate(order),
        expiresAt: Date.parse(payload.expiresAt),
        deadline: clock.now() + timeoutSeconds * 1000,
        autoCapture: payload.autoCapture ?? defaults.autoCapture,
        plannedCaptureDelay,
        commandId: ticket.record.id,
      },
    ]);
    world.attend(orderId, 'new');
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
      const found = await find(orderId);
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
  return {
    start,
    capture(ticket: Ticket, { orderId, amount }: PaymentCommand<'payment/capture'>): void {
      const foreign = currencyFault(amount);
      if (foreign !== undefined) return deny(ticket, foreign);
      if (ticket.inherited && known(orderId) === undefined) return deny(ticket, unreachable);
      withOrder(ticket, orderId, (held, payment) => capture(held, payment, amount), orUnknown);
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
