import type { RefundStatus } from '../../src/contract/refund-snapshot.ts';
import type { SeenRefund } from '../../src/refund/events.ts';
import { amount, HOUR_MS, paymentId, refundOrderId, refusal } from './samples.ts';

export type Answer<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'refused'; refusal: ReturnType<typeof refusal> };

interface HeldRefund {
  refundId: string;
  refundOrderId: string;
  status: RefundStatus;
  reservedAt: number | null;
  /** Every status it has had. */
  past: RefundStatus[];
}

/** The few promises of PoS V10 about refunds that money depends on, in memory. */
export function createFakeMobilePay(now: () => number, refuses: string | null) {
  const refunds: HeldRefund[] = [];
  const idOfKey = new Map<string, string>();

  const ok = <T>(value: T): Answer<T> => ({ kind: 'ok', value });
  const no = (code: string): Answer<never> => ({ kind: 'refused', refusal: refusal(code) });

  function move(refund: HeldRefund, status: RefundStatus): void {
    refund.status = status;
    refund.past.push(status);
    if (status === 'Reserved') refund.reservedAt = now();
  }

  function place(ofOrder: string, status: RefundStatus): HeldRefund {
    const refund: HeldRefund = {
      refundId: `refund-id-${refunds.length + 1}`,
      refundOrderId: ofOrder,
      status: 'Initiated',
      reservedAt: null,
      past: [],
    };
    move(refund, status);
    refunds.push(refund);
    return refund;
  }

  /** A reserved refund that is left alone for a day is paid out. */
  function lapse(): void {
    for (const refund of refunds) {
      if (refund.status === 'Reserved' && now() >= (refund.reservedAt ?? 0) + 24 * HOUR_MS) {
        move(refund, 'ExpiredAndCaptured');
      }
    }
  }

  function held(refundId: string): HeldRefund {
    lapse();
    const refund = refunds.find((candidate) => candidate.refundId === refundId);
    if (refund === undefined) throw new Error(`nobody made ${refundId}`);
    return refund;
  }

  return {
    refunds,
    place,
    lapse,
    ours: () => refunds.filter((refund) => refund.refundOrderId === refundOrderId),

    create(key: string): Answer<string> {
      const made = idOfKey.get(key);
      if (made !== undefined) return ok(made);
      if (refuses !== null) return no(refuses);
      const { refundId } = place(refundOrderId, 'Initiated');
      idOfKey.set(key, refundId);
      return ok(refundId);
    },

    get(refundId: string): Answer<SeenRefund> {
      const refund = held(refundId);
      const { status } = refund;
      return ok({ refundId, paymentId, refundOrderId: refund.refundOrderId, status, amount });
    },

    find: (): Answer<string[]> => ok(refunds.map(({ refundId }) => refundId)),

    capture(refundId: string): Answer<void> {
      const refund = held(refundId);
      if (refund.status === 'Captured') return ok(undefined);
      if (refund.status !== 'Reserved') return no('1351');
      move(refund, 'Captured');
      return ok(undefined);
    },

    cancel(refundId: string): Answer<void> {
      const refund = held(refundId);
      if (refund.status !== 'Reserved' && refund.status !== 'Initiated') return no('1352');
      move(refund, 'CancelledByClient');
      return ok(undefined);
    },

    /** MobilePay itself goes on with the refund. */
    nudge(to: 'Reserved' | 'CancelledByMobilePay'): void {
      for (const refund of refunds) if (refund.status === 'Initiated') move(refund, to);
    },
  };
}
export type FakeMobilePay = ReturnType<typeof createFakeMobilePay>;
