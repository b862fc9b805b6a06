import type { CommandError, Reply } from '../contract/errors.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Clock, JournalledCommand, PaymentPlatform } from '../ports.ts';
import { answerOf, isWaitingName, refuse } from './answers.ts';
import type { AnyCommand } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import { after, leftOf } from './look-up.ts';

/** The reply goes out at the latest 9 s after arrival; this leaves room for its way. */
const REPLY_WITHIN_MS = 8_700;

/** A command on its way through the desk. */
export interface Ticket {
  command: AnyCommand;
  record: JournalledCommand;
  /** By the monotonic clock: trusted time may be set right between a command and its answer. */
  arrivedAtMonotonicMs: number;
  /** It stands in the journal already, so only its answer must be added. */
  journalled: boolean;
  /** It came in an earlier boot, its time is over: it is answered, but nothing begins for it. */
  inherited: boolean;
}

/** How a command becomes durable and is answered, each once. */
export function createTickets(world: {
  ledger: Ledger;
  clock: Clock;
  explain: PaymentPlatform['explain'];
  onJournalFault: (error: unknown) => void;
}) {
  const { ledger, clock } = world;

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
    if (ledger.isWaiting(ticket.record)) answerInTime(ticket);
  }

  function answerIfDecided(record: JournalledCommand): void {
    const payment = record.orderId === null ? undefined : ledger.payment(record.orderId);
    if (payment === undefined) return;
    if (!isWaitingName(record.name)) return;
    const reply = answerOf(record.name, {
      id: record.id,
      payment,
      snapshot: ledger.snapshot(payment),
      explain: world.explain,
    });
    if (reply !== undefined) ledger.answer(record, reply);
  }

  /** No answer of MobilePay in time: `ok:true` with what is known; events follow. */
  function answerInTime({ record, arrivedAtMonotonicMs }: Ticket): void {
    after(leftOf(REPLY_WITHIN_MS, arrivedAtMonotonicMs, clock), () => {
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

  return { finish, deny, done, hold, applyFor, guard };
}
export type Tickets = ReturnType<typeof createTickets>;
