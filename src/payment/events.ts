import type { Amount } from '../contract/money.ts';
import type {
  DeclineReason,
  PlannedCaptureDelay,
  PlatformStatus,
} from '../contract/payment-snapshot.ts';

/** Milliseconds since the epoch, by the terminal's trusted clock. */
export type EpochMs = number;

/** A 4xx that carries a MobilePay code: proof of what MobilePay thinks. */
export interface Refusal {
  status: number;
  code: string;
  correlationId: string | null;
}

/** What belongs to a person: kept out of the hash chain, and erased 30 days after settlement. */
export interface PersonalData {
  loyaltyIds: string[] | null;
  customerToken: string | null;
  customerReceiptToken: string | null;
}

/** A payment as MobilePay described it in one answer. */
export interface SeenPayment {
  paymentId: string;
  orderId: string;
  posId: string;
  status: PlatformStatus;
  amount: Amount | null;
  partialCapturePossible: boolean | null;
  /** When the payment (before Reserved) or the reservation lapses, if MobilePay said so. */
  expiresAt: EpochMs | null;
  personal: PersonalData;
  /** MobilePay's name for the call that told this, for its support desk. */
  correlationId?: string | null;
}

/** What has happened to one order. Appended to the journal, never changed. */
export type PaymentEvent =
  /**
   * The order is ours from here on. A create may have left at any time after this entry. Null only
   * where a damaged journal did not say it any more.
   */
  | {
      type: 'started';
      orderId: string;
      posId: string | null;
      amount: Amount | null;
      idempotencyKey: string;
      /** The exact bytes of every create of this key. */
      body: string;
      /** The create may not begin after this. */
      expiresAt: EpochMs;
      /** When the customer's time runs out; null: it waits for the register's word. */
      deadline: EpochMs | null;
      autoCapture: boolean;
      plannedCaptureDelay: PlannedCaptureDelay;
      /** The command that began it; absent where a damaged journal did not say it any more. */
      commandId?: string;
    }
  /**
   * As `started`, for a payment whose amount the register says later: the customer can check in. It
   * is given up at the deadline, unless it has been made ready.
   */
  | {
      type: 'preparationStarted';
      orderId: string;
      posId: string | null;
      idempotencyKey: string;
      /** The exact bytes of every create of this key. */
      body: string;
      /** The create may not begin after this. */
      expiresAt: EpochMs;
      deadline: EpochMs | null;
      /** The command that began it. */
      commandId?: string;
    }
  /** The register has said what a prepared payment is about: the customer is to be asked. */
  | {
      type: 'readied';
      amount: Amount;
      /** The exact bytes of every ready. */
      body: string;
      /** The ready may not begin after this. */
      expiresAt: EpochMs;
      /** How long the customer has, from here on. */
      customerTimeoutSeconds: number;
      autoCapture: boolean;
      plannedCaptureDelay: PlannedCaptureDelay;
      /** The command that said so. */
      commandId?: string;
    }
  | { type: 'readyAnswered'; correlationId?: string | null }
  /** `final`: it is about the terms, and no earlier attempt may have arrived: nobody is asked. */
  | { type: 'readyRefused'; refusal: Refusal; final: boolean }
  /** A get, ready, capture or cancel found at MobilePay an order that the journal lacked. */
  | { type: 'adopted'; seen: SeenPayment }
  /** A cancel came for an order the journal lacks, and MobilePay could not be asked. */
  | { type: 'sought'; orderId: string; posId: string | null }
  /** A cancel came for an order nobody knows: a later start of it is refused. */
  | { type: 'barred'; orderId: string }
  | { type: 'createAnswered'; paymentId: string; correlationId?: string | null }
  /** At least one attempt may have reached MobilePay, and no answer settled it. */
  | { type: 'createUnanswered' }
  /** Every attempt of every create of this order died before a byte left. */
  | { type: 'createUnsent' }
  /** `proof`: no earlier attempt of this key was ambiguous, so nothing exists under it. */
  | { type: 'createRefused'; refusal: Refusal; proof: boolean }
  /** The old key is proven unused; the next create goes out under this one. */
  | { type: 'rekeyed'; idempotencyKey: string }
  /** An active payment of somebody else blocks the PoS and is about to be cancelled. */
  | { type: 'foreignCancelIntended'; paymentId: string }
  | { type: 'observed'; seen: SeenPayment }
  /** Nothing was found until the last look-up: no create of this order arrived. */
  | { type: 'absenceConcluded' }
  | { type: 'cancelIntended'; reason: DeclineReason }
  | { type: 'cancelAnswered'; correlationId?: string | null }
  | { type: 'cancelRefused'; refusal: Refusal }
  | { type: 'captureIntended'; amount: Amount }
  | { type: 'captureAnswered'; correlationId?: string | null }
  /** `final`: the amount was at fault, so it would be refused again. The intent falls. */
  | { type: 'captureRefused'; refusal: Refusal; final: boolean };

export type PaymentEventType = PaymentEvent['type'];
/** An event with its place in time. `at` decides what was known before the customer's deadline. */
export type DatedEvent = PaymentEvent & { at: EpochMs };
