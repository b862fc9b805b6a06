import type { Flow } from '../flow.ts';
import { onboardingFlows } from './onboarding.ts';
import { paymentFlows, restrictedPaymentFlows } from './payments.ts';
import { preparedPaymentFlows, restrictedPreparedPaymentFlows } from './prepared-payments.ts';
import { refundFlows } from './refunds.ts';

/** The whole certification, in the order of the vendor's categories. */
export const flows: readonly Flow[] = [
  ...onboardingFlows,
  ...paymentFlows,
  ...preparedPaymentFlows,
  ...restrictedPaymentFlows,
  ...restrictedPreparedPaymentFlows,
  ...refundFlows,
];
