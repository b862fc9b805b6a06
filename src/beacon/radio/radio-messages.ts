import { z } from 'zod';
import type { Phase } from '../../contract/messages.ts';

/** What the radio's process is told, over Node's IPC channel. */
export type RadioOrder =
  | {
      kind: 'open';
      /** N of hciN. */
      hciDevice: number;
      intervalMs: number;
      posName: string;
      /** Whether phones may stay connected. */
      twoWay: boolean;
    }
  /** Bytes in hexadecimal. Takes the place of what was advertised before. */
  | { kind: 'advertise'; beaconId: string; advert: string; scanResponse: string }
  | { kind: 'silence' }
  | { kind: 'phase'; phase: Phase }
  | { kind: 'ping'; id: number }
  /** Leave the air and end. */
  | { kind: 'close' };

/** Why the radio cannot be used. */
export const radioFaults = [
  'adapter-missing',
  'adapter-blocked',
  'adapter-busy',
  'no-permission',
  'radio-down',
] as const;
export type RadioFault = (typeof radioFaults)[number];

const base64 = z.string().max(700);

/** What the radio's process says. It is not trusted to say only this. */
export const radioReportSchema = z.discriminatedUnion('kind', [
  /** The adapter is on; orders to advertise are carried out from now on. */
  z.strictObject({ kind: z.literal('ready') }),
  /** The controller has confirmed it. Null: silent. */
  z.strictObject({ kind: z.literal('on-air'), beaconId: z.string().max(36).nullable() }),
  z.strictObject({ kind: z.literal('check-in'), token: base64, authenticator: base64 }),
  z.strictObject({ kind: z.literal('pong'), id: z.int() }),
  /** The last it says. */
  z.strictObject({
    kind: z.literal('failed'),
    fault: z.enum(radioFaults),
    detail: z.string().max(2000),
  }),
]);
export type RadioReport = z.infer<typeof radioReportSchema>;
