import { z } from 'zod';

/** ISO 4217 codes that PoS V10 settles in. */
export const currencies = ['DKK', 'EUR'] as const;
export type Currency = (typeof currencies)[number];

export const MAX_MINOR_UNITS = 99_999_999;

/** An amount in whole minor units: `{"currency":"DKK","value":1250}` is 12.50 kr. */
export const amountSchema = z.strictObject({
  currency: z.enum(currencies),
  value: z.int().min(1).max(MAX_MINOR_UNITS),
});
export type Amount = z.infer<typeof amountSchema>;
