import { z } from 'zod';
import { operations } from './operations.ts';

const when = {
  /** The call after which it is done, once that has had its effect. Any that needs a token. */
  after: z
    .enum(operations)
    .exclude(['getToken', 'simulateCheckin', 'simulateAccept', 'simulateRefusal']),
  /** The first such call; default 1. */
  nth: z.int().min(1).optional(),
  /** How many such calls in a row; default 1. */
  count: z.int().min(1).optional(),
  /** From the call's effect until it is done; default 0. */
  waitMs: z.int().min(0).optional(),
};

/** What the world does by itself in a scripted run: the customer, the wire, time. */
export const stepSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('check-in'),
    ...when,
    phoneNumber: z.string().min(1).optional(),
    loyaltyIds: z.array(z.string()).optional(),
  }),
  z.strictObject({
    do: z.literal('accept'),
    ...when,
    card: z.enum(['debit', 'credit']).optional(),
    partialCapturePossible: z.boolean().optional(),
    fails: z.boolean().optional(),
  }),
  z.strictObject({ do: z.literal('refuse'), ...when }),
  z.strictObject({ do: z.literal('cut-network'), ...when, forMs: z.int().min(1).optional() }),
  z.strictObject({
    do: z.literal('slow-network'),
    ...when,
    delayMs: z.int().min(1).optional(),
    forMs: z.int().min(1).optional(),
  }),
  z.strictObject({ do: z.literal('restore-network'), ...when }),
  z.strictObject({ do: z.literal('advance-clock'), ...when, byMs: z.int().min(1) }),
  z.strictObject({ do: z.literal('revoke-tokens'), ...when }),
  z.strictObject({ do: z.literal('set-balance'), ...when, balanceMinorUnits: z.int() }),
]);
export type ScriptStep = z.infer<typeof stepSchema>;
