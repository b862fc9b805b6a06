import { randomBytes } from 'node:crypto';
import type { CommandError, ErrorCode } from '../contract/errors.ts';
import type { Amount, Currency } from '../contract/money.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { firstInvalidCharacter, TEXT_FIELD_MAX } from '../contract/text-field.ts';
import { exitCodes } from '../exit-codes.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { connectRegister } from '../register/register-client.ts';
import { TerminalError } from '../terminal-error.ts';
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

const STATE_WAIT_MS = 3_000;
const MAY_BEGIN_WITHIN_MS = 30_000;
/** Longer than a terminal needs to be sure after the customer's time has run out. */
const GRACE_MS = 30_000;
const USUAL_CUSTOMER_TIME_MS = 180_000;

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
    const currency = await currencyOf(register);
    return await takePayment(register, { currency, value }, options, out, err);
  } finally {
    await register.close();
  }
}

const AMOUNT_HINT = 'AMOUNT has exactly two decimals, such as 12.50 or 12,50.';

function problemOf({ orderId, timeoutSeconds }: PayOptions): string | undefined {
  if (orderId !== undefined) {
    if (orderId.length < 1 || orderId.length > TEXT_FIELD_MAX) {
      return `--order has 1 to ${TEXT_FIELD_MAX} characters.`;
    }
    const character = firstInvalidCharacter(orderId);
    if (character !== undefined) return `--order: MobilePay does not accept "${character}".`;
  }
  if (
    timeoutSeconds !== undefined &&
    !(Number.isInteger(timeoutSeconds) && timeoutSeconds >= 5 && timeoutSeconds <= 3600)
  ) {
    return '--timeout is a whole number of seconds from 5 to 3600.';
  }
  return undefined;
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
      expiresAt: new Date(Date.now() + MAY_BEGIN_WITHIN_MS).toISOString(),
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

function refusalInWords(error: CommandError): string {
  const field = error.field === null ? '' : ` (${error.field})`;
  const former =
    error.payment === null ? '' : ` The order stands so: ${paymentInWords(error.payment)}`;
  return `Refused, ${error.code}${field}: ${error.message}${former}`;
}

function speaker(out: Output): (line: string) => void {
  let last = '';
  return (line) => {
    if (line !== last) out.write(`${line}\n`);
    last = line;
  };
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
  const stopListening = register.listen({
    onConnection(connected) {
      say(connected ? 'Connected again.' : 'No connection to the broker; trying again.');
    },
    onState(state) {
      if (!state.online) say('The terminal is away. What it has begun, it will finish.');
    },
  });
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
