import { TerminalError, type TerminalErrorCode } from '../../terminal-error.ts';

/** The questions that a technician can answer anew when an answer turns out to be wrong. */
export type QuestionName =
  | 'terminal.id'
  | 'mqtt.url'
  | 'mqtt.ca'
  | 'login'
  | 'mqtt.username'
  | 'mqtt-password'
  | 'mobilepay.clientId'
  | 'mobilepay-client-secret'
  | 'mobilepay.merchantVat'
  | 'store'
  | 'pos.name'
  | 'pos.beaconId'
  | 'beacon.mode'
  | 'takeOver';

/** What stands in the way, and what to do about it. Never a secret. */
export interface Problem {
  code: TerminalErrorCode;
  what: string;
  remedy: string;
  /** Whose answers are at fault, where it is that. */
  ask?: readonly QuestionName[];
}

export function problemText({ what, remedy }: Problem): string {
  return `${what}\n  Remedy: ${remedy}`;
}

export function errorOf(problem: Problem): TerminalError {
  return new TerminalError(problem.code, problemText(problem));
}

/**
 * How a step ended. `waiting`: somebody else has to do something first; the same command, given
 * again, goes on from there.
 */
export type StepResult =
  | { kind: 'done'; said: string }
  | { kind: 'waiting'; said: string }
  | { kind: 'problem'; problem: Problem };

export function done(said: string): StepResult {
  return { kind: 'done', said };
}

export function stopped(problem: Problem): StepResult {
  return { kind: 'problem', problem };
}
