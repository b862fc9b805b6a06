import { nextRefundStatus, type RefundAction, type RefundStatus } from './refund-states.ts';

/** How long MobilePay takes to reserve a refund, and when it captures a reserved one by itself. */
export interface RefundTimes {
  reservationMs: number;
  autoCaptureMs: number;
}

/** A refund as the platform holds it; never changed, only replaced. */
export interface Refund {
  refundId: string;
  paymentId: string;
  refundOrderId: string;
  /** Whose balance it is paid from. */
  storeId: string;
  clientId: string;
  merchantVat: string;
  amountMinorUnits: number;
  currencyCode: 'DKK' | 'EUR';
  status: RefundStatus;
  /** When time alone moves it on; null once it has ended. */
  movesAtMs: number | null;
  history: { status: RefundStatus; atMs: number }[];
}

function nextMove(status: RefundStatus, nowMs: number, times: RefundTimes): number | null {
  if (status === 'Initiated') return nowMs + times.reservationMs;
  return status === 'Reserved' ? nowMs + times.autoCaptureMs : null;
}

/** The refund in another state, with the move in its history. */
export function moveRefundTo(
  refund: Refund,
  status: RefundStatus,
  nowMs: number,
  times: RefundTimes,
): Refund {
  return {
    ...refund,
    status,
    movesAtMs: nextMove(status, nowMs, times),
    history: [...refund.history, { status, atMs: nowMs }],
  };
}

/** The refund after an action, or undefined when its state does not allow that. */
export function actOnRefund(
  refund: Refund,
  action: RefundAction,
  nowMs: number,
  times: RefundTimes,
): Refund | undefined {
  const status = nextRefundStatus(refund.status, action);
  return status === undefined ? undefined : moveRefundTo(refund, status, nowMs, times);
}

/** The refund as time has left it; it may have been reserved and captured since the last look. */
export function settle(refund: Refund, nowMs: number, times: RefundTimes): Refund {
  let settled = refund;
  while (settled.movesAtMs !== null && settled.movesAtMs <= nowMs) {
    const action = settled.status === 'Initiated' ? 'reserve' : 'lapse';
    const moved = actOnRefund(settled, action, settled.movesAtMs, times);
    if (moved === undefined) break;
    settled = moved;
  }
  return settled;
}
