import type { Amount } from '../contract/money.ts';
import type {
  DeclineReason,
  PlannedCaptureDelay,
  PlatformStatus,
} from '../contract/payment-snapshot.ts';
import type { EpochMs, PersonalData, Refusal } from './events.ts';

/** Where an order stands: MobilePay's word, once it has one, and ours before and beside it. */
export const paymentStates = [
  /** Nothing is journalled for this order. */
  'none',
  /** Journalled; a create may have left; no answer says that the payment exists. */
  'creating',
  /** To be cancelled, should it exist: MobilePay has not said yet. */
  'sought',
  /** Cancelled before anybody knew the order: a start of it is refused. */
  'barred',
  /** Proven or concluded: MobilePay has no payment for this order. */
  'absent',
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
] as const satisfies readonly (
  | PlatformStatus
  | 'none'
  | 'creating'
  | 'sought'
  | 'barred'
  | 'absent'
)[];
export type PaymentState = (typeof paymentStates)[number];

export type PaymentIntent =
  | { kind: 'capture'; amount: Amount }
  | { kind: 'cancel'; reason: DeclineReason };

/** How a create of ours went out, and what must be the same when it goes out again. */
export interface Create {
  /** A prepared payment gets its amount later. */
  kind: 'start' | 'prepare';
  idempotencyKey: string;
  body: string;
  expiresAt: EpochMs;
  startedAt: EpochMs;
  /** The command that began it, if the journal still says so. */
  commandId: string | null;
  /** When it is given up; a prepared one only as long as it is not made ready. */
  deadline: EpochMs | null;
}

/** What the register said that a prepared payment is about, as it goes out to MobilePay. */
export interface Ready {
  body: string;
  /** It may not begin after this. */
  expiresAt: EpochMs;
  customerTimeoutSeconds: number;
  autoCapture: boolean;
  /** The command that said so, if the journal still says so. */
  commandId: string | null;
}

/** One order: the fold of its events. */
export interface Payment {
  state: PaymentState;
  orderId: string;
  posId: string | null;
  paymentId: string | null;
  amount: Amount | null;
  create: Create | null;
  /** Null until the register has said the amount of a prepared payment, and for all others. */
  ready: Ready | null;
  deadline: EpochMs | null;
  autoCapture: boolean;
  plannedCaptureDelay: PlannedCaptureDelay | null;
  intent: PaymentIntent | null;
  /** Since when it is bound to do so. */
  intendedAt: EpochMs | null;
  /** Why it was declined, once it was. */
  reason: DeclineReason | null;
  /** The newest coded "no" of MobilePay, for the reply and the support desk. */
  refusal: Refusal | null;
  capturedAmount: Amount | null;
  partialCapturePossible: boolean | null;
  personal: PersonalData;
  reservedAt: EpochMs | null;
  reservationExpiresAt: EpochMs | null;
  confirmedAt: EpochMs | null;
  /** An attempt under the present key may have reached MobilePay: no later "no" is proof. */
  createAmbiguous: boolean;
  /** Every attempt to create it died before a byte left. */
  confirmedUnsent: boolean;
  /** How many foreign payments this start has cancelled: one at the most. */
  foreignCancels: number;
  /** Counts the events of this order. */
  revision: number;
}

export const nobody: PersonalData = {
  loyaltyIds: null,
  customerToken: null,
  customerReceiptToken: null,
};

/** An order of which nothing is known. */
export function unknownOrder(orderId: string): Payment {
  return {
    state: 'none',
    orderId,
    posId: null,
    paymentId: null,
    amount: null,
    create: null,
    ready: null,
    deadline: null,
    autoCapture: false,
    plannedCaptureDelay: null,
    intent: null,
    intendedAt: null,
    reason: null,
    refusal: null,
    capturedAmount: null,
    partialCapturePossible: null,
    personal: nobody,
    reservedAt: null,
    reservationExpiresAt: null,
    confirmedAt: null,
    createAmbiguous: false,
    confirmedUnsent: false,
    foreignCancels: 0,
    revision: 0,
  };
}

/** The customer has not decided, and the payment blocks the PoS. */
export function isActive(state: PaymentState): boolean {
  return (
    state === 'Prepared' || state === 'Initiated' || state === 'Paired' || state === 'IssuedToUser'
  );
}

/** Nothing more will happen, and nothing more is owed. */
export function isSettled(payment: Payment): boolean {
  switch (payment.state) {
    case 'none':
    case 'creating':
    case 'sought':
    case 'Prepared':
    case 'Initiated':
    case 'Paired':
    case 'IssuedToUser':
    case 'Reserved':
      return false;
    case 'barred':
    case 'absent':
    case 'Captured':
    case 'CancelledByUser':
    case 'CancelledByClient':
    case 'CancelledByMobilePay':
    case 'ExpiredAndCancelled':
      return true;
  }
}

/** MobilePay's own word, or null while it is not known to have one. */
export function platformStatusOf(payment: Payment): PlatformStatus | null {
  switch (payment.state) {
    case 'none':
    case 'creating':
    case 'sought':
    case 'barred':
    case 'absent':
      return null;
    default:
      return payment.state;
  }
}
