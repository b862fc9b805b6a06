import type { PlannedCall, Verdict } from './planned-call.ts';
import type { SentRequest } from './sent-request.ts';

/** What a flow is to show. Its title is what a person reads. */
export type Case =
  /** A call that is disturbed, and carried through all the same. */
  | ({ kind: 'call'; title: string } & PlannedCall)
  /** Something the requests of the flow as a whole show. */
  | { kind: 'traffic'; title: string; judge: (requests: readonly SentRequest[]) => Verdict }
  /** Something that is found out while the flow is played. */
  | { kind: 'check'; title: string };

export type Check = Extract<Case, { kind: 'check' }>;
export type DisturbedCall = Extract<Case, { kind: 'call' }>;
export type TrafficCase = Extract<Case, { kind: 'traffic' }>;

export function check(title: string): Check {
  return { kind: 'check', title };
}

export function disturbed(
  title: string,
  operation: PlannedCall['operation'],
  steps: PlannedCall['steps'],
): DisturbedCall {
  return { kind: 'call', title, operation, steps };
}
