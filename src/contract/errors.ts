import { z } from 'zod';
import { paymentSnapshotSchema } from './payment-snapshot.ts';

/** Why a command was refused. `ok:false` is a promise: no money moves because of that command. */
export const errorCodes = [
  'invalid-request',
  'expired',
  'retained',
  'busy',
  'duplicate-order',
  'unknown-order',
  'wrong-state',
  'amount-not-allowed',
  'partial-capture-impossible',
  'rejected',
  'unreachable',
  'not-authorized',
  'not-supported',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** What MobilePay said, for the support desk. */
export const mobilePayErrorSchema = z.strictObject({
  status: z.int().nullable(),
  code: z.string().nullable(),
  correlationId: z.string().nullable(),
});
export type MobilePayError = z.infer<typeof mobilePayErrorSchema>;

export const commandErrorSchema = z.strictObject({
  code: z.enum(errorCodes),
  /** The member at fault, as a path (`amount.value`), or null. */
  field: z.string().nullable(),
  /** What is wrong and how to mend it, in English. */
  message: z.string(),
  /** Whether the same wish under a new `id` can succeed later. */
  retryable: z.boolean(),
  payment: paymentSnapshotSchema.nullable(),
  mobilePay: mobilePayErrorSchema.nullable(),
});
export type CommandError = z.infer<typeof commandErrorSchema>;

const replyId = z.string().nullable();

export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ id: replyId, ok: z.literal(true), result: z.unknown() }),
  z.strictObject({ id: replyId, ok: z.literal(false), error: commandErrorSchema }),
]);
export type Reply =
  | { id: string | null; ok: true; result: unknown }
  | { id: string | null; ok: false; error: CommandError };
