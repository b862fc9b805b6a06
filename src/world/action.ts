import { z } from 'zod';
import type { Action } from './page/world-view.ts';

/** What the page may ask for. */
export const actionSchema: z.ZodType<Action> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('ask'), amount: z.string().max(40) }),
  z.strictObject({ do: z.literal('cancel') }),
  z.strictObject({ do: z.literal('check-in') }),
  z.strictObject({ do: z.literal('accept') }),
  z.strictObject({ do: z.literal('refuse') }),
  z.strictObject({ do: z.literal('put-away') }),
  z.strictObject({
    do: z.literal('press'),
    button: z.enum(['pay', 'cancel']),
    long: z.boolean(),
  }),
  z.strictObject({
    do: z.literal('trouble'),
    trouble: z.enum(['network-cut', 'api-slow', 'broker-gone', 'plug-pulled']),
    on: z.boolean(),
  }),
  z.strictObject({ do: z.literal('speak'), language: z.enum(['da', 'fi', 'en']) }),
]);
