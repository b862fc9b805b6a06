import type { Explanation, RefusedSetup } from '../ports.ts';
import { type CashierWord, cashierWords } from './cashier-words.ts';

/** Every code that PoS V10 names one by one. */
type PosV10Code =
  | (1000 | 1001 | 1002 | 1004 | 1099)
  | (1100 | 1102 | 1109 | 1110 | 1111 | 1112 | 1113 | 1114 | 1116 | 1117)
  | (1119 | 1120 | 1121 | 1122)
  | (1151 | 1152 | 1153 | 1155 | 1156 | 1157 | 1159 | 1160 | 1161)
  | (1162 | 1163 | 1164 | 1182)
  | (1200 | 1202 | 1204)
  | (1300 | 1301 | 1303 | 1304 | 1305 | 1306 | 1307 | 1308)
  | (1351 | 1352 | 1354 | 1365 | 1366 | 1367 | 1368)
  | (1400 | 1401 | 1402 | 1403 | 1406 | 1407 | 1408 | 1409 | 1410 | 1411);

interface Row {
  meaning: string;
  next: Explanation['next'];
  cashier: CashierWord;
  /** Where the register has a code of its own for it; else `rejected`. */
  error?: Explanation['error'];
  /** The member of the register's command that is at fault, where it is one. */
  field?: string;
  setup?: RefusedSetup;
}

const OUR_DEFECT = 'this is a defect of the terminal';
const OTHER_OWNER = 'check mobilepay.clientId and mobilepay.merchantVat';

/** Total: a code without a row does not compile. */
// biome-ignore format: one row a line is what makes it a table
const errorTable: Record<PosV10Code, Row> = {
  1000: { meaning: 'there is no such point of sale any more; the terminal makes a new one', next: 'renew-pos', cashier: 'waitAndTryAgain' },
  1001: { meaning: 'there is no such payment', next: 'retry-later', cashier: 'paymentNotFound', field: 'paymentId' },
  1002: { meaning: 'there is no such store; correct pos.storeId', next: 'retry-later', cashier: 'checkSetup', setup: 'store-not-found' },
  1004: { meaning: 'there is no such refund', next: 'retry-later', cashier: 'checkRefund' },
  1099: { meaning: 'the request is not acceptable, for a reason MobilePay does not name', next: 'retry-later', cashier: 'callSupport' },

  1100: { meaning: 'the beacon id is invalid; correct pos.beaconId', next: 'retry-later', cashier: 'checkSetup' },
  1102: { meaning: 'the amount is invalid', next: 'give-up', cashier: 'checkAmount', error: 'amount-not-allowed', field: 'amount.value' },
  1109: { meaning: `the search for payments needs a point of sale or an order id; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1110: { meaning: `the search for refunds needs a payment; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1111: { meaning: 'the merchant’s id of the point of sale is invalid; correct pos.merchantPosId', next: 'retry-later', cashier: 'checkSetup' },
  1112: { meaning: 'the name of the point of sale is invalid; correct pos.name', next: 'retry-later', cashier: 'checkSetup' },
  1113: { meaning: 'the order id is invalid', next: 'give-up', cashier: 'checkOrderNumber', field: 'orderId' },
  1114: { meaning: 'the refund’s order id is invalid', next: 'give-up', cashier: 'checkOrderNumber', field: 'refundOrderId' },
  1116: { meaning: 'the callback alias is invalid; correct pos.callbackAlias', next: 'retry-later', cashier: 'checkSetup' },
  1117: { meaning: 'the payment’s label is invalid', next: 'give-up', cashier: 'checkPaymentText', field: 'label' },
  1119: { meaning: 'the brand id is invalid; correct pos.merchantBrandId', next: 'retry-later', cashier: 'checkSetup' },
  1120: { meaning: 'the location id is invalid; correct pos.merchantLocationId', next: 'retry-later', cashier: 'checkSetup' },
  1121: { meaning: `the search for points of sale needs a store, a beacon id or a merchant’s id; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1122: { meaning: 'the search for stores needs brand and location together; set pos.merchantBrandId and pos.merchantLocationId', next: 'retry-later', cashier: 'checkSetup' },

  1151: { meaning: `the header with the VAT number is missing; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1152: { meaning: `the header with the client’s name is missing; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1153: { meaning: `the header with the client’s version is missing; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1155: { meaning: `the header with the VAT number stands there twice; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1156: { meaning: `the header with the client’s name stands there twice; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1157: { meaning: `the header with the client’s version stands there twice; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1159: { meaning: 'the VAT number is invalid or not served by this client; correct mobilepay.merchantVat', next: 'retry-later', cashier: 'checkSetup' },
  1160: { meaning: `the client’s name is invalid; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1161: { meaning: 'the client’s version is invalid or not certified', next: 'retry-later', cashier: 'callSupport' },
  1162: { meaning: `the idempotency key is invalid; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1163: { meaning: `the idempotency key stands there twice; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1164: { meaning: `the idempotency key is missing; ${OUR_DEFECT}`, next: 'retry-later', cashier: 'callSupport' },
  1182: { meaning: 'the token names a VAT number that is invalid or not served by this client', next: 'retry-later', cashier: 'checkSetup' },

  1200: { meaning: 'another point of sale has this merchant’s id; give this terminal a pos.merchantPosId of its own', next: 'retry-later', cashier: 'checkSetup', setup: 'pos-id-taken' },
  1202: { meaning: 'another point of sale has this beacon id; correct pos.beaconId, or leave it out', next: 'retry-later', cashier: 'checkSetup', setup: 'beacon-id-taken' },
  1204: { meaning: 'the store is not activated; MobilePay’s merchant support activates it', next: 'retry-later', cashier: 'storeNotActivated', setup: 'store-not-activated' },

  1300: { meaning: 'the payment cannot be cancelled in its present state', next: 'ask-first', cashier: 'checkPayment' },
  1301: { meaning: 'another payment is active on this point of sale', next: 'clear-pos', cashier: 'waitAndTryAgain', error: 'busy' },
  1303: { meaning: 'the payment is not prepared', next: 'ask-first', cashier: 'checkPayment' },
  1304: { meaning: 'the payment is not reserved', next: 'ask-first', cashier: 'checkPayment' },
  1305: { meaning: 'the amount is more than was reserved', next: 'give-up', cashier: 'checkAmount', error: 'amount-not-allowed', field: 'amount.value' },
  1306: { meaning: 'the idempotency key was used for another request', next: 'ask-first', cashier: 'checkPayment' },
  1307: { meaning: 'the payment was captured with another amount', next: 'give-up', cashier: 'checkPayment', error: 'wrong-state' },
  1308: { meaning: 'this payment can only be captured in full', next: 'give-up', cashier: 'takeFullAmount', error: 'partial-capture-impossible', field: 'amount.value' },

  1351: { meaning: 'the refund is not reserved', next: 'ask-first', cashier: 'checkRefund' },
  1352: { meaning: 'the refund cannot be cancelled in its present state', next: 'ask-first', cashier: 'checkRefund' },
  1354: { meaning: 'the payment to refund is not captured', next: 'give-up', cashier: 'notCapturedYet', field: 'orderId' },
  1365: { meaning: 'the refund is in another currency than the payment', next: 'give-up', cashier: 'wrongCurrency', field: 'amount.currency' },
  1366: { meaning: 'the payment is too old to be refunded', next: 'give-up', cashier: 'paymentTooOld', field: 'orderId' },
  1367: { meaning: 'the refund is more than is left of the payment', next: 'give-up', cashier: 'moreThanPaid', error: 'amount-not-allowed', field: 'amount.value' },
  1368: { meaning: 'the store’s balance does not cover the refund', next: 'retry-later', cashier: 'balanceTooLow' },

  1400: { meaning: `the point of sale belongs to another integrator; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'checkSetup', setup: 'pos-of-another-integrator' },
  1401: { meaning: `the payment belongs to another integrator; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
  1402: { meaning: `the refund belongs to another integrator; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
  1403: { meaning: 'the store belongs to another merchant; correct pos.storeId', next: 'retry-later', cashier: 'checkSetup', setup: 'store-of-another-merchant' },
  1406: { meaning: `the payment to make ready belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
  1407: { meaning: `the payment to capture belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
  1408: { meaning: `the payment to cancel belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
  1409: { meaning: `the point of sale to delete belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'checkSetup', setup: 'pos-of-another-merchant' },
  1410: { meaning: `the point of sale asked for belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'checkSetup', setup: 'pos-of-another-merchant' },
  1411: { meaning: `the payment asked for belongs to another merchant; ${OTHER_OWNER}`, next: 'retry-later', cashier: 'callSupport' },
};

/** 2000 to 2999, which are not listed one by one. */
const serverRow: Row = {
  meaning: 'MobilePay failed by itself',
  next: 'retry-later',
  cashier: 'tryLater',
};
const unknownRow: Row = {
  meaning: 'this version does not know the reason',
  next: 'retry-later',
  cashier: 'callSupport',
};

/** The codes with a row of their own. */
export const knownCodes: readonly string[] = Object.keys(errorTable);

function isKnown(code: string): code is `${PosV10Code}` {
  return Object.hasOwn(errorTable, code);
}

function rowOf(code: string): Row {
  if (isKnown(code)) return errorTable[code];
  return /^2\d{3}$/.test(code) ? serverRow : unknownRow;
}

/** What a PoS V10 error code means here; there is an answer to any text. */
export function explain(code: string): Explanation {
  const { meaning, next, cashier, error = 'rejected', field = null, setup = null } = rowOf(code);
  return { meaning, next, error, field, cashier: cashierWords[cashier], setup };
}

const LONGEST_QUOTE = 160;

/** One sentence about a refusal: our own words for the code, then MobilePay's if it sent any. */
export function refusalMessage(code: string, vendorMessage: string | null): string {
  const quote =
    vendorMessage === null ? '' : ` (MobilePay: ${vendorMessage.slice(0, LONGEST_QUOTE)})`;
  return `${rowOf(code).meaning}${quote}`;
}
