/** What becomes of one call between the terminal and MobilePay. */
export const fates = [
  /** Carried out and answered. */
  'delivered',
  /** No byte of it left. */
  'unsent',
  /** It never arrived. */
  'request-lost',
  /** Carried out; the answer never came. */
  'answer-lost',
  /** Nobody waits any more when it arrives and is carried out, up to a minute later. */
  'request-late',
  /** Carried out; its answer is read only after other things have happened. */
  'answer-late',
  /** The first answer was lost, the same request again was answered. */
  'duplicated',
] as const;
export type Fate = (typeof fates)[number];

export type Result<T> =
  | { kind: 'answered'; value: T; priorAttemptAmbiguous: boolean }
  | { kind: 'unsent' }
  | { kind: 'unanswered' };

/** Requests arrive at the latest this long after they were sent. */
const LONGEST_ON_THE_WAY_MS = 60_000;

export function createUnsteadyLine(now: () => number) {
  let onTheWay: { carryOut: () => unknown; arrivesAt: number }[] = [];
  let unread: (() => void)[] = [];

  return {
    /** `whenLate` hears an answer that was no longer waited for. */
    call<T>(
      fate: Fate,
      carryOut: () => T,
      whenLate: (value: T) => void = () => undefined,
    ): Result<T> {
      switch (fate) {
        case 'unsent':
          return { kind: 'unsent' };
        case 'request-lost':
          return { kind: 'unanswered' };
        case 'answer-lost':
          carryOut();
          return { kind: 'unanswered' };
        case 'request-late':
          onTheWay.push({ carryOut, arrivesAt: now() + LONGEST_ON_THE_WAY_MS });
          return { kind: 'unanswered' };
        case 'answer-late': {
          const value = carryOut();
          unread.push(() => whenLate(value));
          return { kind: 'unanswered' };
        }
        case 'duplicated':
          carryOut();
          return { kind: 'answered', value: carryOut(), priorAttemptAmbiguous: true };
        case 'delivered':
          return { kind: 'answered', value: carryOut(), priorAttemptAmbiguous: false };
      }
    },
    /** What has been on the way for long enough (or all of it) arrives. */
    arrive(all = false): void {
      const due = onTheWay.filter(({ arrivesAt }) => all || arrivesAt <= now());
      onTheWay = onTheWay.filter((request) => !due.includes(request));
      for (const { carryOut } of due) carryOut();
    },
    /** Late answers are read, the oldest first. */
    readLateAnswers(): void {
      const answers = unread;
      unread = [];
      for (const read of answers) read();
    },
    /** The process that waited for them is gone. */
    forgetAnswers(): void {
      unread = [];
    },
  };
}
export type UnsteadyLine = ReturnType<typeof createUnsteadyLine>;
