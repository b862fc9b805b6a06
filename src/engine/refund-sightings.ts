import type { CallResult, PaymentPlatform, Polled } from '../ports.ts';
import type { SeenRefund } from '../refund/events.ts';
import type { Ledger } from './ledger.ts';
import { isOfAnother } from './look-up.ts';

type Sightings = CallResult<Polled<SeenRefund>[]>;

/** So many refunds are remembered: far more than one payment has. */
const MOST_KNOWN = 500;

/**
 * What MobilePay's refunds of a payment are about, looked at once each, for all refunds of ours
 * that are sought among them (rule 11). What one is about never changes; where it stands may.
 */
export function createRefundSightings(world: { ledger: Ledger; platform: PaymentPlatform }) {
  const { ledger, platform } = world;
  const known = new Map<string, Polled<SeenRefund>>();
  const underWay = new Map<string, Promise<Sightings>>();
  const aborter = new AbortController();

  /** It has a worker of its own, which asks about it (rule 9). */
  function isAttended(refundId: string): boolean {
    return ledger.refunds.open().some((refund) => refund.refundId === refundId);
  }

  function remember(refundId: string, polled: Polled<SeenRefund>): void {
    const [oldest] = known.keys();
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.set(refundId, polled);
  }

  async function look(paymentId: string): Promise<Sightings> {
    const { signal } = aborter;
    const listed = await platform.findRefunds(paymentId, { signal });
    if (listed.kind !== 'ok') return listed;
    const value: Polled<SeenRefund>[] = [];
    for (const refundId of listed.value) {
      if (isAttended(refundId)) continue;
      const before = known.get(refundId);
      const got = before ?? (await platform.getRefund(refundId, { signal }));
      if ('kind' in got && isOfAnother(got)) continue;
      if ('kind' in got && got.kind !== 'ok') return got;
      const polled = 'kind' in got ? got.value : got;
      remember(refundId, polled);
      value.push(polled);
    }
    return { ...listed, value };
  }

  return {
    /** The payment's refunds but for those that are attended; one look at a time, shared. */
    of(paymentId: string): Promise<Sightings> {
      const shared =
        underWay.get(paymentId) ?? look(paymentId).finally(() => underWay.delete(paymentId));
      underWay.set(paymentId, shared);
      return shared;
    },
    stop: (): void => aborter.abort(),
  };
}
export type RefundSightings = ReturnType<typeof createRefundSightings>;
