import { randomBytes } from 'node:crypto';
import type { Amount } from '../contract/money.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import { exitCodes } from '../exit-codes.ts';
import { expiresAtFromNow } from '../register/expiry.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { atTerminal, idProblem } from './at-terminal.ts';
import { parseAmount } from './pay-amount.ts';
import { amountInWords } from './pay-words.ts';
import { refundInWords } from './refund-words.ts';
import type { Output, TerminalAddress } from './register-options.ts';
import { seeThrough } from './see-through.ts';

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

function giveBack(
  register: RegisterClient,
  orderId: string,
  amount: Amount,
  options: RefundOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const { terminalId, paymentId, interrupt } = options;
  const refundOrderId = options.refundOrderId ?? newRefundOrderId();
  return seeThrough<RefundSnapshot>(
    register,
    {
      opening: `Refund ${refundOrderId}: giving back ${amountInWords(amount)} of order ${orderId} at ${terminalId}.`,
      send: () =>
        register.send('refund/start', {
          orderId,
          ...(paymentId === undefined ? {} : { paymentId }),
          refundOrderId,
          amount,
          expiresAt: expiresAtFromNow(),
        }),
      cancel: () => register.send('refund/cancel', { refundOrderId }),
      follow: (listener) => register.followRefund(refundOrderId, listener),
      newest: () => register.refund(refundOrderId),
      inWords: refundInWords,
      patienceMs: PATIENCE_MS,
      askAgain: `send refund/get '{"refundOrderId":"${refundOrderId}"}'`,
    },
    { out, err, interrupt },
  );
}
