import type { FaultCode } from '../contract/faults.ts';

/** A single unanswered poll is no news; two unanswered calls in a row are. */
const UNREACHABLE_AFTER = 2;

export interface ReachabilityWorld {
  setFault: (code: FaultCode, present: boolean) => void;
  /** MobilePay answers: what waits for another try need not wait longer. */
  onAnswer: () => void;
  onChange: () => void;
}

/** Whether MobilePay answers at all. Until the first call it is not known to. */
export function createReachability({ setFault, onAnswer, onChange }: ReachabilityWorld) {
  let reachable = false;
  let unanswered = 0;

  return {
    isGiven: () => reachable,

    /** Told after every call whether it was answered. */
    note(answered: boolean): void {
      const before = reachable;
      unanswered = answered ? 0 : unanswered + 1;
      if (answered) reachable = true;
      else if (unanswered >= UNREACHABLE_AFTER) reachable = false;
      if (answered) onAnswer();
      if (answered || unanswered === UNREACHABLE_AFTER) setFault('api-unreachable', !answered);
      if (before !== reachable) onChange();
    },
  };
}
