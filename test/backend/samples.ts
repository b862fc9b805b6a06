import type { OnlineState } from '../../src/contract/messages.ts';
import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';

const AT = '2026-01-02T03:04:05.000Z';

export function sampleSnapshot(over: Partial<PaymentSnapshot> = {}): PaymentSnapshot {
  return {
    orderId: 'order-1',
    paymentId: null,
    outcome: 'pending',
    reason: null,
    platformStatus: null,
    amount: { currency: 'DKK', value: 1250 },
    capturedAmount: null,
    refundedAmount: null,
    intent: null,
    partialCapturePossible: null,
    plannedCaptureDelay: null,
    loyaltyIds: null,
    customerToken: null,
    customerReceiptToken: null,
    reservedAt: null,
    reservationExpiresAt: null,
    deadline: null,
    confirmedAt: null,
    revision: 1,
    bootId: 'boot-1',
    seq: 1,
    at: AT,
    ...over,
  };
}

export function sampleRefund(over: Partial<RefundSnapshot> = {}): RefundSnapshot {
  return {
    refundOrderId: 'refund-1',
    orderId: 'order-1',
    paymentId: null,
    refundId: null,
    outcome: 'pending',
    reason: null,
    platformStatus: 'Initiated',
    amount: { currency: 'DKK', value: 500 },
    intent: null,
    reservedAt: null,
    paysOutAt: null,
    confirmedAt: null,
    revision: 1,
    bootId: 'boot-1',
    seq: 1,
    at: AT,
    ...over,
  };
}

export function sampleState(over: Partial<OnlineState> = {}): OnlineState {
  return {
    online: true,
    bootId: 'boot-1',
    seq: 0,
    phase: 'idle',
    payment: null,
    refund: null,
    beacon: { mode: 'off', advertising: false },
    api: { reachable: true },
    faults: [],
    at: AT,
    ...over,
  };
}
