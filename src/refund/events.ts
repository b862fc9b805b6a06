import type { Amount } from '../contract/money.ts';
import type { RefundStatus } from '../contract/refund-snapshot.ts';

/** A refund as MobilePay described it in one answer. */
export interface SeenRefund {
  refundId: string;
  paymentId: string;
  refundOrderId: string;
  status: RefundStatus;
  amount: Amount;
  /** MobilePay's name for the call that told this, for its support desk. */
  correlationId?: string | null;
}
