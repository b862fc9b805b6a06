import type { Amount } from '../contract/money.ts';
import type { RefundStatus } from '../contract/refund-snapshot.ts';
import type { EpochMs, Refusal } from '../payment/events.ts';

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

/** What has happened to one refund. Appended to the journal, never changed. */
export type RefundEvent =
  /** The refund is ours from here on. A create may have left at any time after this entry. */
  | {
      type: 'started';
      refundOrderId: string;
      /** The order of the refunded payment; null where only its paymentId was named. */
      orderId: string | null;
      paymentId: string;
      amount: Amount;
      idempotencyKey: string;
      /** The exact bytes of every create of this key. */
      body: string;
      /** No create leaves after this. */
      repeatUntil: EpochMs;
      autoCapture: boolean;
      /** The command that began it; null where a damaged journal did not say it any more. */
      commandId: string | null;
    }
  /** A cancel came for a refund that this terminal never began: a later start of it is refused. */
  | { type: 'barred'; refundOrderId: string }
  | { type: 'createAnswered'; refundId: string; correlationId?: string | null }
  /** At least one attempt may have reached MobilePay, and no answer settled it. */
  | { type: 'createUnanswered' }
  /** Every attempt to create it died before a byte left. */
  | { type: 'createUnsent' }
  /** `proof`: no earlier attempt was ambiguous, so nothing exists. */
  | { type: 'createRefused'; refusal: Refusal; proof: boolean }
  | { type: 'observed'; seen: SeenRefund }
  /** Nothing was found until the last look-up: no create of this refund arrived. */
  | { type: 'absenceConcluded' }
  | { type: 'cancelIntended' }
  | { type: 'cancelAnswered'; correlationId?: string | null }
  | { type: 'cancelRefused'; refusal: Refusal }
  | { type: 'captureIntended' }
  | { type: 'captureAnswered'; correlationId?: string | null }
  | { type: 'captureRefused'; refusal: Refusal };

export type RefundEventType = RefundEvent['type'];
/** An event with its place in time. */
export type DatedRefundEvent = RefundEvent & { at: EpochMs };
