import { z } from 'zod';
import { errorOfCode } from './api-error.ts';
import { faultKinds } from './faults.ts';
import { operations } from './operations.ts';

/** One of the words; a kind such as `500` is a number to whoever writes YAML. */
export function wordSchema<const T extends readonly string[]>(words: T) {
  return z.preprocess((word) => (typeof word === 'number' ? String(word) : word), z.enum(words));
}

/** What of a fault order does not depend on its kind being one. */
export const faultMembers = {
  operation: z.enum(operations).optional(),
  method: z.enum(['GET', 'POST', 'DELETE']).optional(),
  path: z.string().startsWith('/').optional(),
  nth: z.int().min(1).optional(),
  count: z.int().min(1).optional(),
  acted: z.boolean().optional(),
  code: z
    .int()
    .refine((code) => errorOfCode(code) !== undefined, 'PoS V10 has no such error code')
    .optional(),
  delayMs: z.int().min(0).optional(),
  status: z.int().min(200).max(599).optional(),
  retryAfterSeconds: z.int().min(0).optional(),
};

export const faultSchema = z.strictObject({ kind: wordSchema(faultKinds), ...faultMembers });
