import type { CommandError, ErrorCode, Reply } from '../contract/errors.ts';
import type { OfflineState, OnlineState } from '../contract/messages.ts';
import type { Outcome } from '../contract/payment-snapshot.ts';
import { exitCodes } from '../exit-codes.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { paymentInWords } from './pay-words.ts';
import type { Output } from './register-options.ts';

/** A payment or a refund that somebody asks for at the command line. */
export interface Request<Snapshot extends { outcome: Outcome }> {
  /** What is said first. */
  opening: string;
  /** Asks the terminal. Rejects when no answer came. */
  send(): Promise<Reply>;
  cancel(): Promise<Reply>;
  /** Told of every newer snapshot. Returns how to stop. */
  follow(listener: (snapshot: Snapshot) => void): () => void;
  newest(): Snapshot | undefined;
  inWords(snapshot: Snapshot): string;
  /** How long its end is awaited, in ms; a snapshot may tell better, counted from its arrival. */
  patienceMs: number;
  patienceAfter?: (snapshot: Snapshot) => number | null;
  /** The subcommand that asks for the outcome later. */
  askAgain: string;
}

/** What became of an earlier request of the same id may be told this long before the refusal of this one. */
const REPLY_WAIT_MS = 2_000;

/**
 * Asks, and says line by line what becomes of it, until it is decided or nothing more can be expected.
 * Ctrl-C cancels; a second one gives up.
 * @returns 0 approved, 1 declined, 75 unknown; else what a refusal means
 */
export async function seeThrough<Snapshot extends { outcome: Outcome }>(
  register: RegisterClient,
  request: Request<Snapshot>,
  {
    out,
    err,
    interrupt: signal,
  }: { out: Output; err: Output; interrupt?: AbortSignal | undefined },
): Promise<number> {
  const say = speaker(out);
  let end: (decided: Snapshot | undefined) => void = () => undefined;
  const ended = new Promise<Snapshot | undefined>((resolve) => {
    end = resolve;
  });
  let patience: NodeJS.Timeout | undefined;
  function waitAtMost(ms: number) {
    clearTimeout(patience);
    patience = setTimeout(() => end(request.newest()), ms);
  }

  say(request.opening);
  waitAtMost(request.patienceMs);
  const stopFollowing = request.follow((snapshot) => {
    say(request.inWords(snapshot));
    if (isDecided(snapshot)) return end(snapshot);
    const better = request.patienceAfter?.(snapshot) ?? null;
    if (better !== null) waitAtMost(better);
  });
  const stopListening = tellTrouble(register, say);
  const interrupt = interruptOf(signal);
  interrupt.onFirst(() => {
    say('Cancelling.');
    request.cancel().catch(() => undefined);
  });
  interrupt.onSecond(() => end(undefined));
  const refusal = request.send().then(
    (reply) => {
      if (reply.ok) return undefined;
      err.write(`${refusalInWords(reply.error)}\n`);
      end(undefined);
      return exitCodeOfRefusal[reply.error.code];
    },
    // No answer: events, or the end of patience, decide.
    () => undefined,
  );
  try {
    const last = await ended;
    const waitMs = last !== undefined && isDecided(last) ? REPLY_WAIT_MS : 0;
    const refused = await Promise.race([refusal, pause(waitMs)]);
    if (refused !== undefined) return refused;
    if (last?.outcome === 'approved') return exitCodes.done;
    if (last?.outcome === 'declined') return exitCodes.declined;
    err.write(`The outcome is not known. Ask again: ${request.askAgain}\n`);
    return exitCodes.unknown;
  } finally {
    clearTimeout(patience);
    stopFollowing();
    stopListening();
    interrupt.dispose();
  }
}

function isDecided({ outcome }: { outcome: Outcome }): boolean {
  return outcome === 'approved' || outcome === 'declined';
}

async function pause(ms: number): Promise<undefined> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}

/** Total: what a refused start means to the caller. `ok:false` promises that no money moves. */
const exitCodeOfRefusal: Record<ErrorCode, number> = {
  'invalid-request': exitCodes.usage,
  'duplicate-order': exitCodes.usage,
  'amount-not-allowed': exitCodes.usage,
  'not-supported': exitCodes.usage,
  unreachable: exitCodes.unavailable,
  'not-authorized': exitCodes.notPermitted,
  internal: exitCodes.internal,
  expired: exitCodes.declined,
  retained: exitCodes.declined,
  busy: exitCodes.declined,
  'unknown-order': exitCodes.declined,
  'wrong-state': exitCodes.declined,
  'partial-capture-impossible': exitCodes.declined,
  rejected: exitCodes.declined,
};

function refusalInWords(error: CommandError): string {
  const field = error.field === null ? '' : ` (${error.field})`;
  const former =
    error.payment === null ? '' : ` The order stands so: ${paymentInWords(error.payment)}`;
  return `Refused, ${error.code}${field}: ${error.message}${former}`;
}

/** Says each line once in a row. */
function speaker(out: Output): (line: string) => void {
  let last = '';
  return (line) => {
    if (line !== last) out.write(`${line}\n`);
    last = line;
  };
}

/** Tells when the terminal or the broker is away, or of no use. Returns how to stop. */
function tellTrouble(register: RegisterClient, say: (line: string) => void): () => void {
  function onState(state: OnlineState | OfflineState) {
    if (!state.online) return say('The terminal is away. What it has begun, it will finish.');
    if (state.phase !== 'out-of-order') return;
    const why = state.faults.length === 0 ? '' : `: ${state.faults.join(', ')}`;
    say(`The terminal is out of order${why}.`);
  }
  if (register.state !== undefined) onState(register.state);
  return register.listen({
    onConnection(connected) {
      say(connected ? 'Connected again.' : 'No connection to the broker; trying again.');
    },
    onState,
  });
}

/** Ctrl-C once cancels, twice gives up; a signal handed in counts as once. */
function interruptOf(signal: AbortSignal | undefined) {
  let count = 0;
  let first: () => void = () => undefined;
  let second: () => void = () => undefined;
  const onInterrupt = () => {
    count += 1;
    if (count === 1) first();
    else second();
  };
  if (signal === undefined) process.on('SIGINT', onInterrupt);
  else signal.addEventListener('abort', onInterrupt, { once: true });
  return {
    onFirst(listener: () => void) {
      first = listener;
    },
    onSecond(listener: () => void) {
      second = listener;
    },
    dispose() {
      process.off('SIGINT', onInterrupt);
      signal?.removeEventListener('abort', onInterrupt);
    },
  };
}
