import type { CommandError, ErrorCode } from '../contract/errors.ts';
import type { Currency } from '../contract/money.ts';
import { firstInvalidCharacter, TEXT_FIELD_MAX } from '../contract/text-field.ts';
import { exitCodes } from '../exit-codes.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { connectRegister } from '../register/register-client.ts';
import { TerminalError } from '../terminal-error.ts';
import { paymentInWords } from './pay-words.ts';
import type { Output, TerminalAddress } from './register-options.ts';

const STATE_WAIT_MS = 3_000;

/** Total: what a refused start means to the caller. `ok:false` promises that no money moves. */
export const exitCodeOfRefusal: Record<ErrorCode, number> = {
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

export function refusalInWords(error: CommandError): string {
  const field = error.field === null ? '' : ` (${error.field})`;
  const former =
    error.payment === null ? '' : ` The order stands so: ${paymentInWords(error.payment)}`;
  return `Refused, ${error.code}${field}: ${error.message}${former}`;
}

/** What is wrong with an id that somebody typed; undefined when MobilePay takes it. */
export function idProblem(flag: string, id: string): string | undefined {
  if (id.length < 1 || id.length > TEXT_FIELD_MAX) {
    return `${flag} has 1 to ${TEXT_FIELD_MAX} characters.`;
  }
  const character = firstInvalidCharacter(id);
  return character === undefined ? undefined : `${flag}: MobilePay does not accept "${character}".`;
}

/**
 * Connects to a terminal that is there, and acts.
 * @returns what `act` returns; 69 when broker or terminal are not there
 * @throws TerminalError for options that cannot be used
 */
export async function atTerminal(
  options: TerminalAddress,
  err: Output,
  act: (register: RegisterClient, currency: Currency) => Promise<number>,
): Promise<number> {
  let register: RegisterClient;
  try {
    register = await connectRegister(options);
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'unreachable') throw error;
    err.write(`${error.message}\n`);
    return exitCodes.unavailable;
  }
  try {
    const state = await register.whenState((each) => each.online, STATE_WAIT_MS);
    if (state === undefined) {
      err.write(`The terminal ${options.terminalId} is not online.\n`);
      return exitCodes.unavailable;
    }
    return await act(register, await currencyOf(register));
  } finally {
    await register.close();
  }
}

/** The terminal says in its retained info what it settles in. */
async function currencyOf(register: RegisterClient): Promise<Currency> {
  if (register.info === undefined) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, 1_000);
      const stop = register.listen({ onInfo: finish });
      function finish() {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }
  return register.info?.currency ?? 'DKK';
}

/** Says each line once in a row. */
export function speaker(out: Output): (line: string) => void {
  let last = '';
  return (line) => {
    if (line !== last) out.write(`${line}\n`);
    last = line;
  };
}

/** Tells when the terminal or the broker is away. Returns how to stop. */
export function tellAbsence(register: RegisterClient, say: (line: string) => void): () => void {
  return register.listen({
    onConnection(connected) {
      say(connected ? 'Connected again.' : 'No connection to the broker; trying again.');
    },
    onState(state) {
      if (!state.online) say('The terminal is away. What it has begun, it will finish.');
    },
  });
}

/** Ctrl-C once cancels, twice gives up; a signal handed in counts as once. */
export function interruptOf(signal: AbortSignal | undefined) {
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
