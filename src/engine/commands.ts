import type { LogLevel } from '../contract/commands.ts';
import type { DoctorReport } from '../contract/doctor-report.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Clock, InboundCommand, Journal, JournalledCommand, MerchantLink } from '../ports.ts';
import { errorOf, refuse, unreachable } from './answers.ts';
import type { CustomerCommands } from './customer-commands.ts';
import type { AnyCommand } from './inbound.ts';
import { expiryFault, movesMoney, readCommand } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import { after } from './look-up.ts';
import type { PaymentCommands } from './payment-commands.ts';
import type { EngineStatus } from './phase.ts';
import { undecidedOf } from './phase.ts';
import type { RefundCommands } from './refund-commands.ts';
import type { Ticket, Tickets } from './tickets.ts';

type About = Pick<JournalledCommand, 'orderId' | 'refundOrderId'>;
const aboutNothing: About = { orderId: null, refundOrderId: null };

/** Commands that move money wait this long for recovery. */
const RECOVERY_WAIT_MS = 8_000;
const IDENTIFY_SECONDS = 10;

export interface DeskWorld {
  ledger: Ledger;
  journal: Journal;
  clock: Clock;
  link: MerchantLink;
  status: () => EngineStatus;
  identify: (seconds: number) => void;
  diagnose: () => object;
  /** Looks at the whole machine, within seconds; never rejects. Null: that could not be done. */
  examine: (() => Promise<DoctorReport | null>) | undefined;
  restart: () => void;
  setLogLevel: (level: LogLevel) => void;
  /** Why nothing may be begun while the terminal is out of order. */
  outOfOrder: () => CommandError;
}

/** Takes the register's commands: checks them in the contract's order, and lets them begin. */
export function createCommandDesk(
  world: DeskWorld,
  tickets: Tickets,
  payments: PaymentCommands,
  refunds: RefundCommands,
  customers: CustomerCommands,
) {
  const { ledger, journal, clock, link } = world;
  const { deny, done, hold, guard } = tickets;
  let queue: { ticket: Ticket; giveUp: () => void }[] = [];
  /** Commands that an earlier boot journalled and never answered. */
  let inherited: JournalledCommand[] = [];

  function act(ticket: Ticket): void {
    const { command } = ticket;
    if (movesMoney(command.name) && !ticket.inherited) {
      const fault = expiryFault(command, clock.now());
      if (fault !== undefined) return deny(ticket, fault);
    }
    switch (command.name) {
      case 'payment/start':
        return payments.start(ticket, command.payload);
      case 'payment/prepare':
        return payments.prepare(ticket, command.payload);
      case 'payment/ready':
        return payments.ready(ticket, command.payload);
      case 'payment/capture':
        return payments.capture(ticket, command.payload);
      case 'payment/cancel':
        return payments.cancel(ticket, command.payload);
      case 'payment/get':
        return payments.get(ticket, command.payload);
      case 'payment/list':
        return payments.list(ticket, command.payload);
      case 'checkin/watch':
        return customers.watch(ticket, command.payload);
      case 'checkin/notify':
        return customers.notify(ticket, command.payload);
      case 'display/show':
        return customers.show(ticket, command.payload);
      case 'terminal/log-level':
        world.setLogLevel(command.payload.level);
        return done(ticket, {});
      case 'refund/start':
        return refunds.start(ticket, command.payload);
      case 'refund/capture':
        return refunds.capture(ticket, command.payload);
      case 'refund/cancel':
        return refunds.cancel(ticket, command.payload);
      case 'refund/get':
        return refunds.get(ticket, command.payload);
      case 'terminal/identify':
        world.identify(command.payload.seconds ?? IDENTIFY_SECONDS);
        return done(ticket, {});
      case 'terminal/diagnose':
        return diagnose(ticket);
      case 'terminal/restart': {
        const busy = undecidedOf(ledger.openPayments());
        if (busy !== undefined) {
          const payment = ledger.snapshot(busy);
          return deny(ticket, errorOf('busy', 'A payment is not decided yet.', { payment }));
        }
        done(ticket, {});
        return world.restart();
      }
    }
  }

  /** While it starts, or for a command of an earlier boot, what is known at once must do. */
  function diagnose(ticket: Ticket): void {
    const { examine } = world;
    if (examine === undefined || ticket.inherited || world.status() === 'starting') {
      return done(ticket, { ...world.diagnose(), doctor: null });
    }
    const held = hold(ticket);
    void examine().then((doctor) => guard(() => done(held, { ...world.diagnose(), doctor })));
  }

  /** At most 8 s, and not past `expiresAt`, as soon as the time can be trusted. */
  function waitFor(command: AnyCommand): number {
    const { expiresAt } = command.payload;
    if (expiresAt === undefined || !clock.trusted()) return RECOVERY_WAIT_MS;
    return Math.min(RECOVERY_WAIT_MS, Math.max(0, Date.parse(expiresAt) - clock.now()));
  }

  function accept(ticket: Ticket): void {
    const waits = movesMoney(ticket.command.name) && world.status() !== 'ready';
    if (!waits) return act(ticket);
    if (world.status() === 'out-of-order') return deny(ticket, world.outOfOrder());
    const held = hold(ticket);
    const giveUp = after(waitFor(ticket.command), () => {
      queue = queue.filter((entry) => entry.ticket !== held);
      guard(() => deny(held, unreachable));
    });
    queue.push({ ticket: held, giveUp });
  }

  /** What a command is about: a refund, else the order it names. */
  function aboutOf({ payload }: AnyCommand): About {
    if ('refundOrderId' in payload) return { orderId: null, refundOrderId: payload.refundOrderId };
    return { orderId: 'orderId' in payload ? payload.orderId : null, refundOrderId: null };
  }

  return {
    /** Journals the command before it returns, or throws: then it was not taken. */
    receive(inbound: InboundCommand): void {
      const reading = readCommand(inbound, (id) => journal.command(id));
      const record = (id: string, fingerprint: string, about: About) => ({
        id,
        name: inbound.name,
        fingerprint,
        ...about,
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
          const refused = record(reading.id, reading.fingerprint, aboutNothing);
          return ledger.remember({ ...refused, answer: refuse(reading.id, reading.error) });
        }
        case 'accepted': {
          const { id, fingerprint, command } = reading;
          const arrivedAtMonotonicMs = clock.monotonicMs();
          const ticket = { command, record: record(id, fingerprint, aboutOf(command)) };
          return accept({ ...ticket, arrivedAtMonotonicMs, journalled: false, inherited: false });
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
        guard(() => deny(ticket, world.outOfOrder()));
      }
      resume();
    },

    /** Notes what an earlier boot left unanswered, before this boot takes commands of its own. */
    recover(): void {
      inherited = journal.unansweredCommands();
      after(RECOVERY_WAIT_MS, resume);
    },

    resume,
  };

  /** Answers what an earlier boot journalled and never answered: after recovery, or without it. */
  function resume(): void {
    const left = inherited;
    inherited = [];
    for (const record of left) guard(() => resumeOne(record));
  }

  /** Nothing is begun so late, but for a cancel: that is never too late. */
  function resumeOne(record: JournalledCommand): void {
    const { name, payload } = JSON.parse(record.fingerprint) as AnyCommand;
    act({
      command: { name, payload } as AnyCommand,
      record,
      arrivedAtMonotonicMs: Number.NEGATIVE_INFINITY,
      journalled: true,
      inherited: true,
    });
  }
}
