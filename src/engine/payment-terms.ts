import type { CommandPayload } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Amount } from '../contract/money.ts';
import type { PlannedCaptureDelay } from '../contract/payment-snapshot.ts';
import type { PaymentTerms } from '../ports.ts';
import { errorOf } from './answers.ts';

/** What the configuration says where a command is silent. */
export interface PaymentDefaults {
  currency: Amount['currency'];
  autoCapture: boolean;
  plannedCaptureDelay: PlannedCaptureDelay;
  customerTimeoutSeconds: number;
}

/** What a start and a ready have in common: for MobilePay, and for us alone. */
export function termsOf(
  payload: CommandPayload<'payment/start'> | CommandPayload<'payment/ready'>,
  defaults: PaymentDefaults,
) {
  const { amount, restrictions, label } = payload;
  const plannedCaptureDelay = payload.plannedCaptureDelay ?? defaults.plannedCaptureDelay;
  const terms: PaymentTerms = { amount, plannedCaptureDelay, restrictions, label };
  return {
    terms,
    autoCapture: payload.autoCapture ?? defaults.autoCapture,
    customerTimeoutSeconds: payload.customerTimeoutSeconds ?? defaults.customerTimeoutSeconds,
  };
}

export function currencyFault(
  amount: Amount | undefined,
  currency: Amount['currency'],
): CommandError | undefined {
  if (amount === undefined || amount.currency === currency) return undefined;
  const message = `amount.currency: this terminal takes ${currency}`;
  return errorOf('invalid-request', message, { field: 'amount.currency' });
}
