import type { Logger } from 'pino';
import type { Reply } from '../contract/errors.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { EventName, EventPayload } from '../contract/messages.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { DatedEvent, EpochMs, PaymentEvent } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isSettled, unknownOrder } from '../payment/payment.ts';
import { foldPayment, transition } from '../payment/transition.ts';
import type {
  Clock,
  Journal,
  JournalBatch,
  JournalledCommand,
  MerchantLink,
  PaymentPlatform,
  ReplyAddress,
} from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import type { Decided, WaitingName } from './answers.ts';
import { answerOf, isWaitingName } from './answers.ts';
import type { Fault } from './faults.ts';
import { faultKinds, faultMessages } from './faults.ts';
import type { Stamp } from './snapshot.ts';
import { looksTheSame, snapshotOf } from './snapshot.ts';

/** A journalled command that is answered when its order moves on. */
interface Waiting {
  command: JournalledCommand;
  name: WaitingName;
}

type Outgoing = { name: EventName; payload: EventPayload<EventName> };
type Unstamped<N extends EventName> = Omit<EventPayload<N>, keyof Stamp>;

export interface Change {
  orderId: string;
  events: PaymentEvent[];
  /** Commands that become durable in the same commit; they wait unless they carry an answer. */
  commands?: JournalledCommand[];
}

/**
 * The one way anything happens to an order: append, let it reach the disk, then move and tell.
 * One commit carries the events, the register's event with its number, and the answers it decides.
 */
export function createLedger(options: {
  journal: Journal;
  clock: Clock;
  link: MerchantLink;
  bootId: string;
  logger: Logger;
  explain: PaymentPlatform['explain'];
  /** Called after each commit that moved something, before the replies go out. */
  onMoved: () => void;
}) {
  const { journal, clock, link, bootId, logger, explain } = options;
  const open = new Map<string, Payment>();
  const waiting = new Map<string, Waiting[]>();
  const conditions = new Map<FaultCode, Fault>();
  /** Where repeats of a command, come before its answer, want it as well. */
  const alsoTo = new Map<string, ReplyAddress[]>();
  let seq = 0;
  let lastMoved: Payment | undefined;

  const stamp = (number: number): Stamp => ({ bootId, seq: number, at: clock.now() });

  function load(orderId: string): Payment | undefined {
    const held = open.get(orderId);
    if (held !== undefined) return held;
    const journalled = journal.order(orderId);
    return journalled === undefined ? undefined : foldPayment(journalled.events);
  }

  function stamped<N extends EventName>(name: N, number: number, payload: Unstamped<N>): Outgoing {
    const { bootId: boot, seq: place, at } = stamp(number);
    const whole = { ...payload, bootId: boot, seq: place, at: new Date(at).toISOString() };
    return { name, payload: whole as unknown as EventPayload<EventName> };
  }

  function faultEvents(codes: readonly FaultCode[], cleared: boolean, from: number): Outgoing[] {
    return codes.map((code, index) => {
      const since = conditions.get(code)?.since ?? clock.now();
      return stamped('fault', from + index + 1, {
        code,
        message: faultMessages[code],
        since: new Date(since).toISOString(),
        cleared,
      });
    });
  }

  function noteConditions(codes: readonly FaultCode[]): void {
    for (const code of codes) {
      if (faultKinds[code] === 'condition' && !conditions.has(code)) {
        conditions.set(code, { code, message: faultMessages[code], since: clock.now() });
      }
    }
  }

  /** Commits, and only then counts the numbers as used and hands over what is to be told. */
  function commit(batch: Omit<JournalBatch, 'at' | 'clockTrusted'>): void {
    journal.commit({ ...batch, at: clock.now(), clockTrusted: clock.trusted() });
    const events = batch.outbox?.length ?? 0;
    seq += events;
    if (events > 0) link.outboxGrew();
  }

  function send(command: JournalledCommand, reply: Reply): void {
    link.reply(command.replyTo, reply);
    for (const address of alsoTo.get(command.id) ?? []) link.reply(address, reply);
    alsoTo.delete(command.id);
  }

  function settleWaiting(orderId: string, answered: ReadonlySet<string>): void {
    const left = (waiting.get(orderId) ?? []).filter((entry) => !answered.has(entry.command.id));
    if (left.length === 0) waiting.delete(orderId);
    else waiting.set(orderId, left);
  }

  /** In memory an order is what it is on the disk. One that was only barred was never in hand. */
  function keep(payment: Payment, dated: readonly DatedEvent[]): void {
    const { orderId, state } = payment;
    if (isSettled(payment)) open.delete(orderId);
    else open.set(orderId, payment);
    if (state !== 'barred') lastMoved = payment;
    // Told to the log once the request or event that follows is on its way.
    setImmediate(() => {
      for (const { type } of dated) logger.info({ orderId, event: type, state }, 'order moved');
    });
  }

  const ledger = {
    bootId,
    seq: () => seq,
    openPayments: (): Payment[] => [...open.values()],
    payment: load,
    snapshot: (payment: Payment): PaymentSnapshot => snapshotOf(payment, stamp(seq)),
    conditions: (): FaultCode[] => [...conditions.keys()],
    /** The order that changed last in this boot. */
    lastMoved: (): Payment | undefined => lastMoved,

    /** Takes over what the journal says is unsettled: at boot. */
    recover(): Payment[] {
      for (const { orderId, events } of journal.openOrders()) {
        const payment = foldPayment(events);
        if (payment !== undefined && !isSettled(payment)) open.set(orderId, payment);
      }
      return [...open.values()];
    },

    /**
     * Journals what happened, moves the order, tells the register, answers who waited.
     * @throws TerminalError `illegal-transition` (nothing is journalled), `disk-full`,
     *   `journal-damaged`.
     */
    apply(change: Change): Payment {
      const { orderId } = change;
      const before = load(orderId) ?? unknownOrder(orderId);
      const { payment, dated, faults } = move(before, change.events, clock.now());
      const commands = change.commands ?? [];
      if (dated.length === 0 && commands.length === 0) return payment;

      // The payment's own event is the newest, so that no reply is older than an event.
      const outbox = faultEvents(faults, false, seq);
      const isEvent = isTold(before, payment, dated);
      const snapshot = snapshotOf(payment, stamp(seq + outbox.length + (isEvent ? 1 : 0)));
      if (isEvent) outbox.push({ name: 'payment', payload: snapshot });
      const candidates = [...(waiting.get(orderId) ?? []), ...waitingOf(commands)];
      const replies = repliesOf(candidates, { payment, snapshot, explain });
      const settled = isSettled(payment);
      commit({
        events: dated.map((event) => ({ orderId, event, settled })),
        outbox,
        commands,
        answers: replies.map(({ command, reply }) => ({ id: command.id, answer: reply })),
      });

      keep(payment, dated);
      waiting.set(orderId, candidates);
      settleWaiting(orderId, new Set(replies.map(({ command }) => command.id)));
      noteConditions(faults);
      // A start has a request to send: its state may follow a moment later, no event is overtaken.
      if (outbox.length === 0 && replies.length === 0) setImmediate(options.onMoved);
      else options.onMoved();
      for (const { command, reply } of replies) send(command, reply);
      for (const command of commands) {
        if (command.answer !== null) send(command, command.answer);
      }
      return payment;
    },

    /** A poll that changed nothing is not journalled; only the time of it is kept, in memory. */
    confirm(orderId: string): void {
      const payment = open.get(orderId);
      if (payment !== undefined) open.set(orderId, { ...payment, confirmedAt: clock.now() });
    },

    /** Journals a command that is not (yet) about an order of ours; sends its answer, if any. */
    remember(command: JournalledCommand): void {
      commit({ commands: [command] });
      if (command.answer !== null) send(command, command.answer);
    },

    /** The answer of a command journalled before. */
    answer(command: JournalledCommand, reply: Reply): void {
      commit({ answers: [{ id: command.id, answer: reply }] });
      if (command.orderId !== null) settleWaiting(command.orderId, new Set([command.id]));
      send(command, reply);
    },

    /** A repeat came before the answer: it gets the answer when it is there. */
    alsoReplyTo(command: JournalledCommand, address: ReplyAddress): void {
      const addresses = [command.replyTo, ...(alsoTo.get(command.id) ?? [])];
      const same = (known: ReplyAddress) =>
        known.topic === address.topic && known.correlationData === address.correlationData;
      if (!addresses.some(same)) alsoTo.set(command.id, [...addresses.slice(1), address]);
    },

    /** Lets a command that was journalled earlier wait for its order. */
    await(command: JournalledCommand): void {
      if (command.orderId === null || !isWaitingName(command.name)) return;
      const entries = waiting.get(command.orderId) ?? [];
      if (entries.some((entry) => entry.command.id === command.id)) return;
      waiting.set(command.orderId, [...entries, { command, name: command.name }]);
    },
    isWaiting: (command: JournalledCommand): boolean =>
      command.orderId !== null &&
      (waiting.get(command.orderId) ?? []).some((entry) => entry.command.id === command.id),

    /** Puts an event that is about no payment in the outbox. */
    tell<N extends 'checkin' | 'button'>(name: N, payload: Unstamped<N>): void {
      commit({ outbox: [stamped(name, seq + 1, payload)] });
      options.onMoved();
    },

    raise(code: FaultCode): void {
      if (conditions.has(code)) return;
      commit({ outbox: faultEvents([code], false, seq) });
      noteConditions([code]);
      logger.warn({ fault: code }, faultMessages[code]);
      options.onMoved();
    },

    clear(code: FaultCode): void {
      if (!conditions.has(code)) return;
      commit({ outbox: faultEvents([code], true, seq) });
      conditions.delete(code);
      logger.info({ fault: code }, 'fault cleared');
      options.onMoved();
    },

    /** For faults of the journal itself, which cannot be journalled. */
    raiseUnjournalled(code: 'disk-full' | 'journal-damaged'): void {
      noteConditions([code]);
      options.onMoved();
    },
    clearUnjournalled(code: 'disk-full' | 'journal-damaged'): void {
      if (conditions.delete(code)) options.onMoved();
    },
  };
  return ledger;
}
export type Ledger = ReturnType<typeof createLedger>;

/** Begun, or tried again under another key: nothing a register could act on yet. */
const quiet: ReadonlySet<PaymentEvent['type']> = new Set([
  'started',
  'rekeyed',
  'foreignCancelIntended',
  'barred',
]);

interface Movement {
  payment: Payment;
  dated: DatedEvent[];
  faults: FaultCode[];
}

/** Walks an order through events; what the table ignores is not journalled. */
function move(before: Payment, events: readonly PaymentEvent[], at: EpochMs): Movement {
  const movement: Movement = { payment: before, dated: [], faults: [] };
  for (const event of events) {
    const entry: DatedEvent = { ...event, at };
    const step = transition(movement.payment, entry);
    if (step.kind === 'illegal') {
      throw new TerminalError(
        'illegal-transition',
        `${event.type} cannot happen to an order in state ${movement.payment.state}`,
      );
    }
    if (step.kind === 'ignored') continue;
    movement.payment = step.payment;
    movement.dated.push(entry);
    movement.faults.push(...step.faults);
  }
  return movement;
}

/** Whether the register is told: something it can see has changed. */
function isTold(before: Payment, after: Payment, events: readonly DatedEvent[]): boolean {
  return !events.every(({ type }) => quiet.has(type)) && !looksTheSame(before, after);
}

function waitingOf(commands: readonly JournalledCommand[]): Waiting[] {
  return commands.flatMap((command) =>
    command.answer === null && isWaitingName(command.name) ? [{ command, name: command.name }] : [],
  );
}

function repliesOf(candidates: readonly Waiting[], decided: Omit<Decided, 'id'>) {
  return candidates.flatMap(({ command, name }) => {
    const reply = answerOf(name, { id: command.id, ...decided });
    return reply === undefined ? [] : [{ command, reply }];
  });
}
