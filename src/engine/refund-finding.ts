import type { Polled } from '../ports.ts';
import type { SeenRefund } from '../refund/events.ts';
import type { Refund } from '../refund/refund.ts';
import { isSameRefund } from '../refund/verdicts.ts';
import type { RefundContext } from './refund-context.ts';

/** Looks for one refund among those of its payment (rule 11). */
export function createRefundFinding(context: RefundContext) {
  const { world, pace, signal } = context;
  const { platform, ledger } = world;
  /** Looked at and not ours: a refund never changes what it is about. */
  const others = new Set<string>();

  /** It has a worker of its own, which may be asking (rule 9). */
  function isAttended(refundId: string): boolean {
    return ledger.refunds.open().some((refund) => refund.refundId === refundId);
  }

  /** One that was given up turns out to exist: it was told as declined, so it goes. */
  function noteOther(seen: SeenRefund): void {
    others.add(seen.refundId);
    const given = ledger.refunds.get(seen.refundOrderId);
    if (given?.state !== 'absent' || !isSameRefund(given, seen)) return;
    ledger.refunds.apply({ id: seen.refundOrderId, events: [{ type: 'observed', seen }] });
    world.attend(seen.refundOrderId, 'recovered');
  }

  return async function find(
    refund: Refund,
    paymentId: string,
  ): Promise<Polled<SeenRefund> | 'nothing' | 'unanswered'> {
    const listed = await platform.findRefunds(paymentId, { signal });
    pace.heed(listed);
    if (listed.kind !== 'ok') return 'unanswered';
    for (const refundId of listed.value.toReversed()) {
      if (others.has(refundId) || isAttended(refundId)) continue;
      const got = await platform.getRefund(refundId, { signal });
      pace.heed(got);
      if (got.kind !== 'ok') return 'unanswered';
      const { value: seen } = got.value;
      if (isSameRefund(refund, seen)) return got.value;
      noteOther(seen);
    }
    return 'nothing';
  };
}
