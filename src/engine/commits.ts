import type { Logger } from 'pino';
import type { Reply } from '../contract/errors.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { EventName, EventPayload } from '../contract/messages.ts';
import type {
  Clock,
  Journal,
  JournalBatch,
  JournalledCommand,
  MerchantLink,
  ReplyAddress,
} from '../ports.ts';
import type { Fault } from './faults.ts';
import { faultKinds, faultMessages } from './faults.ts';
import type { Stamp } from './snapshot.ts';

export type Outgoing = NonNullable<JournalBatch['outbox']>[number];
type Unstamped<N extends EventName> = Omit<EventPayload<N>, keyof Stamp>;

export interface CommitsOptions {
  journal: Journal;
  clock: Clock;
  link: MerchantLink;
  bootId: string;
  logger: Logger;
  /** Called after each commit that moved something, before the replies go out. */
  onMoved: () => void;
}

/**
 * The one way to the journal, for payments and refunds alike: numbers the register's events, commits
 * them with what they tell, and only then hands them over. Keeps the faults, and who wants answers.
 */
export function createCommits(options: CommitsOptions) {
  const { journal, clock, link, bootId, logger } = options;
  const conditions = new Map<FaultCode, Fault>();
  /** Where repeats of a command, come before its answer, want it as well. */
  const alsoTo = new Map<string, ReplyAddress[]>();
  let seq = 0;

  const stamp = (number: number): Stamp => ({ bootId, seq: number, at: clock.now() });

  function stamped<N extends EventName>(name: N, number: number, payload: Unstamped<N>): Outgoing {
    const { bootId: boot, seq: place, at } = stamp(number);
    const whole = { ...payload, bootId: boot, seq: place, at: new Date(at).toISOString() };
    return { name, payload: whole as unknown as EventPayload<EventName> };
  }

  function faultEvents(codes: readonly FaultCode[], cleared: boolean): Outgoing[] {
    return codes.map((code, index) => {
      const since = conditions.get(code)?.since ?? clock.now();
      return stamped('fault', seq + index + 1, {
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

  return {
    journal,
    clock,
    logger,
    onMoved: options.onMoved,
    seq: () => seq,
    /** The stamp of what stands at this number. */
    stamp,
    /** Register events about faults, numbered from the next on. */
    faultEvents,
    noteConditions,
    commit,
    send,

    /** Journals a command that is not (yet) about an order of ours; sends its answer, if any. */
    remember(command: JournalledCommand): void {
      commit({ commands: [command] });
      if (command.answer !== null) send(command, command.answer);
    },

    /** A repeat came before the answer: it gets the answer when it is there. */
    alsoReplyTo(command: JournalledCommand, address: ReplyAddress): void {
      const addresses = [command.replyTo, ...(alsoTo.get(command.id) ?? [])];
      const same = (known: ReplyAddress) =>
        known.topic === address.topic && known.correlationData === address.correlationData;
      if (!addresses.some(same)) alsoTo.set(command.id, [...addresses.slice(1), address]);
    },

    /** Puts an event that is about no payment in the outbox. */
    tell<N extends 'checkin' | 'button'>(name: N, payload: Unstamped<N>): void {
      commit({ outbox: [stamped(name, seq + 1, payload)] });
      options.onMoved();
    },

    conditions: (): FaultCode[] => [...conditions.keys()],
    raise(code: FaultCode): void {
      if (conditions.has(code)) return;
      commit({ outbox: faultEvents([code], false) });
      noteConditions([code]);
      logger.warn({ fault: code }, faultMessages[code]);
      options.onMoved();
    },
    clear(code: FaultCode): void {
      if (!conditions.has(code)) return;
      commit({ outbox: faultEvents([code], true) });
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
}
export type Commits = ReturnType<typeof createCommits>;
