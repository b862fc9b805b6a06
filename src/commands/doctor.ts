import { performance } from 'node:perf_hooks';
import { exitCodes } from '../exit-codes.ts';
import { patientOf, runDoctor } from '../field/doctor/doctor.ts';
import { reportText } from '../field/doctor/report-text.ts';
import { thisMachine } from '../field/doctor/world.ts';

/** Longer than the longest check: what it says of a journal of years is worth the wait. */
const USUAL_TIMEOUT_SECONDS = 70;

/**
 * `beacon-terminal doctor`: one page of checks, also while the service runs.
 * Exit code 1 when a check failed, also when that is the config file.
 */
export async function doctorCommand(
  flags: { config?: string; json: boolean; timeout?: number },
  out: { write(text: string): unknown; isTTY?: boolean },
): Promise<number> {
  const patient = patientOf(flags.config, process.env, thisMachine());
  // Counted from the start of the process: on a small board, loading takes seconds of it.
  const withinMs = (flags.timeout ?? USUAL_TIMEOUT_SECONDS) * 1000 - performance.now();
  const report = await runDoctor(patient, withinMs);
  const coloured = out.isTTY === true && !process.env['NO_COLOR'];
  out.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, coloured));
  return report.verdict === 'failed' ? exitCodes.checkFailed : exitCodes.done;
}
