/** PoS V10 refund states. A reserved refund that is left alone is paid out. */
export const refundStatuses = [
  'Initiated',
  'Reserved',
  'Captured',
  'CancelledByClient',
  'CancelledByMobilePay',
  'ExpiredAndCaptured',
] as const;
export type RefundStatus = (typeof refundStatuses)[number];

/** What can happen to a refund: by MobilePay, by the client, by time. */
export const refundActions = ['reserve', 'fail', 'capture', 'cancel', 'lapse'] as const;
export type RefundAction = (typeof refundActions)[number];

const transitions: Record<RefundStatus, Partial<Record<RefundAction, RefundStatus>>> = {
  Initiated: {
    reserve: 'Reserved',
    cancel: 'CancelledByClient',
    fail: 'CancelledByMobilePay',
  },
  Reserved: {
    capture: 'Captured',
    cancel: 'CancelledByClient',
    lapse: 'ExpiredAndCaptured',
  },
  Captured: {},
  CancelledByClient: {},
  CancelledByMobilePay: {},
  ExpiredAndCaptured: {},
};

/** The state after an action, or undefined when the refund does not take it now. */
export function nextRefundStatus(
  status: RefundStatus,
  action: RefundAction,
): RefundStatus | undefined {
  return transitions[status][action];
}

/** Whether the amount is paid out or set aside: it counts against payment and store. */
export function holdsMoney(status: RefundStatus): boolean {
  return status !== 'CancelledByClient' && status !== 'CancelledByMobilePay';
}
