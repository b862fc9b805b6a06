import type { Amount } from '../../src/contract/money.ts';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { SeenPayment } from '../../src/payment/events.ts';
import { isActive } from '../../src/payment/payment.ts';
import { noPersonalData, refusal } from './samples.ts';

export interface HeldPayment {
  paymentId: string;
  orderId: string;
  posId: string;
  /** Null until a prepared payment is made ready. */
  amount: Amount | null;
  status: PlatformStatus;
  capturedAmount: Amount | null;
}

export type Answer<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'refused'; refusal: ReturnType<typeof refusal> };

/** More than this MobilePay does not take. */
const MOST = 1_000_000;

/** The few promises of PoS V10 that money depends on, in memory. No clock, no faults. */
export function createFakeMobilePay(options: { partialCapturePossible: boolean }) {
  const payments: HeldPayment[] = [];
  const idOfKey = new Map<string, string>();

  const ok = <T>(value: T): Answer<T> => ({ kind: 'ok', value });
  const no = (code: string): Answer<never> => ({ kind: 'refused', refusal: refusal(code) });

  function place(payment: Omit<HeldPayment, 'paymentId' | 'capturedAmount'>): HeldPayment {
    const paymentId = `payment-${payments.length + 1}`;
    const held = { ...payment, paymentId, capturedAmount: null };
    payments.push(held);
    return held;
  }

  function held(paymentId: string): HeldPayment {
    const payment = payments.find((candidate) => candidate.paymentId === paymentId);
    if (payment === undefined) throw new Error(`nobody made ${paymentId}`);
    return payment;
  }

  function see(payment: HeldPayment): SeenPayment {
    const { paymentId, orderId, posId, amount, status } = payment;
    const partial = status === 'Reserved' ? options.partialCapturePossible : null;
    const personal = noPersonalData;
    return {
      paymentId,
      orderId,
      posId,
      amount,
      status,
      partialCapturePossible: partial,
      expiresAt: null,
      personal,
    };
  }

  return {
    payments,
    place,
    blocked: (posId: string) =>
      payments.some((payment) => payment.posId === posId && isActive(payment.status)),

    /** Of a start, or without an amount of a prepared payment. */
    create(
      key: string,
      order: { orderId: string; posId: string; amount: Amount | null },
    ): Answer<string> {
      const made = idOfKey.get(key);
      if (made !== undefined) return ok(made);
      if (payments.some(({ posId, status }) => posId === order.posId && isActive(status))) {
        return no('1301');
      }
      const status = order.amount === null ? 'Prepared' : 'Initiated';
      const { paymentId } = place({ ...order, status });
      idOfKey.set(key, paymentId);
      return ok(paymentId);
    },

    ready(paymentId: string, amount: Amount): Answer<void> {
      const payment = held(paymentId);
      if (amount.value > MOST) return no('1102');
      if (payment.status !== 'Prepared' && payment.status !== 'Paired') return no('1303');
      payment.status = payment.status === 'Paired' ? 'IssuedToUser' : 'Initiated';
      payment.amount = amount;
      return ok(undefined);
    },

    get: (paymentId: string): Answer<SeenPayment> => ok(see(held(paymentId))),

    /** Active and reserved ones only; an orderId finds its latest payment. */
    find(filter: { posId: string; orderId?: string }): Answer<SeenPayment[]> {
      const listed = payments.filter(
        ({ posId, orderId, status }) =>
          posId === filter.posId &&
          (filter.orderId === undefined || orderId === filter.orderId) &&
          (isActive(status) || status === 'Reserved'),
      );
      return ok((filter.orderId === undefined ? listed : listed.slice(-1)).map(see));
    },

    capture(paymentId: string, amount: Amount): Answer<void> {
      const payment = held(paymentId);
      if (payment.status === 'Captured') {
        return payment.capturedAmount?.value === amount.value ? ok(undefined) : no('1307');
      }
      if (payment.status !== 'Reserved') return no('1304');
      const most = payment.amount?.value ?? 0;
      if (amount.value > most) return no('1305');
      if (amount.value < most && !options.partialCapturePossible) return no('1308');
      payment.status = 'Captured';
      payment.capturedAmount = amount;
      return ok(undefined);
    },

    cancel(paymentId: string): Answer<void> {
      const payment = held(paymentId);
      if (payment.status === 'CancelledByClient') return ok(undefined);
      if (payment.status !== 'Reserved' && !isActive(payment.status)) return no('1300');
      payment.status = 'CancelledByClient';
      return ok(undefined);
    },

    /** Moves every payment of the order that stands in `from`. */
    nudge(orderId: string, from: readonly PlatformStatus[], to: PlatformStatus): void {
      for (const payment of payments) {
        if (payment.orderId === orderId && from.includes(payment.status)) payment.status = to;
      }
    },
  };
}
export type FakeMobilePay = ReturnType<typeof createFakeMobilePay>;
