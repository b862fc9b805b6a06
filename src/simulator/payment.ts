import type { PaymentAction, PaymentStatus } from './payment-states.ts';
import { isActive, nextStatus } from './payment-states.ts';

/** How long an active payment may idle, and how long a reservation lives. */
export interface Lifetimes {
  activeMs: number;
  reservedMs: number;
}

/** Who stands at the point of sale, as the merchant may know them. */
export interface Customer {
  phoneNumber: string;
  customerToken: string;
  /** Empty: this customer has none. */
  customerReceiptToken: string;
  loyaltyIds: string[];
  checkedInAtMs: number;
}

export type CardKind = 'debit' | 'credit';

export interface Restrictions {
  debitCardDisallowed: boolean;
  creditCardDisallowed: boolean;
}

export interface PaymentTerms {
  amountMinorUnits: number;
  currencyCode: 'DKK' | 'EUR';
  plannedCaptureDelay: 'None' | 'LessThan24Hours' | 'LessThan14Days';
  restrictions: Restrictions | null;
  merchantPaymentLabel: string | null;
}

/** A payment as the platform holds it; never changed, only replaced. */
export interface Payment {
  paymentId: string;
  posId: string;
  /** Who is paid; a point of sale may be deleted before its payments are settled. */
  storeId: string;
  orderId: string;
  clientId: string;
  merchantVat: string;
  status: PaymentStatus;
  /** Null until a prepared payment is made ready. */
  terms: PaymentTerms | null;
  customer: Customer | null;
  capturedMinorUnits: number | null;
  partialCapturePossible: boolean;
  /** When it lapses; null once it has ended. */
  expiresAtMs: number | null;
  history: { status: PaymentStatus; atMs: number }[];
}

function expiry(status: PaymentStatus, nowMs: number, lifetimes: Lifetimes): number | null {
  if (isActive(status)) return nowMs + lifetimes.activeMs;
  return status === 'Reserved' ? nowMs + lifetimes.reservedMs : null;
}

/** The payment in another state, with its new expiry and the move in its history. */
export function moveTo(
  payment: Payment,
  status: PaymentStatus,
  nowMs: number,
  lifetimes: Lifetimes,
): Payment {
  return {
    ...payment,
    status,
    expiresAtMs: expiry(status, nowMs, lifetimes),
    history: [...payment.history, { status, atMs: nowMs }],
  };
}

/** The payment after an action, or undefined when its state does not allow that. */
export function act(
  payment: Payment,
  action: PaymentAction,
  nowMs: number,
  lifetimes: Lifetimes,
): Payment | undefined {
  const status = nextStatus(payment.status, action);
  return status === undefined ? undefined : moveTo(payment, status, nowMs, lifetimes);
}

/** The payment as time has left it: what has passed its expiry has lapsed at that instant. */
export function lapse(payment: Payment, nowMs: number, lifetimes: Lifetimes): Payment {
  if (payment.expiresAtMs === null || nowMs < payment.expiresAtMs) return payment;
  return act(payment, 'lapse', payment.expiresAtMs, lifetimes) ?? payment;
}
