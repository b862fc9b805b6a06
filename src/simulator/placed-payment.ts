import { randomUUID } from 'node:crypto';
import { checkInCustomer } from './customer.ts';
import { moveTo, type Payment } from './payment.ts';
import { isActive, type PaymentStatus } from './payment-states.ts';
import type { World } from './world.ts';

/** A payment put on a PoS by hand, as if another client had made it. */
export interface PaymentPlacement {
  posId: string;
  status: PaymentStatus;
  orderId?: string | undefined;
  /** Default 1000 (10.00). */
  amountMinorUnits?: number | undefined;
  currencyCode?: 'DKK' | 'EUR' | undefined;
  partialCapturePossible?: boolean | undefined;
}

/** Places a payment without any call, whatever else stands on the PoS. */
export function placePayment(world: World, placement: PaymentPlacement): Payment {
  const pos = world.pos(placement.posId);
  if (pos === undefined) throw new Error(`there is no point of sale ${placement.posId}`);
  const { status } = placement;
  const amountMinorUnits = placement.amountMinorUnits ?? 1000;
  const withCustomer = status !== 'Prepared' && status !== 'Initiated';
  const blank: Payment = {
    paymentId: randomUUID(),
    posId: pos.posId,
    storeId: pos.storeId,
    orderId: placement.orderId ?? `foreign-${randomUUID().slice(0, 8)}`,
    clientId: pos.clientId,
    merchantVat: pos.merchantVat,
    status,
    terms: {
      amountMinorUnits,
      currencyCode: placement.currencyCode ?? (pos.merchantVat.startsWith('FI') ? 'EUR' : 'DKK'),
      plannedCaptureDelay: 'None',
      restrictions: null,
      merchantPaymentLabel: null,
    },
    customer: withCustomer ? checkInCustomer('+4500000000', world.nowMs()) : null,
    capturedMinorUnits: status === 'Captured' ? amountMinorUnits : null,
    partialCapturePossible: placement.partialCapturePossible ?? true,
    expiresAtMs: null,
    history: [],
  };
  const payment = moveTo(blank, status, world.nowMs(), world.settings.lifetimes);
  world.put(payment);
  world.commit();
  return payment;
}

/** Moves a payment into any state, whether the platform would or not. */
export function forceStatus(world: World, paymentId: string, status: PaymentStatus): Payment {
  const payment = world.payment(paymentId);
  if (payment === undefined) throw new Error(`there is no payment ${paymentId}`);
  const moved = moveTo(payment, status, world.nowMs(), world.settings.lifetimes);
  const captured = payment.capturedMinorUnits ?? payment.terms?.amountMinorUnits ?? null;
  const forced = { ...moved, capturedMinorUnits: status === 'Captured' ? captured : null };
  world.put(forced);
  if (isActive(payment.status) && !isActive(status)) world.checkOut(payment.posId);
  world.commit();
  return forced;
}
