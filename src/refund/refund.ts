import type { Amount } from '../contract/money.ts';
import type { RefundDeclineReason, RefundStatus } from '../contract/refund-snapshot.ts';
import type { EpochMs, Refusal } from '../payment/events.ts';

/** Where a refund stands: MobilePay's word, once it has one, and ours before and beside it. */
export const refundStates = [
  /** Nothing is journalled for this refund. */
  'none',
  /** Journalled; a create may have left; no answer says that the refund exists. */
  'creating',
  /** Cancelled before this terminal began it: a start of it is refused. */
  'barred',
  /** Proven or concluded: MobilePay has no such refund. */
  'absent',
  'Initiated',
  'Reserved',
  'Captured',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCaptured',
] as const satisfies readonly (RefundStatus | 'none' | 'creating' | 'barred' | 'absent')[];
export type RefundState = (typeof refundStates)[number];

/** How a create of ours went out, and what must be the same when it goes out again. */
export interface RefundCreate {
  idempotencyKey: string;
  body: string;
  startedAt: EpochMs;
  repeatUntil: EpochMs;
  commandId: string | null;
}

/** One refund: the fold of its events. */
export interface Refund {
  state: RefundState;
  refundOrderId: string;
  orderId: string | null;
  /** Known from the start; null only where nothing was started. */
  paymentId: string | null;
  refundId: string | null;
  amount: Amount | null;
  create: RefundCreate | null;
  autoCapture: boolean;
  /** Always of the whole refund: MobilePay captures no part of one. */
  intent: 'capture' | 'cancel' | null;
  /** Why nothing is paid out, once that is so. */
  reason: RefundDeclineReason | null;
  /** The newest coded "no" of MobilePay, for the reply and the support desk. */
  refusal: Refusal | null;
  reservedAt: EpochMs | null;
  /** When MobilePay pays a reserved refund out by itself, at the earliest. */
  paysOutAt: EpochMs | null;
  confirmedAt: EpochMs | null;
  /** An attempt to create it may have reached MobilePay: no later "no" is proof. */
  createAmbiguous: boolean;
  /** Every attempt to create it died before a byte left. */
  confirmedUnsent: boolean;
  /** Counts the events of this refund. */
  revision: number;
}

/** A refund of which nothing is known. */
export function unknownRefund(refundOrderId: string): Refund {
  return {
    state: 'none',
    refundOrderId,
    orderId: null,
    paymentId: null,
    refundId: null,
    amount: null,
    create: null,
    autoCapture: false,
    intent: null,
    reason: null,
    refusal: null,
    reservedAt: null,
    paysOutAt: null,
    confirmedAt: null,
    createAmbiguous: false,
    confirmedUnsent: false,
    revision: 0,
  };
}

/** Nothing more will happen, and nothing more is owed. */
export function isSettled(refund: Refund): boolean {
  switch (refund.state) {
    case 'none':
    case 'creating':
    case 'Initiated':
    case 'Reserved':
      return false;
    case 'barred':
    case 'absent':
    case 'Captured':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCaptured':
      return true;
  }
}

/** The customer has the money. */
export function isPaidOut(refund: Refund): boolean {
  return refund.state === 'Captured' || refund.state === 'ExpiredAndCaptured';
}

/** MobilePay's own word, or null while it is not known to have one. */
export function platformStatusOf(refund: Refund): RefundStatus | null {
  switch (refund.state) {
    case 'none':
    case 'creating':
    case 'barred':
    case 'absent':
      return null;
    default:
      return refund.state;
  }
}
