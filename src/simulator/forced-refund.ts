import { moveRefundTo, type Refund } from './refund.ts';
import type { RefundStatus } from './refund-states.ts';
import type { World } from './world.ts';

/** Moves a refund into any state, whether the platform would or not. */
export function forceRefundStatus(world: World, refundId: string, status: RefundStatus): Refund {
  const refund = world.refund(refundId);
  if (refund === undefined) throw new Error(`there is no refund ${refundId}`);
  const forced = moveRefundTo(refund, status, world.nowMs(), world.settings.refundTimes);
  world.putRefund(forced);
  world.commit();
  return forced;
}
