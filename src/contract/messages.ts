import { z } from 'zod';
import { faultCodes } from './faults.ts';
import { currencies } from './money.ts';
import { paymentSnapshotSchema, statePaymentSchema } from './payment-snapshot.ts';
import { refundSnapshotSchema, stateRefundSchema } from './refund-snapshot.ts';

/** Where the terminal as a whole stands. Settled means `idle` at once. */
export const phases = [
  'starting',
  'idle',
  'checked-in',
  'paying',
  'approved',
  'cancelled',
  'out-of-order',
] as const;
export type Phase = (typeof phases)[number];

const time = z.iso.datetime();
export const beaconModes = ['off', 'one-way', 'two-way'] as const;

/** `R/state`, retained, while the terminal runs. */
export const onlineStateSchema = z.strictObject({
  online: z.literal(true),
  bootId: z.string(),
  seq: z.int().min(0),
  phase: z.enum(phases),
  payment: statePaymentSchema.nullable(),
  refund: stateRefundSchema.nullable(),
  beacon: z.strictObject({ mode: z.enum(beaconModes), advertising: z.boolean() }),
  api: z.strictObject({ reachable: z.boolean() }),
  faults: z.array(z.enum(faultCodes)),
  at: time,
});
/** `R/state` as the last will, and at a clean stop. */
export const offlineStateSchema = z.strictObject({ online: z.literal(false), bootId: z.string() });
export const stateSchema = z.discriminatedUnion('online', [onlineStateSchema, offlineStateSchema]);
export type OnlineState = z.infer<typeof onlineStateSchema>;
export type OfflineState = z.infer<typeof offlineStateSchema>;

/** `R/info`, retained. */
export const infoSchema = z.strictObject({
  terminalId: z.string(),
  software: z.strictObject({ name: z.string(), version: z.string() }),
  beaconId: z.string().nullable(),
  posId: z.string().nullable(),
  posName: z.string(),
  store: z.string().nullable(),
  currency: z.enum(currencies),
  platform: z.literal('pos-v10'),
  capabilities: z.array(z.string()),
});
export type Info = z.infer<typeof infoSchema>;

const stamp = { bootId: z.string(), seq: z.int().min(1), at: time };

const checkinEventSchema = z.strictObject({
  checkedIn: z.boolean(),
  loyaltyIds: z.array(z.string()).nullable(),
  customerToken: z.string().nullable(),
  customerReceiptToken: z.string().nullable(),
  via: z.enum(['poll', 'notification', 'ble']),
  ble: z.strictObject({ token: z.string(), authenticator: z.string() }).nullable(),
  ...stamp,
});
const buttonEventSchema = z.strictObject({
  button: z.enum(['pay', 'cancel']),
  action: z.enum(['press', 'long-press']),
  ...stamp,
});
const faultEventSchema = z.strictObject({
  code: z.enum(faultCodes),
  message: z.string(),
  since: time,
  cleared: z.boolean(),
  ...stamp,
});

/** One schema per `R/event/NAME`. Delivery may repeat; (bootId, seq) never names two events. */
export const eventSchemas = {
  payment: paymentSnapshotSchema,
  refund: refundSnapshotSchema,
  checkin: checkinEventSchema,
  button: buttonEventSchema,
  fault: faultEventSchema,
} as const;
export type EventName = keyof typeof eventSchemas;
export type EventPayload<N extends EventName> = z.infer<(typeof eventSchemas)[N]>;

/** `R/telemetry`, QoS 0, every 60 s. */
export const telemetrySchema = z.strictObject({
  bootId: z.string(),
  uptimeSeconds: z.int().min(0),
  residentMemoryBytes: z.int().min(0),
  openOrders: z.int().min(0),
  outboxLength: z.int().min(0),
  at: time,
});
export type Telemetry = z.infer<typeof telemetrySchema>;
