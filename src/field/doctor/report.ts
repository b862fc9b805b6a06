import type { DoctorReport } from '../../contract/doctor-report.ts';
import { version } from '../../version.ts';
import type { Result } from './examination.ts';

export function reportOf(
  results: readonly Result[],
  about: { terminalId: string | null; at: Date; durationMs: number; secrets: readonly string[] },
): DoctorReport {
  const has = (verdict: Result['verdict']) => results.some((each) => each.verdict === verdict);
  const warned = has('warning') ? 'warning' : 'ok';
  return {
    terminalId: about.terminalId,
    software: { name: 'beacon-terminal', version },
    at: about.at.toISOString(),
    durationMs: Math.round(about.durationMs),
    verdict: has('failed') ? 'failed' : warned,
    checks: results.map((result) => ({
      ...result,
      evidence: blotted(result.evidence, about.secrets),
      remedy: result.remedy === null ? null : blotted(result.remedy, about.secrets),
    })),
  };
}

/** No check tells a secret; what a library says of its troubles is not ours. */
function blotted(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}
