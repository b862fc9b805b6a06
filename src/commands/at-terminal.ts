import type { Currency } from '../contract/money.ts';
import { firstInvalidCharacter, TEXT_FIELD_MAX } from '../contract/text-field.ts';
import { exitCodes } from '../exit-codes.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { connectRegister } from '../register/register-client.ts';
import { TerminalError } from '../terminal-error.ts';
import type { Output, TerminalAddress } from './register-options.ts';

const STATE_WAIT_MS = 3_000;

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
