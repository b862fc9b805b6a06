import type { NewPos, PaymentTerms, PreparedOrder, RefundOrder, StartOrder } from '../ports.ts';
import { decimalTextOf } from './decimal-amount.ts';

// Amounts are put in as text, since a JSON number of ours is a double.

function placeMembers({ posId, orderId }: PreparedOrder): string[] {
  return [`"posId":${JSON.stringify(posId)}`, `"orderId":${JSON.stringify(orderId)}`];
}

function moneyMembers({ value, currency }: PaymentTerms['amount']): string[] {
  return [`"amount":${decimalTextOf(value)}`, `"currencyCode":${JSON.stringify(currency)}`];
}

function termsMembers(terms: PaymentTerms): string[] {
  const { amount, plannedCaptureDelay, restrictions, label } = terms;
  const members = [
    ...moneyMembers(amount),
    `"plannedCaptureDelay":${JSON.stringify(plannedCaptureDelay)}`,
  ];
  if (restrictions !== undefined) members.push(`"restrictions":${JSON.stringify(restrictions)}`);
  if (label !== undefined) members.push(`"merchantPaymentLabel":${JSON.stringify(label)}`);
  return members;
}

export function encodeStart(order: StartOrder): string {
  return `{${[...placeMembers(order), ...termsMembers(order)].join(',')}}`;
}

export function encodePrepare(order: PreparedOrder): string {
  return `{${placeMembers(order).join(',')}}`;
}

/** A start without its place and order. */
export function encodeReady(terms: PaymentTerms): string {
  return `{${termsMembers(terms).join(',')}}`;
}

export function encodeRefund({ paymentId, refundOrderId, amount }: RefundOrder): string {
  const members = [
    `"paymentId":${JSON.stringify(paymentId)}`,
    `"refundOrderId":${JSON.stringify(refundOrderId)}`,
    ...moneyMembers(amount),
  ];
  return `{${members.join(',')}}`;
}

export function encodeCapture(minorUnits: number): string {
  return `{"amount":${decimalTextOf(minorUnits)}}`;
}

export function encodePos(pos: NewPos): string {
  return JSON.stringify({
    merchantPosId: pos.merchantPosId,
    storeId: pos.storeId,
    name: pos.name,
    beaconId: pos.beaconId,
    callbackAlias: pos.callbackAlias,
    supportedBeaconTypes: pos.supportedBeaconTypes,
    requirePaymentBeforeCheckin: pos.requirePaymentBeforeCheckin,
  });
}
