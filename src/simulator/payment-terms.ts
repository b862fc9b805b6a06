import { apiError } from './api-error.ts';
import { minorUnitsOf } from './decimal-amount.ts';
import type { PaymentTerms, Restrictions } from './payment.ts';
import {
  type Members,
  oneOf,
  onlyMembers,
  optionalBooleanOf,
  optionalTextOf,
} from './request-body.ts';

/** The members that start and ready have in common. */
export const termMembers = [
  'amount',
  'currencyCode',
  'plannedCaptureDelay',
  'restrictions',
  'merchantPaymentLabel',
];

export function termsOf(body: Members): PaymentTerms {
  const amountMinorUnits = minorUnitsOf(body['amount']);
  if (amountMinorUnits === undefined) throw apiError(1102);
  return {
    amountMinorUnits,
    currencyCode: oneOf(body['currencyCode'], ['DKK', 'EUR'], 'currencyCode'),
    plannedCaptureDelay: oneOf(
      body['plannedCaptureDelay'],
      ['None', 'LessThan24Hours', 'LessThan14Days'],
      'plannedCaptureDelay',
    ),
    restrictions: restrictionsOf(body['restrictions']),
    merchantPaymentLabel: optionalTextOf(body['merchantPaymentLabel'], 1117),
  };
}

function restrictionsOf(value: unknown): Restrictions | null {
  if (value === undefined || value === null) return null;
  const names = ['debitCardDisallowed', 'creditCardDisallowed'];
  const members = onlyMembers(value, names, 'restrictions');
  return {
    debitCardDisallowed: optionalBooleanOf(members['debitCardDisallowed'], 'debitCardDisallowed'),
    creditCardDisallowed: optionalBooleanOf(
      members['creditCardDisallowed'],
      'creditCardDisallowed',
    ),
  };
}
