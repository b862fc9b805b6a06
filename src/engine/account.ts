import type { Reply } from '../contract/errors.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { EpochMs } from '../payment/events.ts';
import type { JournalBatch, JournalledCommand } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import type { Commits, Outgoing } from './commits.ts';
import { faultMessages } from './faults.ts';
import { after } from './look-up.ts';
import type { Stamp } from './snapshot.ts';

/** How much later than its commit the state may be told of what the register has no event for. */
const QUIET_STATE_MS = 20;

type Dated<Event> = Event & { at: EpochMs };

/** What tells payments from refunds. */
export interface Kind<Held, Event extends { type: string }, Snapshot> {
  /** Of the register's event. */
  name: 'payment' | 'refund';
  /** How the log names one. */
  named(id: string): object;
  unknown(id: string): Held;
  fold(events: readonly Dated<Event>[]): Held | undefined;
  step(
    held: Held,
    event: Dated<Event>,
  ): { kind: 'moved'; held: Held; faults: FaultCode[] } | { kind: 'ignored' } | { kind: 'illegal' };
  isSettled(held: Held): boolean;
  stateOf(held: Held): string;
  snapshot(held: Held, stamp: Stamp): Snapshot;
  /** Whether the register is told: something it can see has changed. */
  isTold(before: Held, after: Held, events: readonly Dated<Event>[]): boolean;
  /** Cancelled before anybody knew it: never in hand. */
  isBarred(held: Held): boolean;
  journalled(id: string): { events: Dated<Event>[] } | undefined;
  entries(id: string, events: readonly Dated<Event>[], settled: boolean): Partial<JournalBatch>;
  /** Which of this kind a command is about, if it is. */
  aboutOf(command: JournalledCommand): string | null;
  /** Whether a command's answer waits for MobilePay. */
  isWaiting(name: string): boolean;
  /** The answer to such a command, once what happened decides it; undefined while it is open. */
  answer(command: JournalledCommand, held: Held, snapshot: () => Snapshot): Reply | undefined;
  /** What else the register is told because of this change, one event at most, under this stamp. */
  alongside(before: Held, after: Held, stamp: Stamp): Outgoing[];
}

export interface Change<Event> {
  id: string;
  events: Event[];
  /** Commands that become durable in the same commit; they wait unless they carry an answer. */
  commands?: JournalledCommand[];
}

/**
 * The one way anything happens to a payment or a refund: append, let it reach the disk, then move
 * and tell. One commit carries the events, the register's event with its number, and the answers it
 * decides.
 */
export function createAccount<Held, Event extends { type: string }, Snapshot>(
  commits: Commits,
  kind: Kind<Held, Event, Snapshot>,
) {
  const { clock, logger } = commits;
  const open = new Map<string, Held>();
  /** Journalled commands that are answered when theirs moves on. */
  const waiting = new Map<string, JournalledCommand[]>();
  let lastMoved: Held | undefined;

  function get(id: string): Held | undefined {
    const held = open.get(id);
    if (held !== undefined) return held;
    const journalled = kind.journalled(id);
    return journalled === undefined ? undefined : kind.fold(journalled.events);
  }

  const snapshot = (held: Held): Snapshot => kind.snapshot(held, commits.stamp(commits.seq()));

  /** Walks it through events; what the table ignores is not journalled. */
  function move(before: Held, events: readonly Event[], at: EpochMs) {
    const movement = { held: before, dated: [] as Dated<Event>[], faults: [] as FaultCode[] };
    for (const event of events) {
      const dated: Dated<Event> = { ...event, at };
      const step = kind.step(movement.held, dated);
      if (step.kind === 'illegal') {
        throw new TerminalError(
          'illegal-transition',
          `${event.type} cannot happen to a ${kind.name} in state ${kind.stateOf(movement.held)}`,
        );
      }
      if (step.kind === 'ignored') continue;
      movement.held = step.held;
      movement.dated.push(dated);
      movement.faults.push(...step.faults);
    }
    return movement;
  }

  function waitingFor(id: string, more: readonly JournalledCommand[]): JournalledCommand[] {
    const unanswered = more.filter(({ answer, name }) => answer === null && kind.isWaiting(name));
    return [...(waiting.get(id) ?? []), ...unanswered];
  }

  function keepWaiting(id: string, commands: readonly JournalledCommand[]): void {
    if (commands.length === 0) waiting.delete(id);
    else waiting.set(id, [...commands]);
  }

  /** In memory it is what it is on the disk. */
  function keep(
    id: string,
    held: Held,
    { dated, faults }: { dated: readonly Dated<Event>[]; faults: readonly FaultCode[] },
  ): void {
    if (kind.isSettled(held)) open.delete(id);
    else open.set(id, held);
    if (!kind.isBarred(held)) lastMoved = held;
    // Told to the log once the request or event that follows is on its way.
    setImmediate(() => {
      for (const { type } of dated) {
        logger.info(
          { ...kind.named(id), event: type, state: kind.stateOf(held) },
          `${kind.name} moved`,
        );
      }
      for (const fault of faults) logger.warn({ ...kind.named(id), fault }, faultMessages[fault]);
    });
  }

  const account = {
    get,
    snapshot,
    open: (): Held[] => [...open.values()],
    isOpen: (id: string): boolean => open.has(id),
    /** What changed last in this boot. */
    lastMoved: (): Held | undefined => lastMoved,

    /** Takes over what the journal says is unsettled: at boot. */
    recover(journalled: readonly { id: string; events: Dated<Event>[] }[]): void {
      for (const { id, events } of journalled) {
        const held = kind.fold(events);
        if (held !== undefined && !kind.isSettled(held)) open.set(id, held);
      }
    },

    /**
     * Journals what happened, moves it, tells the register, answers who waited.
     * @throws TerminalError `illegal-transition` (nothing is journalled), `disk-full`,
     *   `journal-damaged`.
     */
    apply(change: Change<Event>): Held {
      const { id } = change;
      const before = get(id) ?? kind.unknown(id);
      const { held, dated, faults } = move(before, change.events, clock.now());
      const commands = change.commands ?? [];
      if (dated.length === 0 && commands.length === 0) return held;

      // Its own event is the newest, so that no reply is older than an event.
      const outbox = commits.faultEvents(faults, false);
      outbox.push(
        ...kind.alongside(before, held, commits.stamp(commits.seq() + outbox.length + 1)),
      );
      const isEvent = kind.isTold(before, held, dated);
      const number = commits.seq() + outbox.length + (isEvent ? 1 : 0);
      // Whoever only waits needs no picture of it.
      let taken: Snapshot | undefined;
      const seen = () => (taken ??= kind.snapshot(held, commits.stamp(number)));
      if (isEvent) outbox.push({ name: kind.name, payload: seen() } as unknown as Outgoing);
      const candidates = waitingFor(id, commands);
      const replies = candidates.flatMap((command) => {
        const reply = kind.answer(command, held, seen);
        return reply === undefined ? [] : [{ command, reply }];
      });
      commits.commit({
        ...kind.entries(id, dated, kind.isSettled(held)),
        outbox,
        commands,
        answers: replies.map(({ command, reply }) => ({ id: command.id, answer: reply })),
      });

      keep(id, held, { dated, faults });
      const answered = new Set(replies.map(({ command }) => command.id));
      keepWaiting(
        id,
        candidates.filter((command) => !answered.has(command.id)),
      );
      commits.noteConditions(faults);
      // A start has a request to send: its state may follow when the answer had its chance to be
      // there first; no event is overtaken.
      if (outbox.length === 0 && replies.length === 0) after(QUIET_STATE_MS, commits.onMoved);
      else commits.onMoved();
      for (const { command, reply } of replies) commits.send(command, reply);
      for (const command of commands) {
        if (command.answer !== null) commits.send(command, command.answer);
      }
      return held;
    },

    /** A poll that changed nothing is not journalled; only the time of it is kept, in memory. */
    confirm(id: string): void {
      const held = open.get(id);
      if (held !== undefined) open.set(id, { ...held, confirmedAt: clock.now() });
    },

    /** Lets a command that was journalled earlier wait for what it is about. */
    await(command: JournalledCommand): void {
      const id = kind.aboutOf(command);
      if (id === null || !kind.isWaiting(command.name) || account.isAwaited(command)) return;
      waiting.set(id, [...(waiting.get(id) ?? []), command]);
    },
    isAwaited(command: JournalledCommand): boolean {
      const id = kind.aboutOf(command);
      return id !== null && (waiting.get(id) ?? []).some((other) => other.id === command.id);
    },
    /** The command has its answer: nothing waits any more. */
    forget(command: JournalledCommand): void {
      const id = kind.aboutOf(command);
      if (id === null) return;
      keepWaiting(
        id,
        (waiting.get(id) ?? []).filter((other) => other.id !== command.id),
      );
    },
    /** The answer, if what is known decides it. */
    decided(command: JournalledCommand): Reply | undefined {
      const id = kind.aboutOf(command);
      const held = id === null ? undefined : get(id);
      if (held === undefined || !kind.isWaiting(command.name)) return undefined;
      return kind.answer(command, held, () => snapshot(held));
    },
    /** `ok:true` with what is known, for a command whose time to wait is over. */
    asItStands(command: JournalledCommand): Reply | undefined {
      const id = kind.aboutOf(command);
      const held = id === null ? undefined : get(id);
      return held === undefined ? undefined : { id: command.id, ok: true, result: snapshot(held) };
    },
  };
  return account;
}
export type Account<Held, Event extends { type: string }, Snapshot> = ReturnType<
  typeof createAccount<Held, Event, Snapshot>
>;
