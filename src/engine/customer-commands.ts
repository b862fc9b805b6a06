import type { CommandName } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import { errorOf, unreachable } from './answers.ts';
import type { CheckInVia } from './check-in-watch.ts';
import type { AnyCommand } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import type { EngineStatus } from './phase.ts';
import { undecidedOf } from './phase.ts';
import type { Ticket, Tickets } from './tickets.ts';
import { isSameId } from './wanted-pos.ts';

export interface CustomerCommandsWorld {
  ledger: Ledger;
  status: () => EngineStatus;
  outOfOrder: () => CommandError;
  posId: () => string | null;
  /** Somebody can check in before there is a payment. */
  takesCheckIns: boolean;
  hasDisplay: boolean;
  invite: (via: CheckInVia) => void;
  endInvitation: () => void;
  show: (message: { lines: string[] } | { qr: string }, seconds: number) => void;
}

type Payload<N extends CommandName> = Extract<AnyCommand, { name: N }>['payload'];

/** What the commands about the customer at the counter do: check-ins, and the display while idle. */
export function createCustomerCommands(world: CustomerCommandsWorld, tickets: Tickets) {
  const { deny, done } = tickets;

  function notReady(): CommandError | undefined {
    const status = world.status();
    if (status === 'ready') return undefined;
    return status === 'starting' ? unreachable : world.outOfOrder();
  }

  function busy(what: string): CommandError | undefined {
    const undecided = undecidedOf(world.ledger.openPayments());
    if (undecided === undefined) return undefined;
    const payment = world.ledger.snapshot(undecided);
    return errorOf('busy', `Order ${undecided.orderId} is not decided yet: ${what}.`, { payment });
  }

  function watchFault(): CommandError | undefined {
    if (!world.takesCheckIns) {
      const message =
        'Nobody can check in before there is a payment: pos.requirePaymentBeforeCheckin is set.';
      return errorOf('not-supported', message);
    }
    return notReady() ?? busy('its own events tell of the customer');
  }

  return {
    watch(ticket: Ticket, { on }: Payload<'checkin/watch'>): void {
      if (!on) {
        world.endInvitation();
        return done(ticket, {});
      }
      const fault = watchFault();
      if (fault !== undefined) return deny(ticket, fault);
      world.invite('poll');
      done(ticket, {});
    },

    /** A hint: whoever sends it, MobilePay is asked. A payment in hand is asked about anyway. */
    notify(ticket: Ticket, { PosId }: Payload<'checkin/notify'>): void {
      const posId = world.posId();
      if (posId === null) return deny(ticket, notReady() ?? unreachable);
      if (!isSameId(posId, PosId)) {
        const message = 'PosId: not the point of sale of this terminal';
        return deny(ticket, errorOf('invalid-request', message, { field: 'PosId' }));
      }
      const fault = notReady();
      if (fault !== undefined) return deny(ticket, fault);
      if (undecidedOf(world.ledger.openPayments()) === undefined) world.invite('notification');
      done(ticket, {});
    },

    show(ticket: Ticket, payload: Payload<'display/show'>): void {
      if (!world.hasDisplay) {
        const message = 'This terminal has no display: panel.display.driver is none.';
        return deny(ticket, errorOf('not-supported', message));
      }
      const status = world.status();
      if (status !== 'ready') {
        const message = `The display is needed: the terminal is ${status}.`;
        return deny(ticket, errorOf('wrong-state', message));
      }
      const fault = busy('the display is needed');
      if (fault !== undefined) return deny(ticket, fault);
      const message = 'lines' in payload ? { lines: payload.lines } : { qr: payload.qr };
      world.show(message, payload.seconds);
      done(ticket, {});
    },
  };
}
export type CustomerCommands = ReturnType<typeof createCustomerCommands>;
