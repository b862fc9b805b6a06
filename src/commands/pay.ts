import { randomBytes } from 'node:crypto';
import type { Amount } from '../contract/money.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { exitCodes } from '../exit-codes.ts';
import { expiresAtFromNow, MAY_BEGIN_WITHIN_MS } from '../register/expiry.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { atTerminal, idProblem } from './at-terminal.ts';
import { parseAmount } from './pay-amount.ts';
import { amountInWords, paymentInWords } from './pay-words.ts';
import type { Output, TerminalAddress } from './register-options.ts';
import { seeThrough } from './see-through.ts';

export interface PayOptions extends TerminalAddress {
  /** Default: a new one. */
  orderId?: string | undefined;
  /** How long the customer has, 5-3600 s. Default: what the terminal is configured for. */
  timeoutSeconds?: number | undefined;
  /** Cancels the payment when aborted. Default: Ctrl-C does. */
  interrupt?: AbortSignal | undefined;
}

/** Longer than a terminal needs to be sure after the customer's time has run out. */
const GRACE_MS = 30_000;
const USUAL_CUSTOMER_TIME_MS = 180_000;

/**
 * `pay AMOUNT`: asks a terminal for an amount and says line by line what happens.
 * @returns 0 approved, 1 declined, 75 unknown, 69 broker or terminal not there, 64 wrong usage
 * @throws TerminalError for options that cannot be used
 */
export async function payCommand(
  amountText: string,
  options: PayOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const value = parseAmount(amountText);
  const problem = value === undefined ? AMOUNT_HINT : problemOf(options);
  if (value === undefined || problem !== undefined) {
    err.write(`${problem}\n`);
    return exitCodes.usage;
  }
  return await atTerminal(options, err, (register, currency) =>
    takePayment(register, { currency, value }, options, out, err),
  );
}

const AMOUNT_HINT = 'AMOUNT has exactly two decimals, such as 12.50 or 12,50.';

function problemOf({ orderId, timeoutSeconds }: PayOptions): string | undefined {
  const problem = orderId === undefined ? undefined : idProblem('--order', orderId);
  if (problem !== undefined) return problem;
  if (
    timeoutSeconds !== undefined &&
    !(Number.isInteger(timeoutSeconds) && timeoutSeconds >= 5 && timeoutSeconds <= 3600)
  ) {
    return '--timeout is a whole number of seconds from 5 to 3600.';
  }
  return undefined;
}

function newOrderId(): string {
  return `pay-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
}

function takePayment(
  register: RegisterClient,
  amount: Amount,
  options: PayOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const { terminalId, timeoutSeconds, interrupt } = options;
  const orderId = options.orderId ?? newOrderId();
  const customerMs = (timeoutSeconds ?? 0) * 1000 || USUAL_CUSTOMER_TIME_MS;
  return seeThrough<PaymentSnapshot>(
    register,
    {
      opening: `Order ${orderId}: asking for ${amountInWords(amount)} at ${terminalId}.`,
      send: () =>
        register.send('payment/start', {
          orderId,
          amount,
          expiresAt: expiresAtFromNow(),
          ...(timeoutSeconds === undefined ? {} : { customerTimeoutSeconds: timeoutSeconds }),
        }),
      cancel: () => register.send('payment/cancel', { orderId }),
      follow: (listener) => register.followPayment(orderId, listener),
      newest: () => register.payment(orderId),
      inWords: paymentInWords,
      patienceMs: customerMs + MAY_BEGIN_WITHIN_MS + GRACE_MS,
      // Both times are the terminal's own, so its clock need not agree with ours.
      patienceAfter: ({ deadline, at }) =>
        deadline === null ? null : Math.max(0, Date.parse(deadline) - Date.parse(at)) + GRACE_MS,
      askAgain: `send payment/get '{"orderId":"${orderId}"}'`,
    },
    { out, err, interrupt },
  );
}
