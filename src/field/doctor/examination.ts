import { performance } from 'node:perf_hooks';
import type { DoctorReport } from '../../contract/doctor-report.ts';
import type { CheckName } from './check-names.ts';
import type { Finding } from './finding.ts';
import { failed, skipped } from './finding.ts';
import type { Check, Patient } from './patient.ts';

/** A small board that is busy takes seconds for what is done in an instant elsewhere. */
const LIMIT_MS = 10_000;

export type Result = DoctorReport['checks'][number] & { name: CheckName };

/**
 * Looks at everything, side by side but for what needs another; never for longer than `withinMs`,
 * whatever hangs. The results have the order of the checks.
 */
export async function examine(
  checks: readonly Check[],
  patient: Patient,
  withinMs: number,
): Promise<Result[]> {
  const endsAtMs = performance.now() + withinMs;
  const begun = new Map<CheckName, Promise<Result>>();

  function resultOf(check: Check): Promise<Result> {
    const known = begun.get(check.name) ?? lookAt(check);
    begun.set(check.name, known);
    return known;
  }

  async function lookAt({ needs = [], ...check }: Check): Promise<Result> {
    const needed = await Promise.all(
      checks.filter(({ name }) => needs.includes(name)).map(resultOf),
    );
    const startedMs = performance.now();
    const time = { ownMs: check.limitMs ?? LIMIT_MS, leftMs: Math.max(0, endsAtMs - startedMs) };
    const missing =
      needed.find(({ verdict }) => verdict === 'failed') ??
      needed.find(({ verdict }) => verdict === 'skipped');
    const finding =
      missing === undefined ? await lookInTime(check, patient, time) : because(missing);
    return { name: check.name, ...finding, durationMs: Math.round(performance.now() - startedMs) };
  }

  return await Promise.all(checks.map(resultOf));
}

function because({ name, verdict, evidence }: Result): Finding {
  return skipped(verdict === 'failed' ? `not looked at while ${name} fails` : evidence);
}

async function lookInTime(
  check: Check,
  patient: Patient,
  { ownMs, leftMs }: { ownMs: number; leftMs: number },
): Promise<Finding> {
  const aborter = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () => {
        resolve(check.late ?? (ownMs <= leftMs ? tooLate(ownMs) : noTime));
        aborter.abort();
      },
      Math.min(ownMs, leftMs),
    );
  });
  const look = async () => await check.look(patient, aborter.signal);
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return failed(`it cannot be looked at: ${said}`, 'Report this to the maintainers.');
  } finally {
    clearTimeout(timer);
  }
}

/** It says nothing about the check that the others took all the time. */
const noTime = skipped('there was no time left for it: run doctor on the device');

function tooLate(limitMs: number): Finding {
  return failed(
    `no answer within ${(limitMs / 1000).toFixed(1)} s`,
    'Look at the network and at the load of this machine, then run doctor again.',
  );
}
