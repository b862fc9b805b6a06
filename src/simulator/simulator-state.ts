import type { Fault } from './faults.ts';
import type { Notification } from './notifier.ts';
import type { Payment } from './payment.ts';
import type { Platform } from './platform.ts';
import type { Pos } from './pos.ts';
import type { Refund } from './refund.ts';
import type { ScriptedStep } from './script-runner.ts';
import type { Store } from './stores.ts';
import type { Violation } from './violations.ts';

/** Everything a test or a page may want to see, as plain data. Holds no secret. */
export interface SimulatorState {
  now: string;
  stores: (Store & { balanceMinorUnits: number })[];
  pos: (Pos & { customerCheckedIn: boolean; phoneNumber: string | null })[];
  payments: Payment[];
  refunds: Refund[];
  violations: Violation[];
  notifications: Notification[];
  /** The steps of the fault script that are taken or wait for their call. */
  script: ScriptedStep[];
  /** Calls that arrived, by operation. */
  counts: Record<string, number>;
  faults: Fault[];
  network: string;
}

export function stateOf(platform: Platform): SimulatorState {
  const { world } = platform;
  const pos = world.findPos({}).map((one) => {
    const customer = world.customerAt(one.posId);
    return {
      ...one,
      customerCheckedIn: customer !== undefined,
      phoneNumber: customer?.phoneNumber ?? null,
    };
  });
  const state = {
    now: new Date(world.nowMs()).toISOString(),
    stores: world.stores.all().map((store) => ({
      ...store,
      balanceMinorUnits: world.stores.balanceOf(store.storeId),
    })),
    pos,
    payments: world.payments(),
    refunds: world.refunds(),
    violations: [...platform.violations],
    notifications: [...platform.notifier.all],
    script: platform.script.list(),
    counts: Object.fromEntries(platform.counts),
    faults: platform.faults.list(),
    network: platform.network.state,
  };
  world.commit();
  return state;
}
