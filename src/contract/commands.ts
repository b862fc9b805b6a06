import { z } from 'zod';
import { amountSchema } from './money.ts';
import { plannedCaptureDelays } from './payment-snapshot.ts';
import { textFieldSchema } from './text-field.ts';

/** How much is logged, the most first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

const COMMAND_ID = /^[\x20-\x7e]{1,64}$/;
/** 1-64 printable ASCII characters; a repeat of a command carries the id it had. */
export function isCommandId(value: unknown): value is string {
  return typeof value === 'string' && COMMAND_ID.test(value);
}
const commandId = z.string().regex(COMMAND_ID, '1 to 64 printable ASCII characters');

const orderId = textFieldSchema;
const time = z.iso.datetime({
  offset: true,
  error: 'must be a time in RFC 3339, for example 2025-03-01T10:00:00Z',
});
const expiresAt = time;
const timeout = 'must be a whole number of seconds from 5 to 3600';
const customerTimeoutSeconds = z.int(timeout).min(5, timeout).max(3600, timeout);

/** Shown as it is: a control character could be an order to the display. */
const displayLine = z
  .string()
  .regex(/^\P{Cc}{0,40}$/u, 'at most 40 characters, none of them a control character');

const base = { id: commandId, expiresAt: expiresAt.optional() };
const bounded = { id: commandId, expiresAt };

const startOptions = {
  amount: amountSchema,
  customerTimeoutSeconds: customerTimeoutSeconds.optional(),
  plannedCaptureDelay: z.enum(plannedCaptureDelays).optional(),
  restrictions: z
    .strictObject({
      debitCardDisallowed: z.boolean().optional(),
      creditCardDisallowed: z.boolean().optional(),
    })
    .optional(),
  label: textFieldSchema.optional(),
  autoCapture: z.boolean().optional(),
};

/** One strict schema per command; its key is the last part of `R/command/NAME`. */
export const commandSchemas = {
  'payment/start': z.strictObject({ ...bounded, orderId, ...startOptions }),
  'payment/prepare': z.strictObject({ ...bounded, orderId }),
  'payment/ready': z.strictObject({ ...bounded, orderId, ...startOptions }),
  'payment/capture': z.strictObject({ ...bounded, orderId, amount: amountSchema.optional() }),
  'payment/cancel': z.strictObject({ ...base, orderId }),
  'payment/get': z.strictObject({ ...base, orderId }),
  'payment/list': z.union([
    z.strictObject({ ...base, open: z.literal(true) }),
    z.strictObject({ ...base, since: time }),
  ]),
  'refund/start': z.strictObject({
    ...bounded,
    orderId: orderId.optional(),
    paymentId: z.guid('must be a GUID, as MobilePay gave it').optional(),
    refundOrderId: textFieldSchema,
    amount: amountSchema,
    autoCapture: z.boolean().optional(),
  }),
  'refund/capture': z.strictObject({ ...bounded, refundOrderId: textFieldSchema }),
  'refund/cancel': z.strictObject({ ...base, refundOrderId: textFieldSchema }),
  'refund/get': z.strictObject({ ...base, refundOrderId: textFieldSchema }),
  'checkin/watch': z.strictObject({ ...base, on: z.boolean() }),
  'checkin/notify': z.strictObject({
    ...base,
    MerchantId: z.string().optional(),
    MerchantBrandId: z.string().optional(),
    MerchantLocationId: z.string().optional(),
    MerchantPosId: z.string().optional(),
    PosId: z.string(),
  }),
  'display/show': z.union([
    z.strictObject({
      ...base,
      lines: z.array(displayLine).min(1).max(4),
      seconds: z.int().min(1).max(3600),
    }),
    z.strictObject({
      ...base,
      qr: z.string().min(1).max(512),
      seconds: z.int().min(1).max(3600),
    }),
  ]),
  'terminal/identify': z.strictObject({ ...base, seconds: z.int().min(1).max(3600).optional() }),
  'terminal/diagnose': z.strictObject({ ...base }),
  'terminal/restart': z.strictObject({ ...base }),
  'terminal/log-level': z.strictObject({
    ...base,
    level: z.enum(logLevels),
  }),
} as const;

export type CommandName = keyof typeof commandSchemas;
export const commandNames = Object.keys(commandSchemas) as CommandName[];
export type CommandPayload<N extends CommandName> = z.infer<(typeof commandSchemas)[N]>;
