import type { Amount } from '../../src/contract/money.ts';
import type { PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { PersonalData, SeenPayment } from '../../src/payment/events.ts';
import type { Checkin, NewPos, Pos, Store } from '../../src/ports.ts';
import { createFakeRefunds } from './fake-refunds.ts';

/** A payment as MobilePay holds it, whatever the terminal knows of it. */
export interface HeldPayment {
  paymentId: string;
  orderId: string;
  posId: string;
  /** Null until a prepared payment is made ready. */
  amount: Amount | null;
  status: PlatformStatus;
  partialCapturePossible: boolean | null;
  personal: PersonalData;
  capturedAmount: Amount | null;
  /** Every status it has had, for the truth of what the register was told. */
  past: PlatformStatus[];
  foreign: boolean;
  /** It is listed, but another integrator's: nobody else may look at it. */
  closed: boolean;
}

/** What MobilePay does with a request that reaches it. */
export type Deed<T> = { done: T } | { refused: string };

const active: ReadonlySet<PlatformStatus> = new Set([
  'Prepared',
  'Initiated',
  'Paired',
  'IssuedToUser',
]);

function amountIn(body: string): Amount {
  const { amount, currencyCode } = JSON.parse(body);
  return { currency: currencyCode, value: Math.round(amount * 100) };
}

/** MobilePay's side, by the rules of PoS V10. It outlives every boot of the terminal. */
export function createFakeMobilePay() {
  const payments: HeldPayment[] = [];
  const creates = new Map<string, { body: string; paymentId: string }>();
  const poses: Pos[] = [];
  const posCreates = new Map<string, string>();
  /** Who is checked in, by posId. */
  const customers = new Map<string, Checkin>();
  const stores: Store[] = [
    { storeId: 'store-1', name: 'Shop', brandId: 'POSDK12345', locationId: '10001' },
  ];
  let count = 0;
  let posCount = 0;

  function move(payment: HeldPayment, status: PlatformStatus): void {
    payment.status = status;
    payment.past.push(status);
  }

  function hold(more: Partial<HeldPayment> & { orderId: string }): HeldPayment {
    count += 1;
    const payment: HeldPayment = {
      paymentId: `payment-${count}`,
      posId: 'pos-1',
      amount: { currency: 'DKK', value: 1250 },
      status: 'Initiated',
      partialCapturePossible: null,
      personal: { loyaltyIds: null, customerToken: null, customerReceiptToken: null },
      capturedAmount: null,
      past: [],
      foreign: false,
      closed: false,
      ...more,
    };
    move(payment, payment.status);
    payments.push(payment);
    return payment;
  }

  function byId(paymentId: string): HeldPayment | undefined {
    return payments.find((payment) => payment.paymentId === paymentId);
  }

  /** The newest payment of an order. */
  function of(orderId: string): HeldPayment {
    const payment = payments.findLast((held) => held.orderId === orderId);
    if (payment === undefined) throw new Error(`MobilePay holds no payment for ${orderId}`);
    return payment;
  }

  function customer(orderId: string, from: PlatformStatus[], to: PlatformStatus): void {
    const payment = of(orderId);
    if (!from.includes(payment.status)) {
      throw new Error(`${orderId} is ${payment.status}: the customer cannot make it ${to}`);
    }
    if (to === 'Reserved') payment.partialCapturePossible ??= true;
    move(payment, to);
  }

  /**
   * The same key again answers the same; whatever else stands on the PoS is in the way. `births`:
   * the state it is born in without and with a customer who is there already.
   */
  function create(
    key: string,
    body: string,
    births: [PlatformStatus, PlatformStatus],
    amount: Amount | null,
  ): Deed<{ paymentId: string }> {
    const before = creates.get(key);
    if (before !== undefined) {
      return before.body === body ? { done: { paymentId: before.paymentId } } : { refused: '1306' };
    }
    const { posId, orderId } = JSON.parse(body);
    if (!poses.some((pos) => pos.posId === posId)) return { refused: '1000' };
    if (payments.some((held) => held.posId === posId && active.has(held.status))) {
      return { refused: '1301' };
    }
    const status = births[customers.has(posId) ? 1 : 0];
    const { paymentId } = hold({ posId, orderId, amount, status });
    creates.set(key, { body, paymentId });
    return { done: { paymentId } };
  }

  return {
    payments,
    refunds: createFakeRefunds(payments),
    poses,
    stores,
    of,
    hold,
    held: (orderId: string): HeldPayment[] => payments.filter((held) => held.orderId === orderId),
    has: (orderId: string): boolean => payments.some((held) => held.orderId === orderId),

    // ---------------------------------------------------------- what people do

    /** A customer checks in before there is a payment. */
    arrive(who: Partial<Checkin> = {}, posId = 'pos-1'): void {
      const nobody = { loyaltyIds: null, customerToken: null, customerReceiptToken: null };
      customers.set(posId, { ...nobody, ...who, checkedIn: true });
    },
    leave: (posId = 'pos-1'): void => void customers.delete(posId),
    checkIn(orderId: string): void {
      const prepared = of(orderId).status === 'Prepared';
      customer(orderId, ['Prepared', 'Initiated'], prepared ? 'Paired' : 'IssuedToUser');
    },
    /** What MobilePay knows of the customer of a payment; null: not looked up yet. */
    know(orderId: string, personal: Partial<PersonalData>): void {
      of(orderId).personal = { ...of(orderId).personal, ...personal };
    },
    accept: (orderId: string) => customer(orderId, ['Initiated', 'IssuedToUser'], 'Reserved'),
    refuse: (orderId: string) => customer(orderId, ['Paired', 'IssuedToUser'], 'CancelledByUser'),
    giveUp: (orderId: string) => customer(orderId, [...active], 'CancelledByMobilePay'),
    expire: (orderId: string) => customer(orderId, ['Reserved'], 'ExpiredAndCancelled'),
    captureElsewhere(orderId: string): void {
      customer(orderId, ['Reserved'], 'Captured');
      of(orderId).capturedAmount = of(orderId).amount;
    },

    // ---------------------------------------------------------- what requests do

    create: (key: string, body: string): Deed<{ paymentId: string }> =>
      create(key, body, ['Initiated', 'IssuedToUser'], amountIn(body)),

    prepare: (key: string, body: string): Deed<{ paymentId: string }> =>
      create(key, body, ['Prepared', 'Paired'], null),

    ready(paymentId: string, body: string): Deed<void> {
      const payment = byId(paymentId);
      if (payment === undefined) return { refused: '1001' };
      const { status } = payment;
      if (status !== 'Prepared' && status !== 'Paired') return { refused: '1303' };
      payment.amount = amountIn(body);
      move(payment, status === 'Paired' ? 'IssuedToUser' : 'Initiated');
      return { done: undefined };
    },

    get(paymentId: string): Deed<SeenPayment> {
      const payment = byId(paymentId);
      if (payment === undefined) return { refused: '1001' };
      if (payment.closed) return { refused: '1401' };
      const { orderId, posId, status, amount, partialCapturePossible, personal } = payment;
      return {
        done: {
          paymentId,
          orderId,
          posId,
          status,
          amount,
          partialCapturePossible: status === 'Reserved' ? partialCapturePossible : null,
          expiresAt: null,
          personal,
        },
      };
    },

    find(filter: { posId?: string; orderId?: string; state?: 'Captured' }): Deed<string[]> {
      if (filter.posId === undefined && filter.orderId === undefined) return { refused: '1109' };
      return {
        done: payments
          .filter(
            ({ posId, orderId, status }) =>
              (filter.posId === undefined || filter.posId === posId) &&
              (filter.orderId === undefined || filter.orderId === orderId) &&
              (filter.state === undefined
                ? active.has(status) || status === 'Reserved'
                : status === 'Captured'),
          )
          .map(({ paymentId }) => paymentId),
      };
    },

    capture(paymentId: string, amount: Amount): Deed<void> {
      const payment = byId(paymentId);
      if (payment === undefined) return { refused: '1001' };
      if (payment.status === 'Captured') {
        return payment.capturedAmount?.value === amount.value
          ? { done: undefined }
          : { refused: '1307' };
      }
      if (payment.status !== 'Reserved') return { refused: '1304' };
      const held = payment.amount?.value ?? 0;
      if (amount.value > held) return { refused: '1305' };
      if (amount.value < held && payment.partialCapturePossible === false) {
        return { refused: '1308' };
      }
      payment.capturedAmount = amount;
      move(payment, 'Captured');
      return { done: undefined };
    },

    cancel(paymentId: string): Deed<void> {
      const payment = byId(paymentId);
      if (payment === undefined) return { refused: '1001' };
      if (!active.has(payment.status) && payment.status !== 'Reserved') return { refused: '1300' };
      move(payment, 'CancelledByClient');
      return { done: undefined };
    },

    checkin(posId: string): Deed<Checkin> {
      if (!poses.some((pos) => pos.posId === posId)) return { refused: '1000' };
      const nobody = {
        checkedIn: false,
        loyaltyIds: null,
        customerToken: null,
        customerReceiptToken: null,
      };
      return { done: customers.get(posId) ?? nobody };
    },

    createPos(wanted: NewPos, key: string): Deed<{ posId: string }> {
      const before = posCreates.get(key);
      if (before !== undefined) return { done: { posId: before } };
      if (poses.some((pos) => pos.merchantPosId === wanted.merchantPosId)) {
        return { refused: '1200' };
      }
      posCount += 1;
      const beaconId =
        wanted.beaconId ??
        (posCount === 1
          ? '123456789012345'
          : `00000000-0000-4000-8000-${`${posCount}`.padStart(12, '0')}`);
      if (poses.some((pos) => pos.beaconId.toLowerCase() === beaconId.toLowerCase())) {
        return { refused: '1202' };
      }
      const posId = `pos-${posCount}`;
      poses.push({
        callbackAlias: null,
        requirePaymentBeforeCheckin: false,
        ...wanted,
        beaconId,
        posId,
      });
      posCreates.set(key, posId);
      return { done: { posId } };
    },

    deletePos(posId: string): Deed<void> {
      const index = poses.findIndex((pos) => pos.posId === posId);
      if (index !== -1) poses.splice(index, 1);
      return { done: undefined };
    },

    /** What a well-behaved client waits for before it deletes a PoS. */
    holdsMoneyOn: (posId: string): boolean =>
      payments.some(
        (held) => held.posId === posId && (active.has(held.status) || held.status === 'Reserved'),
      ),
  };
}
export type FakeMobilePay = ReturnType<typeof createFakeMobilePay>;
