import { randomBytes } from 'node:crypto';
import type { Amount } from '../contract/money.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { exitCodes } from '../exit-codes.ts';
import { expiresAtFromNow, MAY_BEGIN_WITHIN_MS } from '../register/expiry.ts';
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
import { amountInWords, paymentInWords } from './pay-words.ts';
import type { Output, TerminalAddress } from './register-options.ts';

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

async function takePayment(
  register: RegisterClient,
  amount: Amount,
  options: PayOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const orderId = options.orderId ?? newOrderId();
  const say = speaker(out);
  const ending = watch(register, orderId, options, say);
  const interrupt = interruptOf(options.interrupt);
  let refused: number | undefined;
  say(`Order ${orderId}: asking for ${amountInWords(amount)} at ${options.terminalId}.`);
  const start = register
    .send('payment/start', {
      orderId,
      amount,
      expiresAt: expiresAtFromNow(),
      ...(options.timeoutSeconds === undefined
        ? {}
        : { customerTimeoutSeconds: options.timeoutSeconds }),
    })
    .then(
      (reply) => {
        if (reply.ok) return;
        refused = exitCodeOfRefusal[reply.error.code];
        err.write(`${refusalInWords(reply.error)}\n`);
        ending.end(undefined);
      },
      // No answer: events, or the end of patience, decide.
      () => undefined,
    );
  interrupt.onFirst(() => {
    say('Cancelling.');
    register.send('payment/cancel', { orderId }).catch(() => undefined);
  });
  interrupt.onSecond(() => ending.end(undefined));
  try {
    const payment = await ending.ended;
    // A refusal carries the former payment of that order: it ends the waiting a moment before it is
    // known to be a refusal.
    await new Promise(setImmediate);
    if (refused !== undefined) return refused;
    if (payment?.outcome === 'approved') return exitCodes.done;
    if (payment?.outcome === 'declined') return exitCodes.declined;
    err.write(`The outcome is not known. Ask again: send payment/get '{"orderId":"${orderId}"}'\n`);
    return exitCodes.unknown;
  } finally {
    interrupt.dispose();
    ending.dispose();
    void start;
  }
}

/** Follows an order until it is decided or nothing more can be expected. */
function watch(
  register: RegisterClient,
  orderId: string,
  options: PayOptions,
  say: (line: string) => void,
) {
  let resolveEnded: (payment: PaymentSnapshot | undefined) => void = () => undefined;
  const ended = new Promise<PaymentSnapshot | undefined>((resolve) => {
    resolveEnded = resolve;
  });
  let patience: NodeJS.Timeout | undefined;
  const waitAtMost = (ms: number) => {
    clearTimeout(patience);
    patience = setTimeout(() => resolveEnded(register.payment(orderId)), ms + GRACE_MS);
  };
  const customerMs = (options.timeoutSeconds ?? 0) * 1000 || USUAL_CUSTOMER_TIME_MS;
  waitAtMost(customerMs + MAY_BEGIN_WITHIN_MS);
  const stopFollowing = register.followPayment(orderId, (payment) => {
    say(paymentInWords(payment));
    if (payment.outcome === 'approved' || payment.outcome === 'declined') resolveEnded(payment);
    // Both times are the terminal's own, so its clock need not agree with ours.
    else if (payment.deadline !== null) {
      waitAtMost(Math.max(0, Date.parse(payment.deadline) - Date.parse(payment.at)));
    }
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
