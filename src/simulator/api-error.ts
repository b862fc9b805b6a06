import type { Operation } from './operations.ts';

/** What each PoS V10 error code means, and the HTTP status it comes with. */
const catalogue = {
  1000: [409, 'There is no such point of sale.'],
  1001: [409, 'There is no such payment.'],
  1002: [409, 'There is no such store.'],
  1004: [404, 'There is no such refund.'],
  1099: [400, 'The request is malformed.'],
  1100: [400, 'beaconId must be 15 digits or a GUID.'],
  1102: [400, 'amount must be a positive number with at most two decimals.'],
  1109: [400, 'Filter payments by posId or orderId; state can only be Captured.'],
  1110: [400, 'Filter refunds by paymentId, a GUID.'],
  1111: [400, 'merchantPosId is missing, too long or has characters that are not allowed.'],
  1112: [400, 'name is missing, too long or has characters that are not allowed.'],
  1113: [400, 'orderId is missing, too long or has characters that are not allowed.'],
  1114: [400, 'refundOrderId is missing, too long or has characters that are not allowed.'],
  1116: [400, 'callbackAlias is too long or has characters that are not allowed.'],
  1117: [400, 'merchantPaymentLabel is too long or has characters that are not allowed.'],
  1119: [400, 'merchantBrandId must be MPPOS, POSDK or POSFI and five more characters.'],
  1120: [400, 'merchantLocationId must be five characters.'],
  1121: [400, 'Filter points of sale by storeId, beaconId or merchantPosId.'],
  1122: [400, 'merchantBrandId and merchantLocationId go together.'],
  1151: [400, 'The header X-MobilePay-Merchant-VAT-Number is missing.'],
  1152: [400, 'The header X-MobilePay-Client-System-Name is missing.'],
  1153: [400, 'The header X-MobilePay-Client-System-Version is missing.'],
  1155: [400, 'The header X-MobilePay-Merchant-VAT-Number is there twice.'],
  1156: [400, 'The header X-MobilePay-Client-System-Name is there twice.'],
  1157: [400, 'The header X-MobilePay-Client-System-Version is there twice.'],
  1159: [400, 'X-MobilePay-Merchant-VAT-Number is not a VAT number of this integrator.'],
  1160: [400, 'The header X-MobilePay-Client-System-Name is invalid.'],
  1161: [400, 'X-MobilePay-Client-System-Version must be Major.Minor.Build.'],
  1162: [400, 'X-MobilePay-Idempotency-Key must be 1 to 36 valid characters.'],
  1163: [400, 'The header X-MobilePay-Idempotency-Key is there twice.'],
  1164: [400, 'The header X-MobilePay-Idempotency-Key is missing.'],
  1182: [400, 'The merchant_vat of the token is not a VAT number of this integrator.'],
  1200: [409, 'Another point of sale has this merchantPosId.'],
  1202: [409, 'Another point of sale has this beaconId.'],
  1204: [409, 'The store is not activated.'],
  1300: [409, 'The payment cannot be cancelled in its present state.'],
  1301: [409, 'Another payment is active on this point of sale.'],
  1303: [409, 'The payment is not prepared.'],
  1304: [409, 'The payment is not reserved.'],
  1305: [409, 'The amount is more than was reserved.'],
  1306: [409, 'The idempotency key was used for another request.'],
  1307: [409, 'The payment was captured with another amount.'],
  1308: [409, 'This payment can only be captured in full.'],
  1351: [409, 'The refund is not reserved.'],
  1352: [409, 'The refund cannot be cancelled in its present state.'],
  1354: [409, 'The payment is not captured.'],
  1365: [409, 'The payment is in another currency.'],
  1366: [409, 'The payment is too old to be refunded.'],
  1367: [409, 'The refund is more than is left of the payment.'],
  1368: [409, "The store's balance does not cover the refund."],
  1400: [403, 'The point of sale belongs to another integrator.'],
  1401: [403, 'The payment belongs to another integrator.'],
  1402: [403, 'The refund belongs to another integrator.'],
  1403: [403, 'The store belongs to another merchant.'],
  1406: [403, 'The payment to make ready belongs to another merchant.'],
  1407: [403, 'The payment to capture belongs to another merchant.'],
  1408: [403, 'The payment to cancel belongs to another merchant.'],
  1409: [403, 'The point of sale to delete belongs to another merchant.'],
  1410: [403, 'The point of sale belongs to another merchant.'],
  1411: [403, 'The payment belongs to another merchant.'],
  2000: [500, 'The server failed.'],
} as const satisfies Record<number, readonly [number, string]>;

export type ApiErrorCode = keyof typeof catalogue;

/** An answer other than 200. Without a code it has no body either (401, 404). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number | null;

  constructor(status: number, code: number | null, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** The error for a PoS V10 code; `detail` says which member or header is at fault. */
export function apiError(code: ApiErrorCode, detail?: string): ApiError {
  const [status, message] = catalogue[code];
  return new ApiError(status, code, detail === undefined ? message : `${message} (${detail})`);
}

/**
 * The error for any code that PoS V10 knows: those of the table, and 2000 to 2999, which are all
 * the server's. Undefined for what it does not know.
 */
export function errorOfCode(code: number): ApiError | undefined {
  if (code in catalogue) return apiError(code as ApiErrorCode);
  const isTheServers = Number.isInteger(code) && code >= 2000 && code <= 2999;
  return isTheServers ? new ApiError(500, code, catalogue[2000][1]) : undefined;
}

export const unauthorized = () => new ApiError(401, null, 'unauthorized');
export const notFound = () => new ApiError(404, null, 'not found');

/** An error's body as PoS V10 words it; the refund calls add where it comes from. */
export function errorBody(
  code: string | null,
  message: string,
  about: { correlationId: string; operation: Operation | undefined },
) {
  const origin = about.operation?.endsWith('Refund') || about.operation === 'findRefunds';
  const { correlationId } = about;
  return { code, message, correlationId, ...(origin ? { origin: 'PoS' } : {}) };
}
