import { captureDueAt } from '../payment/capture-reminder.ts';
import { createAttendants } from './attendants.ts';
import { createBusyPos } from './busy-pos.ts';
import { after } from './look-up.ts';
import type { WorkerWorld } from './order-context.ts';
import { createOrderWorker } from './order-worker.ts';
import type { PaymentCommandsWorld } from './payment-commands.ts';
import { createPaymentCommands } from './payment-commands.ts';
import type { Tickets } from './tickets.ts';
import type { Origin } from './work.ts';

/** Everything about payments: their commands, their workers, and the alarm when a capture is late. */
export function createPayments(
  world: Omit<PaymentCommandsWorld, 'attend' | 'confirm'> &
    Omit<WorkerWorld, 'busyPos'> & {
      /** Nothing that spends time starts before the boot's token call. */
      mayWork: () => boolean;
      guarded: (act: () => void) => void;
      onAttended: () => void;
      onEnded: () => void;
    },
  tickets: Tickets,
) {
  const { ledger, clock } = world;
  const busyPos = createBusyPos({
    ...world,
    now: () => clock.now(),
    async hurry(orderId, timeoutMs, pollDelayMs) {
      const origin = pollDelayMs === null ? 'recovered' : { pollDelayMs };
      const worker = attendants.attend(orderId, origin);
      if (worker === undefined) return;
      await Promise.race([worker.ended, new Promise<void>((resolve) => after(timeoutMs, resolve))]);
    },
  });
  const attendants = createAttendants({
    create: (orderId, origin) => createOrderWorker({ ...world, busyPos }, orderId, origin),
    isOpen: ledger.payments.isOpen,
    mayWork: world.mayWork,
    guarded: world.guarded,
    onEnded: world.onEnded,
  });

  /** Gives the order a worker, or wakes the one it has. */
  function attend(orderId: string, origin: Origin): void {
    world.onAttended();
    attendants.attend(orderId, origin);
  }

  return {
    commands: createPaymentCommands({ ...world, attend, confirm: attendants.confirm }, tickets),
    attend,
    kick: attendants.kick,
    stop: attendants.stop,
    ended: attendants.ended,
    standStill: attendants.standStill,

    /**
     * The token is there: what an earlier boot left unsettled is settled. Resolves when MobilePay has
     * been asked once about each.
     */
    async settleOpen(): Promise<void> {
      for (const { orderId } of ledger.openPayments()) attend(orderId, 'recovered');
      await attendants.looked();
    },

    /** What is reserved waits too long for its capture. To be asked every now and then. */
    isAnyOverdue(): boolean {
      const now = clock.now();
      return ledger.openPayments().some((payment) => captureDueAt(payment) <= now);
    },
  };
}
