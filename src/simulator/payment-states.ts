/** PoS V10 payment states. The first four are active: they block their point of sale. */
export const paymentStatuses = [
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
export type PaymentStatus = (typeof paymentStatuses)[number];

/** What can happen to a payment: by the client, by the customer, by MobilePay, by time. */
export const paymentActions = [
  'ready',
  'capture',
  'cancel',
  'checkIn',
  'accept',
  'refuse',
  'fail',
  'lapse',
] as const;
export type PaymentAction = (typeof paymentActions)[number];

const transitions: Record<PaymentStatus, Partial<Record<PaymentAction, PaymentStatus>>> = {
  Prepared: {
    checkIn: 'Paired',
    ready: 'Initiated',
    cancel: 'CancelledByClient',
    fail: 'CancelledByMobilePay',
    lapse: 'CancelledByMobilePay',
  },
  Initiated: {
    checkIn: 'IssuedToUser',
    cancel: 'CancelledByClient',
    fail: 'CancelledByMobilePay',
    lapse: 'CancelledByMobilePay',
  },
  Paired: {
    ready: 'IssuedToUser',
    refuse: 'CancelledByUser',
    cancel: 'CancelledByClient',
    fail: 'CancelledByMobilePay',
    lapse: 'CancelledByMobilePay',
  },
  IssuedToUser: {
    accept: 'Reserved',
    refuse: 'CancelledByUser',
    cancel: 'CancelledByClient',
    fail: 'CancelledByMobilePay',
    lapse: 'CancelledByMobilePay',
  },
  Reserved: { capture: 'Captured', cancel: 'CancelledByClient', lapse: 'ExpiredAndCancelled' },
  Captured: {},
  CancelledByUser: {},
  CancelledByClient: {},
  CancelledByMobilePay: {},
  ExpiredAndCancelled: {},
};

/** The state after an action, or undefined when the payment does not take it now. */
export function nextStatus(
  status: PaymentStatus,
  action: PaymentAction,
): PaymentStatus | undefined {
  return transitions[status][action];
}

export function isActive(status: PaymentStatus): boolean {
  return (
    status === 'Prepared' ||
    status === 'Initiated' ||
    status === 'Paired' ||
    status === 'IssuedToUser'
  );
}

/** Active or reserved: still to be decided, listed by a query without `state`. */
export function isOpen(status: PaymentStatus): boolean {
  return isActive(status) || status === 'Reserved';
}

/** The state a new payment is born in. */
export function birthStatus(kind: 'start' | 'prepare', customerIsThere: boolean): PaymentStatus {
  if (kind === 'start') return customerIsThere ? 'IssuedToUser' : 'Initiated';
  return customerIsThere ? 'Paired' : 'Prepared';
}
