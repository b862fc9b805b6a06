import type { Logger } from 'pino';
import type { Amount } from '../contract/money.ts';
import type { StateRefund } from '../contract/refund-snapshot.ts';
import type { Clock, Journal, PaymentPlatform } from '../ports.ts';
import { overdueAt } from '../refund/owed.ts';
import type { Refund } from '../refund/refund.ts';
import { createAttendants } from './attendants.ts';
import { createCapturedPayments } from './captured-payments.ts';
import type { Ledger } from './ledger.ts';
import type { EngineStatus } from './phase.ts';
import type { RefundRules } from './refund-commands.ts';
import { createRefundCommands } from './refund-commands.ts';
import { createRefundSightings } from './refund-sightings.ts';
import { stateRefundOf } from './refund-snapshot.ts';
import { createRefundTargets } from './refund-target.ts';
import { createRefundWorker } from './refund-worker.ts';
import type { Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/** Everything about refunds: their commands, their workers, and the alarm when one hangs. */
export function createRefunds(
  world: {
    ledger: Ledger;
    journal: Journal;
    clock: Clock;
    platform: PaymentPlatform;
    logger: Logger;
    rules: RefundRules;
    currency: Amount['currency'];
    random: () => number;
    newKey: () => string;
    status: () => EngineStatus;
    posId: () => string | null;
    storeId: () => string | null;
    /** Nothing that spends time starts before the boot's token call. */
    mayWork: () => boolean;
    attendOrder: (orderId: string, origin: Origin) => void;
    guarded: (act: () => void) => void;
    onEnded: () => void;
    onJournalFault: (error: unknown) => void;
  },
  tickets: Tickets,
) {
  const { ledger, clock } = world;
  const { refunds } = ledger;
  const sightings = createRefundSightings(world);
  const attendants = createAttendants({
    create: (id, origin) =>
      createRefundWorker(
        { ...world, sightings, attend: (other, how) => void attendants.attend(other, how) },
        id,
        origin,
      ),
    isOpen: refunds.isOpen,
    mayWork: world.mayWork,
    guarded: world.guarded,
    onEnded: world.onEnded,
  });
  const commands = createRefundCommands(
    {
      ...world,
      targets: createRefundTargets({ ...world, capturedPayments: createCapturedPayments(world) }),
      attend: (id, origin) => void attendants.attend(id, origin),
      confirm: attendants.confirm,
    },
    tickets,
  );

  /** What is to be undone comes first, since doing nothing pays it out. */
  function mostUrgentFirst(one: Refund, other: Refund): number {
    return Number(other.intent === 'cancel') - Number(one.intent === 'cancel');
  }

  return {
    commands,
    kick: attendants.kick,
    stop(): void {
      sightings.stop();
      attendants.stop();
    },
    ended: attendants.ended,
    standStill: attendants.standStill,

    /** The token is there: what an earlier boot left unsettled is settled. */
    settleOpen(): void {
      for (const { refundOrderId } of refunds.open().sort(mostUrgentFirst)) {
        attendants.attend(refundOrderId, 'recovered');
      }
    },

    /** The refund the state speaks of: the newest unsettled one, or the last that changed. */
    inHand(): StateRefund | null {
      const newest = refunds.open().at(-1) ?? refunds.lastMoved();
      return newest === undefined ? null : stateRefundOf(newest);
    },

    /** Rule 11: to be asked every now and then. */
    isAnyOverdue(): boolean {
      const now = clock.now();
      return refunds
        .open()
        .some((refund) => now >= (overdueAt(refund) ?? Number.POSITIVE_INFINITY));
    },
  };
}
export type Refunds = ReturnType<typeof createRefunds>;
