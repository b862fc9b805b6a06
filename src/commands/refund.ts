import { randomBytes } from 'node:crypto';
import type { Amount } from '../contract/money.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import { exitCodes } from '../exit-codes.ts';
import { expiresAtFromNow } from '../register/expiry.ts';
import type { RegisterClient } from '../register/register-client.ts';
import {
  atTerminal,
  exitCodeOfRefusal,
  idProblem,
  interruptOf,
  refusalInWords,
  speaker,
  tellAbsence,
} from './at-terminal.ts';
import { parseAmount } from './pay-amount.ts';
import { amountInWords } from './pay-words.ts';
import { refundInWords } from './refund-words.ts';
import type { Output, TerminalAddress } from './register-options.ts';

export interface RefundOptions extends TerminalAddress {
  /** Default: a new one. */
  refundOrderId?: string | undefined;
  /** MobilePay's id of a payment that another till made. */
  paymentId?: string | undefined;
  /** Cancels the refund when aborted. Default: Ctrl-C does. */
  interrupt?: AbortSignal | undefined;
}

/** A terminal knows sooner, unless MobilePay cannot be reached. */
const PATIENCE_MS = 60_000;
/** A refusal follows what it tells about the refund at once. */
const REPLY_WAIT_MS = 2_000;

/**
 * `refund ORDER AMOUNT`: gives back money of an order and says line by line what happens.
 * @returns 0 approved, 1 declined, 75 unknown, 69 broker or terminal not there, 64 wrong usage
 * @throws TerminalError for options that cannot be used
 */
export async function refundCommand(
  orderId: string,
  amountText: string,
  options: RefundOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const value = parseAmount(amountText);
  const problem =
    value === undefined
      ? 'AMOUNT has exactly two decimals, such as 12.50 or 12,50.'
      : (idProblem('ORDER', orderId) ??
        (options.refundOrderId === undefined
          ? undefined
          : idProblem('--refund-order', options.refundOrderId)));
  if (value === undefined || problem !== undefined) {
    err.write(`${problem}\n`);
    return exitCodes.usage;
  }
  return await atTerminal(options, err, (register, currency) =>
    giveBack(register, orderId, { currency, value }, options, out, err),
  );
}

function newRefundOrderId(): string {
  return `refund-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
}

async function giveBack(
  register: RegisterClient,
  orderId: string,
  amount: Amount,
  options: RefundOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const refundOrderId = options.refundOrderId ?? newRefundOrderId();
  const say = speaker(out);
  const ending = watch(register, refundOrderId, say);
  const interrupt = interruptOf(options.interrupt);
  say(
    `Refund ${refundOrderId}: giving back ${amountInWords(amount)} of order ${orderId} at ${options.terminalId}.`,
  );
  const answered = register
    .send('refund/start', {
      orderId,
      ...(options.paymentId === undefined ? {} : { paymentId: options.paymentId }),
      refundOrderId,
      amount,
      expiresAt: expiresAtFromNow(),
    })
    .then(
      (reply) => {
        if (reply.ok) return undefined;
        err.write(`${refusalInWords(reply.error)}\n`);
        ending.end(undefined);
        return exitCodeOfRefusal[reply.error.code];
      },
      // No answer: events, or the end of patience, decide.
      () => undefined,
    );
  interrupt.onFirst(() => {
    say('Cancelling.');
    register.send('refund/cancel', { refundOrderId }).catch(() => undefined);
  });
  interrupt.onSecond(() => ending.end(undefined));
  try {
    const refund = await ending.ended;
    if (refund?.outcome === 'approved') return exitCodes.done;
    const refused = await Promise.race([answered, pause(REPLY_WAIT_MS)]);
    if (refused !== undefined) return refused;
    if (refund?.outcome === 'declined') return exitCodes.declined;
    err.write(
      `The outcome is not known. Ask again: send refund/get '{"refundOrderId":"${refundOrderId}"}'\n`,
    );
    return exitCodes.unknown;
  } finally {
    interrupt.dispose();
    ending.dispose();
  }
}

async function pause(ms: number): Promise<undefined> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}

/** Follows a refund until it is decided or nothing more can be expected. */
function watch(register: RegisterClient, refundOrderId: string, say: (line: string) => void) {
  let resolveEnded: (refund: RefundSnapshot | undefined) => void = () => undefined;
  const ended = new Promise<RefundSnapshot | undefined>((resolve) => {
    resolveEnded = resolve;
  });
  const patience = setTimeout(() => resolveEnded(register.refund(refundOrderId)), PATIENCE_MS);
  const stopFollowing = register.followRefund(refundOrderId, (refund) => {
    say(refundInWords(refund));
    if (refund.outcome === 'approved' || refund.outcome === 'declined') resolveEnded(refund);
  });
  const stopListening = tellAbsence(register, say);
  return {
    ended,
    end: resolveEnded,
    dispose() {
      clearTimeout(patience);
      stopFollowing();
      stopListening();
    },
  };
}
