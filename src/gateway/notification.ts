import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CommandPayload } from '../contract/commands.ts';

const detail = z
  .string('must be text')
  .max(100, 'must be at most 100 characters')
  .nullish()
  .transform((text) => text ?? undefined);

/**
 * What MobilePay posts when a customer checks in (PoS V10, notification service). Members that we
 * do not know are left out: MobilePay may add some, terminals take no others.
 */
export const notificationSchema = z.object(
  {
    MerchantId: detail,
    MerchantBrandId: detail,
    MerchantLocationId: detail,
    MerchantPosId: detail,
    PosId: z.guid('must be a GUID'),
  },
  'must be a JSON object with PosId',
);
export type Notification = z.infer<typeof notificationSchema>;

/** A hint that comes later than this helps nobody: the customer has paid or gone. */
export const HINT_LIVES_SECONDS = 60;

/**
 * The command that tells a terminal of a check-in. The id is a new one each time, also when
 * MobilePay repeats itself: the body does not tell a repeat from a second check-in.
 */
export function notifyCommand(
  notification: Notification,
  posId: string,
): CommandPayload<'checkin/notify'> {
  return {
    id: randomUUID(),
    expiresAt: new Date(Date.now() + HINT_LIVES_SECONDS * 1000).toISOString(),
    ...notification,
    PosId: posId,
  };
}
