import { z } from 'zod';
import { faultCodes } from './faults.ts';

/** `skipped`: it does not apply here, or what it needs is not well. */
const checkVerdicts = ['ok', 'warning', 'failed', 'skipped'] as const;
export type CheckVerdict = (typeof checkVerdicts)[number];

const time = z.iso.datetime();

/** What `doctor --json` prints, and `terminal/diagnose` answers as `doctor`. Never holds a secret. */
export const doctorReportSchema = z.strictObject({
  /** Null where the config file is wrong. */
  terminalId: z.string().nullable(),
  software: z.strictObject({ name: z.string(), version: z.string() }),
  at: time,
  durationMs: z.int().min(0),
  /** `failed` when a check failed, else `warning` when one warns, else `ok`. */
  verdict: z.enum(['ok', 'warning', 'failed']),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      verdict: z.enum(checkVerdicts),
      /** What was seen, in English. */
      evidence: z.string(),
      /** What to do; null where there is nothing to do. */
      remedy: z.string().nullable(),
      /** The fault that the terminal reports for it, where there is one. */
      fault: z.enum(faultCodes).nullable(),
      durationMs: z.int().min(0),
    }),
  ),
});
export type DoctorReport = z.infer<typeof doctorReportSchema>;
