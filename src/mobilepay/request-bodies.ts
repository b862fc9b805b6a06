import type { NewPos, StartOrder } from '../ports.ts';
import { decimalTextOf } from './decimal-amount.ts';

/** The body of a start. Amounts are put in as text, since a JSON number of ours is a double. */
export function encodeStart(order: StartOrder): string {
  const { restrictions, label } = order;
  const members = [
    `"posId":${JSON.stringify(order.posId)}`,
    `"orderId":${JSON.stringify(order.orderId)}`,
    `"amount":${decimalTextOf(order.amount.value)}`,
    `"currencyCode":${JSON.stringify(order.amount.currency)}`,
    `"plannedCaptureDelay":${JSON.stringify(order.plannedCaptureDelay)}`,
  ];
  if (restrictions !== undefined) members.push(`"restrictions":${JSON.stringify(restrictions)}`);
  if (label !== undefined) members.push(`"merchantPaymentLabel":${JSON.stringify(label)}`);
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
