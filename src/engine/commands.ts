import type { Logger } from 'pino';
import type { CommandName } from '../contract/commands.ts';
import type { CommandError, Reply } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { PlannedCaptureDelay } from '../contract/payment-snapshot.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled } from '../payment/payment.ts';
import type { Verdict } from '../payment/verdicts.ts';
import { cancelVerdict, captureVerdict } from '../payment/verdicts.ts';
import type {
  Clock,
  InboundCommand,
  Journal,
  JournalledCommand,
  MerchantLink,
  PaymentPlatform,
} from '../ports.ts';
import { answerOf, errorOf, refuse } from './answers.ts';
import type { AnyCommand } from './inbound.ts';
import { expiryFault, movesMoney, readCommand } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import type { Found } from './look-up.ts';
import { after, leftOf, lookUpOrder } from './look-up.ts';
import type { EngineStatus } from './phase.ts';
import { undecidedOf } from './phase.ts';

/** The reply goes out at the latest 9 s after arrival; this leaves room for its way. */
const REPLY_WITHIN_MS = 8_700;
/** Commands that move money wait this long for recovery. */
const RECOVERY_WAIT_MS = 8_000;
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

export interface DeskWorld {
  ledger: Ledger;
  journal: Journal;
  clock: Clock;
  link: MerchantLink;
  platform: PaymentPlatform;
  logger: Logger;
  defaults: PaymentDefaults;
  newKey: () => string;
  status: () => EngineStatus;
  posId: () => string | null;
  /** Gives the order a worker, or wakes the one it has. */
  attend: (orderId: string, origin: 'new' | 'recovered') => void;
  confirm: (orderId: string, timeoutMs: number) => Promise<void>;
  identify: (seconds: number) => void;
  diagnose: () => unknown;
  restart: () => void;
  onJournalFault: (error: unknown) => void;
}

/** A command on its way through the desk. */
interface Ticket {
  command: AnyCommand;
  record: JournalledCommand;
  /** It stands in the journal already, so only its answer must be added. */
  journalled: boolean;
}

type PaymentCommand<N extends CommandName> = Extract<AnyCommand, { name: N }>['payload'];

/** Takes the register's commands: checks, journals, acts, answers. */
export function createCommandDesk(world: DeskWorld) {
  const { ledger, journal, clock, link, platform } = world;
  let queue: { ticket: Ticket; giveUp: () => void }[] = [];

  function finish(ticket: Ticket, reply: Reply): void {
    if (ticket.journalled) ledger.answer(ticket.record, reply);
    else ledger.remember({ ...ticket.record, answer: reply });
  }
  function deny(ticket: Ticket, error: CommandError): void {
    finish(ticket, refuse(ticket.record.id, error));
  }
  function done(ticket: Ticket, result: unknown): void {
    finish(ticket, { id: ticket.record.id, ok: true, result });
  }

  /** Journals the command before something asynchronous is begun for it. */
  function hold(ticket: Ticket): Ticket {
    if (ticket.journalled) return ticket;
    ledger.remember(ticket.record);
    return { ...ticket, journalled: true };
  }

  /** Applies events with the command in one commit; answers it now, or when its order decides. */
  function applyFor(ticket: Ticket, orderId: string, events: PaymentEvent[]): void {
    if (ticket.journalled) ledger.await(ticket.record);
    ledger.apply({ orderId, events, commands: ticket.journalled ? [] : [ticket.record] });
    if (ticket.journalled && events.length === 0) answerIfDecided(ticket.record);
    if (ledger.isWaiting(ticket.record)) answerInTime(ticket.record);
  }

  function answerIfDecided(record: JournalledCommand): void {
    const payment = record.orderId === null ? undefined : ledger.payment(record.orderId);
    if (payment === undefined) return;
    const name = record.name as Parameters<typeof answerOf>[0];
    const reply = answerOf(name, record.id, payment, ledger.snapshot(payment));
    if (reply !== undefined) ledger.answer(record, reply);
  }

  /** No answer of MobilePay in time: `ok:true` with what is known; events follow. */
  function answerInTime(record: JournalledCommand): void {
    after(leftOf(REPLY_WITHIN_MS, record.arrivedAt, clock), () => {
      guard(() => {
        const payment = record.orderId === null ? undefined : ledger.payment(record.orderId);
        if (payment === undefined || !ledger.isWaiting(record)) return;
        ledger.answer(record, { id: record.id, ok: true, result: ledger.snapshot(payment) });
      });
    });
  }

  function guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      world.onJournalFault(error);
    }
  }

  function inBackground(ticket: Ticket, act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      world.logger.error({ error, command: ticket.record.name }, 'a command failed');
      guard(() => deny(ticket, errorOf('internal', 'The terminal failed; nothing was begun.')));
    });
  }

  // ------------------------------------------------------------ payment/start

  function start(ticket: Ticket, payload: PaymentCommand<'payment/start'>): void {
    const { orderId, amount } = payload;
    const { defaults } = world;
    if (amount.currency !== defaults.currency) {
      const message = `amount.currency: this terminal takes ${defaults.currency}`;
      return deny(ticket, errorOf('invalid-request', message, { field: 'amount.currency' }));
    }
    const before = ledger.payment(orderId);
    if (before?.state === 'barred') {
      return deny(
        ticket,
        errorOf('wrong-state', 'This order was cancelled before it was started.'),
      );
    }
    if (before !== undefined) {
      const payment = ledger.snapshot(before);
      const message = 'This order was started before: an orderId is used once.';
      return deny(ticket, errorOf('duplicate-order', message, { field: 'orderId', payment }));
    }
    const other = undecidedOf(ledger.openPayments());
    if (other !== undefined) {
      const message = `Order ${other.orderId} is not decided yet.`;
      return deny(ticket, errorOf('busy', message, { payment: ledger.snapshot(other) }));
    }
    const posId = world.posId();
    if (posId === null) return deny(ticket, unreachable);

    const plannedCaptureDelay = payload.plannedCaptureDelay ?? defaults.plannedCaptureDelay;
    const timeoutSeconds = payload.customerTimeoutSeconds ?? defaults.customerTimeoutSeconds;
    const restrictions = payload.restrictions && {
      ...(payload.restrictions.debitCardDisallowed === undefined
        ? {}
        : { debitCardDisallowed: payload.restrictions.debitCardDisallowed }),
      ...(payload.restrictions.creditCardDisallowed === undefined
        ? {}
        : { creditCardDisallowed: payload.restrictions.creditCardDisallowed }),
    };
    applyFor(ticket, orderId, [
      {
        type: 'started',
        orderId,
        posId,
        amount,
        idempotencyKey: world.newKey(),
        body: platform.encodeCreate({
          posId,
          orderId,
          amount,
          plannedCaptureDelay,
          ...(restrictions === undefined ? {} : { restrictions }),
          ...(payload.label === undefined ? {} : { label: payload.label }),
        }),
        expiresAt: Date.parse(payload.expiresAt),
        deadline: clock.now() + timeoutSeconds * 1000,
        autoCapture: payload.autoCapture ?? defaults.autoCapture,
        plannedCaptureDelay,
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
      'amount-not-allowed': 'amount: not more than what is reserved, in its currency.',
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

  async function find(orderId: string): Promise<Found> {
    const currency = world.defaults.currency;
    return await lookUpOrder({ platform, posId: world.posId(), orderId, currency });
  }

  /** The order as the journal knows it now, after a look-up that may have taken a while. */
  function adopt(orderId: string, found: Found): Payment | undefined {
    const payment = known(orderId);
    if (payment !== undefined || found.kind !== 'found') return payment;
    const adopted = ledger.apply({ orderId, events: [{ type: 'adopted', seen: found.seen }] });
    if (!isSettled(adopted)) world.attend(orderId, 'recovered');
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

  // ------------------------------------------------------------ every command

  function act(ticket: Ticket): void {
    const { command } = ticket;
    if (movesMoney(command.name)) {
      const fault = expiryFault(command, clock.now());
      if (fault !== undefined) return deny(ticket, fault);
    }
    switch (command.name) {
      case 'payment/start':
        return start(ticket, command.payload);
      case 'payment/capture': {
        const { orderId, amount } = command.payload;
        const otherwise = (held: Ticket, found: Found) => deny(held, unknownOrder(found));
        return withOrder(ticket, orderId, (t, payment) => capture(t, payment, amount), otherwise);
      }
      case 'payment/cancel': {
        const { orderId } = command.payload;
        return withOrder(ticket, orderId, cancel, (held, found) =>
          cancelUnknown(held, orderId, found),
        );
      }
      case 'payment/get': {
        const otherwise = (held: Ticket, found: Found) => deny(held, unknownOrder(found));
        return withOrder(ticket, command.payload.orderId, get, otherwise);
      }
      case 'payment/list':
        return done(ticket, list(command.payload).map(ledger.snapshot));
      case 'terminal/identify':
        world.identify(command.payload.seconds ?? 10);
        return done(ticket, {});
      case 'terminal/diagnose':
        return done(ticket, world.diagnose());
      case 'terminal/restart': {
        const busy = undecidedOf(ledger.openPayments());
        if (busy !== undefined) {
          const payment = ledger.snapshot(busy);
          return deny(ticket, errorOf('busy', 'A payment is not decided yet.', { payment }));
        }
        done(ticket, {});
        return world.restart();
      }
      case 'payment/prepare':
      case 'payment/ready':
      case 'refund/start':
      case 'refund/capture':
      case 'refund/cancel':
      case 'refund/get':
      case 'checkin/watch':
      case 'checkin/notify':
      case 'display/show':
      case 'terminal/log-level':
        return deny(
          ticket,
          errorOf('not-supported', `This version does not support ${command.name}.`),
        );
    }
  }

  function list(payload: PaymentCommand<'payment/list'>): Payment[] {
    if ('open' in payload) return ledger.openPayments();
    return journal
      .ordersSince(Date.parse(payload.since), LIST_LIMIT)
      .map(({ orderId }) => ledger.payment(orderId))
      .filter((payment) => payment !== undefined);
  }

  function accept(ticket: Ticket): void {
    const waits = movesMoney(ticket.command.name) && world.status() !== 'ready';
    if (!waits) return act(ticket);
    if (world.status() === 'out-of-order') return deny(ticket, unreachable);
    const held = hold(ticket);
    const expiresIn = Date.parse(ticket.command.payload.expiresAt ?? '') - clock.now();
    const giveUp = after(Math.min(RECOVERY_WAIT_MS, Math.max(0, expiresIn)), () => {
      queue = queue.filter((entry) => entry.ticket !== held);
      guard(() => deny(held, unreachable));
    });
    queue.push({ ticket: held, giveUp });
  }

  function orderIdOf(command: AnyCommand): string | null {
    return 'orderId' in command.payload ? (command.payload.orderId ?? null) : null;
  }

  return {
    /** Journals the command before it returns, or throws: then it was not taken. */
    receive(inbound: InboundCommand): void {
      const reading = readCommand(inbound, (id) => journal.command(id));
      const record = (id: string, fingerprint: string, orderId: string | null) => ({
        id,
        name: inbound.name,
        fingerprint,
        orderId,
        replyTo: inbound.replyTo,
        arrivedAt: clock.now(),
        answer: null,
      });
      switch (reading.kind) {
        case 'unreadable':
          return link.reply(inbound.replyTo, refuse(reading.id, reading.error));
        case 'repeat':
          if (reading.known.answer === null) {
            return ledger.alsoReplyTo(reading.known, inbound.replyTo);
          }
          return link.reply(inbound.replyTo, reading.known.answer);
        case 'refused': {
          const refused = record(reading.id, reading.fingerprint, null);
          return ledger.remember({ ...refused, answer: refuse(reading.id, reading.error) });
        }
        case 'accepted': {
          const { id, fingerprint, command } = reading;
          const ticket = { command, record: record(id, fingerprint, orderIdOf(command)) };
          return accept({ ...ticket, journalled: false });
        }
      }
    },

    /** The terminal is ready: what waited for it begins now. */
    ready(): void {
      const waited = queue;
      queue = [];
      for (const { ticket, giveUp } of waited) {
        giveUp();
        guard(() => act(ticket));
      }
    },

    /** The terminal is out of order: what waited is refused, and nothing of it is begun later. */
    refuseWaiting(): void {
      const waited = queue;
      queue = [];
      for (const { ticket, giveUp } of waited) {
        giveUp();
        guard(() => deny(ticket, unreachable));
      }
    },

    /** Takes up commands that an earlier boot journalled and never answered. */
    resume(): void {
      for (const record of journal.unansweredCommands()) {
        guard(() => resumeOne(record));
      }
    },
  };

  function resumeOne(record: JournalledCommand): void {
    const payment = record.orderId === null ? undefined : ledger.payment(record.orderId);
    const begun =
      (record.name === 'payment/start' && payment?.create !== null) ||
      (record.name === 'payment/capture' &&
        (payment?.intent?.kind === 'capture' || payment?.state === 'Captured')) ||
      record.name === 'payment/cancel';
    const { name, payload } = JSON.parse(record.fingerprint) as AnyCommand;
    const ticket: Ticket = { command: { name, payload } as AnyCommand, record, journalled: true };
    if (payment === undefined || payment.state === 'barred' || !begun) {
      // Nothing of it was begun, and nothing is begun later, but for a cancel: never too late.
      return movesMoney(name) ? deny(ticket, unreachable) : act(ticket);
    }
    if (record.name === 'payment/cancel') return act(ticket);
    applyFor(ticket, payment.orderId, []);
  }
}
export type CommandDesk = ReturnType<typeof createCommandDesk>;

const unreachable = errorOf(
  'unreachable',
  'MobilePay could not be reached; nothing was begun. Try again.',
);
