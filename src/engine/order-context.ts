import type { Logger } from 'pino';
import type { PaymentEvent } from '../payment/events.ts';
import { overdueAt, overdueReason } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import type { Clock, PaymentPlatform } from '../ports.ts';
import type { BusyPos } from './busy-pos.ts';
import type { Ledger } from './ledger.ts';
import type { Origin } from './work.ts';
import { createWork } from './work.ts';

export interface WorkerWorld {
  ledger: Ledger;
  platform: PaymentPlatform;
  clock: Clock;
  logger: Logger;
  random: () => number;
  newKey: () => string;
  /** The PoS of this boot, for orders that do not know theirs. */
  posId: () => string | null;
  busyPos: BusyPos;
  /** A fault of the journal itself: everything must stop. */
  onJournalFault: (error: unknown) => void;
}

/** What the parts of an order's worker share. */
export function createOrderContext(world: WorkerWorld, orderId: string, origin: Origin) {
  const { ledger, clock, random } = world;
  const logger = (): Logger => world.logger.child({ orderId });
  return {
    ...createWork({ clock, random, logger, origin }),
    world,
    orderId,
    current: (): Payment | undefined => ledger.payment(orderId),
    apply: (event: PaymentEvent): void => void ledger.apply({ orderId, events: [event] }),
    untilOverdueMs: (payment: Payment): number => overdueAt(payment) - clock.now(),
    /** Nobody has decided anything, and the time for it is over. */
    giveUp(payment: Payment): void {
      const reason = overdueReason(payment, clock.now());
      ledger.apply({ orderId, events: [{ type: 'cancelIntended', reason }] });
    },
  };
}
export type OrderContext = ReturnType<typeof createOrderContext>;
