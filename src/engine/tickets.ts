import type { CommandError, Reply } from '../contract/errors.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Clock, JournalledCommand } from '../ports.ts';
import type { RefundEvent } from '../refund/events.ts';
import type { Account } from './account.ts';
import { refuse } from './answers.ts';
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
  onJournalFault: (error: unknown) => void;
}) {
  const { ledger, clock, onJournalFault: onFault } = world;

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
  function applyTo<Held, Event extends { type: string }, Snapshot>(
    account: Account<Held, Event, Snapshot>,
    ticket: Ticket,
    id: string,
    events: Event[],
  ): void {
    const { record, journalled } = ticket;
    if (journalled) account.await(record);
    account.apply({ id, events, commands: journalled ? [] : [record] });
    const reply = journalled && events.length === 0 ? account.decided(record) : undefined;
    if (reply !== undefined) ledger.answer(record, reply);
    if (account.isAwaited(record)) answerInTime(account, ticket);
  }

  /** No answer of MobilePay in time: `ok:true` with what is known; events follow. */
  function answerInTime(
    account: Pick<Ledger['payments'], 'isAwaited' | 'asItStands'>,
    ticket: Ticket,
  ): void {
    const { record } = ticket;
    after(leftMs(ticket), () => {
      guard(() => {
        const reply = account.isAwaited(record) ? account.asItStands(record) : undefined;
        if (reply !== undefined) ledger.answer(record, reply);
      });
    });
  }

  const applyFor = (ticket: Ticket, orderId: string, events: PaymentEvent[]): void =>
    applyTo(ledger.payments, ticket, orderId, events);
  const applyForRefund = (ticket: Ticket, refundOrderId: string, events: RefundEvent[]): void =>
    applyTo(ledger.refunds, ticket, refundOrderId, events);

  /** How long there is still for an answer. */
  const leftMs = ({ arrivedAtMonotonicMs }: Ticket): number =>
    leftOf(REPLY_WITHIN_MS, arrivedAtMonotonicMs, clock);

  /** What was looked up in time for an answer, else `late`: nothing begins by it any more. */
  async function inTime<T>(ticket: Ticket, looked: Promise<T>, late: T): Promise<T> {
    // Nobody waits for the answer to an earlier boot's.
    if (ticket.inherited) return await looked;
    let giveUp = (): void => {};
    const over = new Promise<T>((resolve) => {
      giveUp = after(leftMs(ticket), () => resolve(late));
    });
    const first = await Promise.race([looked, over]);
    giveUp();
    return first;
  }

  function guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      onFault(error);
    }
  }

  return { finish, deny, done, hold, applyFor, applyForRefund, inTime, guard, onFault };
}
export type Tickets = ReturnType<typeof createTickets>;
