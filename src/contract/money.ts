import { z } from 'zod';

/** ISO 4217 codes that PoS V10 settles in. */
export const currencies = ['DKK', 'EUR'] as const;
export type Currency = (typeof currencies)[number];

export const MAX_MINOR_UNITS = 99_999_999;

const wholeMinorUnits = `must be a whole number of minor units from 1 to ${MAX_MINOR_UNITS}; 12.50 is 1250`;

/** An amount in whole minor units: `{"currency":"DKK","value":1250}` is 12.50 kr. */
export const amountSchema = z.strictObject({
  currency: z.enum(currencies),
  value: z.int(wholeMinorUnits).min(1, wholeMinorUnits).max(MAX_MINOR_UNITS, wholeMinorUnits),
});
export type Amount = z.infer<typeof amountSchema>;
