/** What each PoS V10 error code means, in words for whoever stands at the register or its desk. */
const errorTable = {
  1000: 'there is no such point of sale',
  1001: 'there is no such payment',
  1002: 'there is no such store',
  1004: 'there is no such refund',
  1099: 'the request is not acceptable, for a reason MobilePay does not name',
  1100: 'the beacon id is invalid',
  1102: 'the amount is invalid',
  1109: 'the search for payments needs a point of sale or an order id',
  1110: 'the search for refunds needs a payment',
  1111: 'the merchant’s id of the point of sale is invalid',
  1112: 'the name of the point of sale is invalid',
  1113: 'the order id is invalid',
  1114: 'the refund’s order id is invalid',
  1116: 'the callback alias is invalid',
  1117: 'the payment’s label is invalid',
  1119: 'the brand id is invalid',
  1120: 'the location id is invalid',
  1121: 'the search for points of sale needs a store, a beacon id or a merchant’s id',
  1122: 'the search for stores needs brand and location together',
  1151: 'the header with the VAT number is missing',
  1152: 'the header with the client’s name is missing',
  1153: 'the header with the client’s version is missing',
  1155: 'the header with the VAT number stands there twice',
  1156: 'the header with the client’s name stands there twice',
  1157: 'the header with the client’s version stands there twice',
  1159: 'the VAT number is invalid or not served by this client',
  1160: 'the client’s name is invalid',
  1161: 'the client’s version is invalid',
  1162: 'the idempotency key is invalid',
  1163: 'the idempotency key stands there twice',
  1164: 'the idempotency key is missing',
  1182: 'the token names a VAT number that is invalid or not served by this client',
  1200: 'another point of sale has this merchant’s id',
  1202: 'another point of sale has this beacon id',
  1204: 'the store is not activated',
  1300: 'the payment cannot be cancelled in its present state',
  1301: 'another payment is active on this point of sale',
  1303: 'the payment is not prepared',
  1304: 'the payment is not reserved',
  1305: 'the amount is more than was reserved',
  1306: 'the idempotency key was used for another request',
  1307: 'the payment was captured with another amount',
  1308: 'this payment can only be captured in full',
  1351: 'the refund is not reserved',
  1352: 'the refund cannot be cancelled in its present state',
  1354: 'the payment to refund is not captured',
  1365: 'the refund is in another currency than the payment',
  1366: 'the payment is too old to be refunded',
  1367: 'the refund is more than is left of the payment',
  1368: 'the store’s balance does not cover the refund',
  1400: 'the point of sale belongs to another integrator',
  1401: 'the payment belongs to another integrator',
  1402: 'the refund belongs to another integrator',
  1403: 'the store belongs to another merchant',
  1406: 'the payment to make ready belongs to another merchant',
  1407: 'the payment to capture belongs to another merchant',
  1408: 'the payment to cancel belongs to another merchant',
  1409: 'the point of sale to delete belongs to another merchant',
  1410: 'the point of sale asked for belongs to another merchant',
  1411: 'the payment asked for belongs to another merchant',
} as const;

type ErrorCode = keyof typeof errorTable;

function isKnown(code: string): code is `${ErrorCode}` {
  return Object.hasOwn(errorTable, code);
}

const LONGEST_QUOTE = 160;

/** One sentence about a refusal: our own words for the code, then MobilePay's if it sent any. */
export function refusalMessage(code: string, vendorMessage: string | null): string {
  const meaning = meaningOf(code);
  const quote =
    vendorMessage === null ? '' : ` (MobilePay: ${vendorMessage.slice(0, LONGEST_QUOTE)})`;
  return `${meaning}${quote}`;
}

function meaningOf(code: string): string {
  if (isKnown(code)) return errorTable[code];
  // 2000-2999 are not listed one by one: all of them mean that the server itself failed.
  return /^2\d{3}$/.test(code) ? 'MobilePay failed by itself' : 'MobilePay gave an unknown reason';
}
