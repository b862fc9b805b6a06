import type { Logger } from 'pino';
import type { CommandName } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { Clock, PaymentPlatform } from '../ports.ts';
import { outcomeOf } from '../refund/outcome.ts';
import { CREATE_REPEATED_MS } from '../refund/owed.ts';
import type { Refund } from '../refund/refund.ts';
import { isPaidOut, isSettled } from '../refund/refund.ts';
import { cancelVerdict, captureVerdict } from '../refund/verdicts.ts';
import { errorOf, unreachable } from './answers.ts';
import type { AnyCommand } from './inbound.ts';
import { expiryFault } from './inbound.ts';
import type { Ledger } from './ledger.ts';
import type { EngineStatus } from './phase.ts';
import type { RefundTargets, Target } from './refund-target.ts';
import type { Ticket, Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/** How long a get waits for MobilePay before it falls back to the journal. */
const CONFIRM_WITHIN_MS = 500;

export interface RefundRules {
  enabled: boolean;
  /** Minor units. */
  maxAmount: number;
}

export interface RefundCommandsWorld {
  ledger: Ledger;
  clock: Clock;
  platform: PaymentPlatform;
  logger: Logger;
  rules: RefundRules;
  currency: Amount['currency'];
  newKey: () => string;
  status: () => EngineStatus;
  targets: RefundTargets;
  /** Gives the refund a worker, or wakes the one it has. */
  attend: (refundOrderId: string, origin: Origin) => void;
  confirm: (refundOrderId: string, timeoutMs: number) => Promise<void>;
}

type RefundCommand<N extends CommandName> = Extract<AnyCommand, { name: N }>['payload'];
type Start = RefundCommand<'refund/start'>;

/** What each refund command does, once it may begin. */
export function createRefundCommands(world: RefundCommandsWorld, tickets: Tickets) {
  const { ledger, clock, platform, targets } = world;
  const { refunds } = ledger;
  const { deny, done, hold, applyForRefund, inTime, guard, onFault } = tickets;

  function inBackground(ticket: Ticket, act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      world.logger.error({ error, command: ticket.record.name }, 'a command failed');
      onFault(error);
      guard(() => deny(ticket, errorOf('internal', 'The terminal failed; nothing was begun.')));
    });
  }

  // ------------------------------------------------------------ refund/start

  /** Why this refund may not be started, whatever payment it is of. */
  function startFault({ orderId, paymentId, refundOrderId, amount }: Start) {
    const { rules, currency } = world;
    if (orderId === undefined && paymentId === undefined) {
      const message = 'orderId: name the payment, by its orderId or by paymentId.';
      return errorOf('invalid-request', message, { field: 'orderId' });
    }
    if (!rules.enabled) {
      return errorOf(
        'not-supported',
        'Refunds are switched off on this terminal (refund.enabled).',
      );
    }
    if (amount.currency !== currency) {
      const message = `amount.currency: this terminal takes ${currency}`;
      return errorOf('invalid-request', message, { field: 'amount.currency' });
    }
    const before = refunds.get(refundOrderId);
    if (before !== undefined) return usedUp(before);
    if (amount.value > rules.maxAmount) {
      const message = `amount.value: at most ${rules.maxAmount} at once (refund.maxAmount).`;
      return errorOf('amount-not-allowed', message, { field: 'amount.value' });
    }
    return undefined;
  }

  function usedUp(before: Refund): CommandError {
    if (before.state === 'barred') {
      return errorOf('wrong-state', 'This refund was cancelled before it was started.');
    }
    const message = `This refund was started before and is ${outcomeOf(before)}: a refundOrderId is used once.`;
    const order = targets.order(before.orderId ?? undefined);
    const payment = order === undefined ? null : ledger.snapshot(order);
    return errorOf('duplicate-order', message, { field: 'refundOrderId', payment });
  }

  function begin(ticket: Ticket, payload: Start, target: Target): void {
    const { refundOrderId, amount } = payload;
    const fault = startFault(payload) ?? targets.amountFault(target, amount);
    if (fault !== undefined) return deny(ticket, fault);
    const { paymentId, orderId } = target;
    applyForRefund(ticket, refundOrderId, [
      {
        type: 'started',
        refundOrderId,
        orderId,
        paymentId,
        amount,
        idempotencyKey: world.newKey(),
        body: platform.encodeRefund({ paymentId, refundOrderId, amount }),
        repeatUntil: clock.now() + CREATE_REPEATED_MS,
        autoCapture: payload.autoCapture ?? true,
        commandId: ticket.record.id,
      },
    ]);
    world.attend(refundOrderId, 'new');
  }

  function beginFor(ticket: Ticket, payload: Start, target: Target | CommandError): void {
    if ('code' in target) deny(ticket, target);
    else begin(ticket, payload, target);
  }

  /** In time for an answer; without one, nothing is begun later. */
  async function lookUpInTime(held: Ticket, payload: Start, orderId: string) {
    const target = await inTime(held, targets.lookUp(payload, orderId), unreachable);
    return expiryFault(held.command, clock.now()) ?? target;
  }

  function start(ticket: Ticket, payload: Start): void {
    const { orderId, paymentId, refundOrderId } = payload;
    // Begun for this very command, before the process ended.
    if (refunds.get(refundOrderId)?.create?.commandId === ticket.record.id) {
      return applyForRefund(ticket, refundOrderId, []);
    }
    const fault = startFault(payload);
    if (fault !== undefined) return deny(ticket, fault);
    if (ticket.inherited) return deny(ticket, unreachable);
    const order = targets.order(orderId);
    if (order !== undefined) return beginFor(ticket, payload, targets.ofOrder(order, payload));
    if (paymentId !== undefined || orderId === undefined) {
      const target = { paymentId: paymentId ?? '', orderId: orderId ?? null, captured: null };
      return begin(ticket, payload, target);
    }
    const held = hold(ticket);
    inBackground(held, async () => {
      const target = await lookUpInTime(held, payload, orderId);
      beginFor(held, payload, target);
    });
  }

  // ------------------------------------------------------------ a refund that is there

  const unknown = errorOf('unknown-order', 'This terminal knows no such refund.', {
    field: 'refundOrderId',
  });

  function known(refundOrderId: string): Refund | undefined {
    const refund = refunds.get(refundOrderId);
    return refund?.state === 'barred' ? undefined : refund;
  }

  function wrongState(ticket: Ticket, refund: Refund, message: string): void {
    const order = targets.order(refund.orderId ?? undefined);
    const payment = order === undefined ? null : ledger.snapshot(order);
    deny(ticket, errorOf('wrong-state', message, { payment }));
  }

  function whyNotCaptured(refund: Refund): string {
    if (refund.intent === 'cancel') return 'The refund is being cancelled.';
    if (isSettled(refund)) return 'The refund ended without a payout.';
    return 'The refund is not reserved yet; capture it once it is.';
  }

  return {
    start,
    capture(ticket: Ticket, { refundOrderId }: RefundCommand<'refund/capture'>): void {
      const refund = known(refundOrderId);
      if (refund === undefined) return deny(ticket, ticket.inherited ? unreachable : unknown);
      switch (captureVerdict(refund)) {
        case 'already':
          return applyForRefund(ticket, refundOrderId, []);
        case 'wrong-state':
          return wrongState(ticket, refund, whyNotCaptured(refund));
        case 'accept':
          if (ticket.inherited) return deny(ticket, unreachable);
          applyForRefund(ticket, refundOrderId, [{ type: 'captureIntended' }]);
          return world.attend(refundOrderId, 'recovered');
      }
    },
    cancel(ticket: Ticket, { refundOrderId }: RefundCommand<'refund/cancel'>): void {
      const refund = known(refundOrderId);
      if (refund === undefined) {
        // Rule 4 of the contract: remembered against a start that comes late.
        refunds.apply({ id: refundOrderId, events: [{ type: 'barred', refundOrderId }] });
        return deny(ticket, unknown);
      }
      switch (cancelVerdict(refund)) {
        case 'already':
          return applyForRefund(ticket, refundOrderId, []);
        case 'wrong-state': {
          const message = isPaidOut(refund)
            ? 'The refund is paid out.'
            : 'The refund is being captured.';
          return wrongState(ticket, refund, message);
        }
        case 'accept':
          applyForRefund(ticket, refundOrderId, [{ type: 'cancelIntended' }]);
          return world.attend(refundOrderId, 'recovered');
      }
    },
    get(ticket: Ticket, { refundOrderId }: RefundCommand<'refund/get'>): void {
      const refund = known(refundOrderId);
      if (refund === undefined) return deny(ticket, unknown);
      if (world.status() !== 'ready' || isSettled(refund)) {
        return done(ticket, refunds.snapshot(refund));
      }
      const held = hold(ticket);
      inBackground(held, async () => {
        await world.confirm(refundOrderId, CONFIRM_WITHIN_MS);
        done(held, refunds.snapshot(known(refundOrderId) ?? refund));
      });
    },
  };
}
export type RefundCommands = ReturnType<typeof createRefundCommands>;
