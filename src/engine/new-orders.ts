import type { CommandPayload } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import type { PaymentEvent } from '../payment/events.ts';
import type { Clock, PaymentPlatform } from '../ports.ts';
import { errorOf, unreachable } from './answers.ts';
import type { Ledger } from './ledger.ts';
import type { PaymentDefaults } from './payment-terms.ts';
import { currencyFault, termsOf } from './payment-terms.ts';
import { undecidedOf } from './phase.ts';
import type { Ticket, Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/**
 * How long a prepared payment may wait for its amount: as long as a customer may be given, so that
 * a register that forgets it does not block the PoS for ever. MobilePay may end it sooner.
 */
const PREPARED_FOR_MS = 3_600_000;

/** Begins orders: `payment/start` and `payment/prepare`. */
export function createNewOrders(
  world: {
    ledger: Ledger;
    clock: Clock;
    platform: PaymentPlatform;
    defaults: PaymentDefaults;
    newKey: () => string;
    posId: () => string | null;
    attend: (orderId: string, origin: Origin) => void;
  },
  { deny, applyFor }: Tickets,
) {
  const { ledger, clock, platform, defaults } = world;

  /** Why this order may not be begun, or undefined when it may. */
  function faultOf({ inherited }: Ticket, orderId: string): CommandError | undefined {
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

  function begin(
    ticket: Ticket,
    orderId: string,
    fault: CommandError | undefined,
    eventOf: (posId: string) => PaymentEvent,
  ): void {
    // Begun for this very command, before the process ended.
    if (ledger.payment(orderId)?.create?.commandId === ticket.record.id) {
      return applyFor(ticket, orderId, []);
    }
    const refusal = fault ?? faultOf(ticket, orderId);
    if (refusal !== undefined) return deny(ticket, refusal);
    const posId = world.posId();
    if (posId === null) return deny(ticket, unreachable);
    applyFor(ticket, orderId, [eventOf(posId)]);
    world.attend(orderId, 'new');
  }

  return {
    start(ticket: Ticket, payload: CommandPayload<'payment/start'>): void {
      const { orderId, amount, expiresAt } = payload;
      const { terms, autoCapture, customerTimeoutSeconds } = termsOf(payload, defaults);
      begin(ticket, orderId, currencyFault(amount, defaults.currency), (posId) => ({
        type: 'started',
        orderId,
        posId,
        amount,
        idempotencyKey: world.newKey(),
        body: platform.encodeCreate({ posId, orderId, ...terms }),
        expiresAt: Date.parse(expiresAt),
        deadline: clock.now() + customerTimeoutSeconds * 1000,
        autoCapture,
        plannedCaptureDelay: terms.plannedCaptureDelay,
        commandId: ticket.record.id,
      }));
    },
    prepare(ticket: Ticket, payload: CommandPayload<'payment/prepare'>): void {
      const { orderId, expiresAt } = payload;
      begin(ticket, orderId, undefined, (posId) => ({
        type: 'preparationStarted',
        orderId,
        posId,
        idempotencyKey: world.newKey(),
        body: platform.encodePrepare({ posId, orderId }),
        expiresAt: Date.parse(expiresAt),
        deadline: clock.now() + PREPARED_FOR_MS,
        commandId: ticket.record.id,
      }));
    },
  };
}
