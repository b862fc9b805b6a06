import { z } from 'zod';
import { currencies } from './money.ts';

/** The only field a register needs: hand over the goods, or not? */
export const outcomes = ['pending', 'approved', 'declined', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

export const declineReasons = [
  'customer-refused',
  'customer-timeout',
  'by-register',
  'by-terminal',
  'by-platform',
  'expired',
  'not-created',
  'late-approval',
] as const;
export type DeclineReason = (typeof declineReasons)[number];

/** MobilePay's own words for where a payment stands (PoS V10, payment states). */
export const platformStatuses = [
  'Prepared',
  'Initiated',
  'Paired',
  'IssuedToUser',
  'Reserved',
  'Captured',
  'CancelledByUser',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCancelled',
] as const;
export type PlatformStatus = (typeof platformStatuses)[number];

export const plannedCaptureDelays = ['None', 'LessThan24Hours', 'LessThan14Days'] as const;
export type PlannedCaptureDelay = (typeof plannedCaptureDelays)[number];

/** What the terminal is bound to do and keeps trying until MobilePay has confirmed it. */
const intents = ['capture', 'cancel'] as const;

const time = z.iso.datetime();
/** Zero is a real value here (nothing captured yet), so this is wider than an ordered amount. */
const heldAmountSchema = z.strictObject({
  currency: z.enum(currencies),
  value: z.int().min(0),
});

const snapshotFields = {
  orderId: z.string(),
  paymentId: z.string().nullable(),
  outcome: z.enum(outcomes),
  reason: z.enum(declineReasons).nullable(),
  platformStatus: z.enum(platformStatuses).nullable(),
  amount: heldAmountSchema.nullable(),
  capturedAmount: heldAmountSchema.nullable(),
  refundedAmount: heldAmountSchema.nullable(),
  intent: z.enum(intents).nullable(),
  partialCapturePossible: z.boolean().nullable(),
  plannedCaptureDelay: z.enum(plannedCaptureDelays).nullable(),
  loyaltyIds: z.array(z.string()).nullable(),
  customerToken: z.string().nullable(),
  customerReceiptToken: z.string().nullable(),
  reservedAt: time.nullable(),
  reservationExpiresAt: time.nullable(),
  /** When the customer's time runs out. Null for an adopted payment, which waits for the register. */
  deadline: time.nullable(),
  /** When MobilePay last confirmed what stands here. */
  confirmedAt: time.nullable(),
  /** Rises per order over all boots; a register ignores a lower one. */
  revision: z.int().min(1),
};

/** A payment as the register sees it, in replies. */
export const paymentSnapshotSchema = z.strictObject({
  ...snapshotFields,
  bootId: z.string(),
  seq: z.int().min(0),
  at: time,
});
export type PaymentSnapshot = z.infer<typeof paymentSnapshotSchema>;

/** What of a payment may stand in the retained state: no tokens, no loyalty ids. */
export const statePaymentSchema = z.strictObject({
  orderId: snapshotFields.orderId,
  outcome: snapshotFields.outcome,
  platformStatus: snapshotFields.platformStatus,
  amount: snapshotFields.amount,
  intent: snapshotFields.intent,
  revision: snapshotFields.revision,
});
export type StatePayment = z.infer<typeof statePaymentSchema>;
