import type { Amount } from '../../src/contract/money.ts';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { RefundStatus } from '../../src/contract/refund-snapshot.ts';
import type { SeenRefund } from '../../src/refund/events.ts';

/** A refund as MobilePay holds it, whatever the terminal knows of it. */
export interface HeldRefund {
  refundId: string;
  paymentId: string;
  refundOrderId: string;
  amount: Amount;
  status: RefundStatus;
  /** Every status it has had, for the truth of what the register was told. */
  past: RefundStatus[];
  createdAtMs: number;
  reservedAtMs: number | null;
  /** It is listed, but another integrator's: nobody else may look at it. */
  closed: boolean;
}

type Deed<T> = { done: T } | { refused: string };
interface Payment {
  paymentId: string;
  status: PlatformStatus;
  amount: Amount | null;
  capturedAmount: Amount | null;
}

const DAY_MS = 24 * 3_600_000;
const holdsMoney = ({ status }: HeldRefund): boolean =>
  status !== 'CancelledByClient' && status !== 'CancelledByMobilePay';

/** Refunds on MobilePay's side, by the rules of PoS V10: what nobody touches for a day is paid out. */
export function createFakeRefunds(payments: readonly Payment[]) {
  const refunds: HeldRefund[] = [];
  const creates = new Map<string, { body: string; refundId: string }>();

  function move(refund: HeldRefund, status: RefundStatus): void {
    refund.status = status;
    refund.past.push(status);
  }

  /** What has come to pass with time. */
  function passTime(refund: HeldRefund): void {
    const reservedAtMs = refund.createdAtMs + fake.reservedAfterMs;
    if (refund.status === 'Initiated' && Date.now() >= reservedAtMs) {
      refund.reservedAtMs = reservedAtMs;
      move(refund, 'Reserved');
    }
    if (refund.status === 'Reserved' && Date.now() >= (refund.reservedAtMs ?? 0) + DAY_MS) {
      move(refund, 'ExpiredAndCaptured');
    }
  }

  function byId(refundId: string): HeldRefund | undefined {
    const refund = refunds.find((held) => held.refundId === refundId);
    if (refund !== undefined) passTime(refund);
    return refund;
  }

  function hold(more: Pick<HeldRefund, 'paymentId' | 'refundOrderId'> & Partial<HeldRefund>) {
    const refund: HeldRefund = {
      refundId: `refund-id-${refunds.length + 1}`,
      amount: { currency: 'DKK', value: 500 },
      status: 'Initiated',
      past: [],
      createdAtMs: Date.now(),
      reservedAtMs: null,
      closed: false,
      ...more,
    };
    move(refund, refund.status);
    refunds.push(refund);
    return refund;
  }

  function refusalOf(paymentId: string, amount: Amount): string | undefined {
    const payment = payments.find((held) => held.paymentId === paymentId);
    if (payment === undefined) return '1001';
    if (payment.status !== 'Captured') return '1354';
    const taken = payment.capturedAmount ?? payment.amount;
    if (taken?.currency !== amount.currency) return '1365';
    if (fake.tooOld) return '1366';
    const held = refunds
      .filter((refund) => refund.paymentId === paymentId && holdsMoney(refund))
      .reduce((sum, refund) => sum + refund.amount.value, 0);
    if (held + amount.value > taken.value) return '1367';
    return amount.value > fake.balance ? '1368' : undefined;
  }

  const fake = {
    refunds,
    hold,
    /** How long MobilePay takes to reserve one. */
    reservedAfterMs: 300,
    tooOld: false,
    /** Of the store, in minor units. */
    balance: Number.POSITIVE_INFINITY,

    held: (refundOrderId: string): HeldRefund[] =>
      refunds.filter((refund) => refund.refundOrderId === refundOrderId),
    of(refundOrderId: string): HeldRefund {
      const refund = refunds.findLast((held) => held.refundOrderId === refundOrderId);
      if (refund === undefined) throw new Error(`MobilePay holds no refund ${refundOrderId}`);
      passTime(refund);
      return refund;
    },
    /** MobilePay gives it up, or another client does something about it. */
    end: (refundOrderId: string, status: RefundStatus): void =>
      move(fake.of(refundOrderId), status),

    create(key: string, body: string): Deed<{ refundId: string }> {
      const before = creates.get(key);
      if (before !== undefined) {
        return before.body === body ? { done: { refundId: before.refundId } } : { refused: '1306' };
      }
      const { paymentId, refundOrderId, amount: decimal, currencyCode } = JSON.parse(body);
      const amount: Amount = { currency: currencyCode, value: Math.round(decimal * 100) };
      const refused = refusalOf(paymentId, amount);
      if (refused !== undefined) return { refused };
      const { refundId } = hold({ paymentId, refundOrderId, amount });
      creates.set(key, { body, refundId });
      return { done: { refundId } };
    },

    get(refundId: string): Deed<SeenRefund> {
      const refund = byId(refundId);
      if (refund === undefined) return { refused: '1004' };
      if (refund.closed) return { refused: '1402' };
      const { paymentId, refundOrderId, status, amount } = refund;
      return { done: { refundId, paymentId, refundOrderId, status, amount } };
    },

    find: (paymentId: string): Deed<string[]> => ({
      done: refunds
        .filter((refund) => refund.paymentId === paymentId)
        .map(({ refundId }) => refundId),
    }),

    capture(refundId: string): Deed<void> {
      const refund = byId(refundId);
      if (refund === undefined) return { refused: '1004' };
      if (refund.status === 'Captured') return { done: undefined };
      if (refund.status !== 'Reserved') return { refused: '1351' };
      move(refund, 'Captured');
      return { done: undefined };
    },

    cancel(refundId: string): Deed<void> {
      const refund = byId(refundId);
      if (refund === undefined) return { refused: '1004' };
      if (refund.status !== 'Initiated' && refund.status !== 'Reserved') return { refused: '1352' };
      move(refund, 'CancelledByClient');
      return { done: undefined };
    },
  };
  return fake;
}
