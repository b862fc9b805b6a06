import { randomUUID } from 'node:crypto';
import { isCommandName } from '../contract/topics.ts';
import { exitCodes } from '../exit-codes.ts';
import { expiresAtFromNow } from '../register/expiry.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { connectRegister } from '../register/register-client.ts';
import { TerminalError } from '../terminal-error.ts';
import type { Output, TerminalAddress } from './register-options.ts';

export interface SendCommandOptions extends TerminalAddress {
  /** How long to wait for the answer. Default 15 s. */
  timeoutSeconds?: number | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 15;
const MAY_BEGIN_WITHIN_MS = 60_000;

/**
 * `send COMMAND JSON`: one command as it stands, and the terminal's answer as JSON on stdout. What
 * is wrong with the payload is for the terminal to say; `id` and `expiresAt` are added if missing.
 * @returns 0 for `ok:true`, 1 for `ok:false`, 69 no broker, 75 no answer, 64 not a JSON object
 * @throws TerminalError for options that cannot be used
 */
export async function sendCommand(
  command: string,
  jsonText: string,
  options: SendCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const payload = parseObject(jsonText);
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  if (payload === undefined || !isTopicPart(command) || !(timeoutSeconds > 0)) {
    err.write(`${usageOf(payload, command)}\n`);
    return exitCodes.usage;
  }
  let register: RegisterClient;
  try {
    register = await connectRegister(options);
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'unreachable') throw error;
    err.write(`${error.message}\n`);
    return exitCodes.unavailable;
  }
  const stop = register.listen({
    onState(state) {
      if (!state.online) {
        err.write(`The terminal ${options.terminalId} is not online; waiting for it.\n`);
      }
    },
  });
  try {
    const reply = await register.send(command, complete(command, payload), {
      timeoutMs: timeoutSeconds * 1000,
    });
    out.write(`${JSON.stringify(reply, null, 2)}\n`);
    return reply.ok ? exitCodes.done : exitCodes.declined;
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'unreachable') throw error;
    err.write(`${error.message}. The terminal may still carry it out: ask again.\n`);
    return exitCodes.unknown;
  } finally {
    stop();
    await register.close();
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isTopicPart(command: string): boolean {
  return /^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(command);
}

function usageOf(payload: unknown, command: string): string {
  if (!isTopicPart(command)) return `"${command}" is not a command such as payment/get.`;
  if (payload === undefined) return 'JSON must be one object, such as \'{"orderId":"1001"}\'.';
  return '--timeout is a number of seconds above 0.';
}

/** Every known command has room for both; an unknown one is sent as it is, with an id. */
function complete(command: string, payload: Record<string, unknown>): object {
  return {
    id: randomUUID(),
    ...(isCommandName(command) ? { expiresAt: expiresAtFromNow(MAY_BEGIN_WITHIN_MS) } : {}),
    ...payload,
  };
}
