import type { CheckVerdict } from '../../contract/doctor-report.ts';
import type { FaultCode } from '../../contract/faults.ts';

/** What a check found. */
export interface Finding {
  verdict: CheckVerdict;
  /** What was seen. */
  evidence: string;
  /** What to do; null where there is nothing to do. */
  remedy: string | null;
  /** The fault that the terminal reports for it, where there is one. */
  fault: FaultCode | null;
}

export function ok(evidence: string): Finding {
  return { verdict: 'ok', evidence, remedy: null, fault: null };
}

/** It works, but not as well, or not for long. */
export function warning(evidence: string, remedy: string, fault: FaultCode | null = null): Finding {
  return { verdict: 'warning', evidence, remedy, fault };
}

export function failed(evidence: string, remedy: string, fault: FaultCode | null = null): Finding {
  return { verdict: 'failed', evidence, remedy, fault };
}

export function skipped(evidence: string): Finding {
  return { verdict: 'skipped', evidence, remedy: null, fault: null };
}
