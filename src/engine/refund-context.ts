import type { Logger } from 'pino';
import type { Clock, PaymentPlatform } from '../ports.ts';
import type { RefundEvent, SeenRefund } from '../refund/events.ts';
import type { Refund } from '../refund/refund.ts';
import { isSameRefund } from '../refund/verdicts.ts';
import type { Ledger } from './ledger.ts';
import type { RefundSightings } from './refund-sightings.ts';
import type { Origin } from './work.ts';
import { createWork } from './work.ts';

export interface RefundWorld {
  ledger: Ledger;
  platform: PaymentPlatform;
  clock: Clock;
  logger: Logger;
  random: () => number;
  sightings: RefundSightings;
  /** Gives a refund that turned up after all a worker. */
  attend: (refundOrderId: string, origin: Origin) => void;
  /** A fault of the journal itself: everything must stop. */
  onJournalFault: (error: unknown) => void;
}

/** What the parts of a refund's worker share. */
export function createRefundContext(world: RefundWorld, refundOrderId: string, origin: Origin) {
  const { clock, random } = world;
  const { refunds } = world.ledger;
  const logger = (): Logger => world.logger.child({ refundOrderId });
  const apply = (event: RefundEvent): void =>
    void refunds.apply({ id: refundOrderId, events: [event] });

  return {
    ...createWork({ clock, random, logger, origin }),
    world,
    refundOrderId,
    current: (): Refund | undefined => refunds.get(refundOrderId),
    apply,
    observe(refund: Refund, seen: SeenRefund): void {
      if (!isSameRefund(refund, seen)) {
        logger().error({ refundId: seen.refundId }, 'MobilePay names another amount or payment');
        return;
      }
      apply({ type: 'observed', seen });
      refunds.confirm(refundOrderId);
    },
  };
}
export type RefundContext = ReturnType<typeof createRefundContext>;
