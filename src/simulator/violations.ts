export type ViolationKind =
  | 'early-poll'
  | 'client-id-missing'
  | 'order-id-reused'
  | 'refund-order-id-reused';

/** Something a well-behaved client does not do, though the call was answered. */
export interface Violation {
  kind: ViolationKind;
  message: string;
  path: string;
  atMs: number;
}

/** The first thousand are worth reading. */
const MAX_VIOLATIONS = 1000;

export function noteViolation(list: Violation[], violation: Violation): void {
  if (list.length < MAX_VIOLATIONS) list.push(violation);
}

/** Timers may fire a millisecond early; that is not the client's fault. */
const TOLERANCE_MS = 2;

/** Knows when each resource may be polled again, counted from request to request. */
export class PollWatch {
  readonly #nextPollMs = new Map<string, number>();

  /**
   * How many milliseconds too early this poll is; 0 when it is in time. Its answer tells of
   * `pollDelayMs`, which the next one is held to.
   */
  earlyByMs(resource: string, nowMs: number, pollDelayMs: number): number {
    const earlyMs = (this.#nextPollMs.get(resource) ?? nowMs) - nowMs;
    this.#nextPollMs.set(resource, nowMs + pollDelayMs);
    return earlyMs > TOLERANCE_MS ? earlyMs : 0;
  }

  /** After a command on the resource, asking at once what became of it is no poll. */
  forget(resource: string): void {
    this.#nextPollMs.delete(resource);
  }
}
