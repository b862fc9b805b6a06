import type { TerminalErrorCode } from './terminal-error.ts';

/** What the process ends with, after sysexits.h. */
export const exitCodes = {
  done: 0,
  /** `pay`: declined. */
  declined: 1,
  /** `doctor`, `certify`: a check failed. */
  checkFailed: 1,
  usage: 64,
  unavailable: 69,
  internal: 70,
  /** Outcome unknown: ask again. */
  unknown: 75,
  notPermitted: 77,
  config: 78,
} as const;

const exitCodeOfError: Record<TerminalErrorCode, number> = {
  'config-invalid': exitCodes.config,
  usage: exitCodes.usage,
  unreachable: exitCodes.unavailable,
  'port-taken': exitCodes.unavailable,
  'journal-damaged': exitCodes.unavailable,
  'disk-full': exitCodes.unavailable,
  'not-permitted': exitCodes.notPermitted,
  'illegal-transition': exitCodes.internal,
  internal: exitCodes.internal,
};

export function exitCodeOf(code: TerminalErrorCode): number {
  return exitCodeOfError[code];
}
