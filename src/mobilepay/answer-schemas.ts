import { z } from 'zod';
import { currencies } from '../contract/money.ts';
import { platformStatuses } from '../contract/payment-snapshot.ts';
import { refundStatuses } from '../contract/refund-snapshot.ts';
import type { Checkin, Polled, Pos, Store } from '../ports.ts';
import { minorUnitsOf } from './decimal-amount.ts';
import { epochMsOf } from './platform-time.ts';

// Our reading of PoS V10's answers. Members that are not named here are tolerated and dropped;
// optional ones may be absent or null.

const id = z.string().min(1).max(64);
const optionalText = z.string().nullish();
const pollDelay = z.int().min(0);
/** Missing means "not looked up yet", empty means "none": both are kept apart. */
const customerMembers = {
  loyaltyIds: z.array(z.string()).nullish(),
  customerToken: optionalText,
  customerReceiptToken: optionalText,
};

export const tokenShape = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  /** Seconds. */
  expires_in: z.number().positive(),
});

export const createdPaymentShape = z.object({ paymentId: id });
export const createdRefundShape = z.object({ refundId: id });
export const refundIdsShape = z.object({ refundIds: z.array(id) });
export const createdPosShape = z.object({ posId: id });
export const paymentIdsShape = z.object({ paymentIds: z.array(id) });
export const posIdsShape = z.object({ posIds: z.array(id) });

export const paymentShape = z.object({
  paymentId: id,
  posId: id,
  orderId: z.string(),
  amount: z.number().nullish(),
  currencyCode: z.enum(currencies).nullish(),
  status: z.enum(platformStatuses),
  ...customerMembers,
  paymentExpiresAt: optionalText,
  partialCapturePossible: z.boolean().nullish(),
  pollDelayInMs: pollDelay,
  // Known, but nothing is decided by them.
  restrictions: z.unknown().optional(),
  merchantPaymentLabel: z.unknown().optional(),
  plannedCaptureDelay: z.unknown().optional(),
});

export const paymentSchema = paymentShape.transform((answer, context) => {
  const { amount, currencyCode, paymentExpiresAt } = answer;
  const minorUnits = typeof amount === 'number' ? minorUnitsOf(amount) : null;
  const currency = currencyCode ?? null;
  if (minorUnits === undefined) {
    const message = 'not a positive amount with at most two decimals';
    context.addIssue({ code: 'custom', path: ['amount'], message });
    return z.NEVER;
  }
  if (minorUnits !== null && currency === null) {
    context.addIssue({ code: 'custom', path: ['currencyCode'], message: 'missing for the amount' });
    return z.NEVER;
  }
  return {
    value: {
      paymentId: answer.paymentId,
      orderId: answer.orderId,
      posId: answer.posId,
      status: answer.status,
      amount: minorUnits === null || currency === null ? null : { currency, value: minorUnits },
      partialCapturePossible: answer.partialCapturePossible ?? null,
      expiresAt: typeof paymentExpiresAt === 'string' ? epochMsOf(paymentExpiresAt) : null,
      personal: {
        loyaltyIds: answer.loyaltyIds ?? null,
        customerToken: answer.customerToken ?? null,
        customerReceiptToken: answer.customerReceiptToken ?? null,
      },
    },
    pollDelayMs: answer.pollDelayInMs,
  };
});

export const refundShape = z.object({
  refundId: id,
  paymentId: id,
  refundOrderId: z.string(),
  amount: z.number(),
  currencyCode: z.enum(currencies),
  status: z.enum(refundStatuses),
  pollDelayInMs: pollDelay,
});

export const refundSchema = refundShape.transform((answer, context) => {
  const { refundId, paymentId, refundOrderId, status, currencyCode: currency } = answer;
  const value = minorUnitsOf(answer.amount);
  if (value === undefined) {
    const message = 'not a positive amount with at most two decimals';
    context.addIssue({ code: 'custom', path: ['amount'], message });
    return z.NEVER;
  }
  return {
    value: { refundId, paymentId, refundOrderId, status, amount: { currency, value } },
    pollDelayMs: answer.pollDelayInMs,
  };
});

export const checkinShape = z.object({
  isUserCheckedIn: z.boolean(),
  ...customerMembers,
  pollDelayInMs: pollDelay,
});

export const checkinSchema = checkinShape.transform(
  (answer): Polled<Checkin> => ({
    value: {
      checkedIn: answer.isUserCheckedIn,
      loyaltyIds: answer.loyaltyIds ?? null,
      customerToken: answer.customerToken ?? null,
      customerReceiptToken: answer.customerReceiptToken ?? null,
    },
    pollDelayMs: answer.pollDelayInMs,
  }),
);

export const posShape = z.object({
  posId: id,
  merchantPosId: z.string(),
  storeId: id,
  name: z.string(),
  beaconId: z.string(),
  callbackAlias: optionalText,
  supportedBeaconTypes: z.array(z.string()),
  requirePaymentBeforeCheckin: z.boolean(),
});

export const posSchema = posShape.transform(
  (answer): Pos => ({ ...answer, callbackAlias: answer.callbackAlias ?? null }),
);

export const storeShape = z.object({
  storeId: id,
  storeName: z.string(),
  merchantBrandId: z.string(),
  merchantLocationId: z.string(),
});

export const storeSchema = storeShape.transform(
  (store): Store => ({
    storeId: store.storeId,
    name: store.storeName,
    brandId: store.merchantBrandId,
    locationId: store.merchantLocationId,
  }),
);
export const storesSchema = z.array(storeSchema);

/** `code` is what makes a 4xx MobilePay's own. Both spellings of the correlation id occur. */
export const errorShape = z.object({
  code: z.string().min(1),
  message: optionalText.catch(null),
  correlationId: optionalText.catch(null),
  CorrelationId: optionalText.catch(null),
});
