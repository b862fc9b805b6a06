import { z } from 'zod';
import { amountSchema } from './money.ts';
import { outcomes } from './payment-snapshot.ts';

/** MobilePay's own words for where a refund stands (PoS V10, refund states). */
export const refundStatuses = [
  'Initiated',
  'Reserved',
  'Captured',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCaptured',
] as const;
export type RefundStatus = (typeof refundStatuses)[number];

/** Why nothing is paid out. */
export const refundDeclineReasons = ['by-register', 'by-platform', 'not-created'] as const;
export type RefundDeclineReason = (typeof refundDeclineReasons)[number];

const intents = ['capture', 'cancel'] as const;
const time = z.iso.datetime();

const refundFields = {
  refundOrderId: z.string(),
  /** The order of the refunded payment; null where only its paymentId was named. */
  orderId: z.string().nullable(),
  paymentId: z.string().nullable(),
  refundId: z.string().nullable(),
  /**
   * `approved`: reserved or paid out, and we do not intend to cancel. `declined`: an end without a
   * payout, or the intent to cancel is on disk. `unknown`: a create is unanswered.
   */
  outcome: z.enum(outcomes),
  reason: z.enum(refundDeclineReasons).nullable(),
  platformStatus: z.enum(refundStatuses).nullable(),
  amount: amountSchema.nullable(),
  intent: z.enum(intents).nullable(),
  reservedAt: time.nullable(),
  /**
   * When MobilePay pays a reserved refund out by itself, at the earliest: 24 h after its start, since
   * nobody knows how much later it was reserved.
   */
  paysOutAt: time.nullable(),
  /** When MobilePay last confirmed what stands here. */
  confirmedAt: time.nullable(),
  /** Rises per refund over all boots; a register ignores a lower one. */
  revision: z.int().min(1),
};

/** A refund as the register sees it, in events and replies. */
export const refundSnapshotSchema = z.strictObject({
  ...refundFields,
  bootId: z.string(),
  seq: z.int().min(0),
  at: time,
});
export type RefundSnapshot = z.infer<typeof refundSnapshotSchema>;

/** What of a refund stands in the retained state. */
export const stateRefundSchema = z.strictObject({
  refundOrderId: refundFields.refundOrderId,
  orderId: refundFields.orderId,
  outcome: refundFields.outcome,
  platformStatus: refundFields.platformStatus,
  amount: refundFields.amount,
  intent: refundFields.intent,
  revision: refundFields.revision,
});
export type StateRefund = z.infer<typeof stateRefundSchema>;
