import type { Reply } from '../contract/errors.ts';
import type { PaymentSnapshot } from '../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../contract/refund-snapshot.ts';
import type { PaymentPlatform } from '../ports.ts';
import type { Refund } from '../refund/refund.ts';
import { isPaidOut, isSettled } from '../refund/refund.ts';
import { errorOf, refuse, rejection } from './answers.ts';

/** The refund commands whose answer waits for MobilePay. */
type WaitingName = 'refund/start' | 'refund/capture' | 'refund/cancel';

/** A command and how its refund stands now. */
interface Decided {
  id: string;
  refund: Refund;
  snapshot: () => RefundSnapshot;
  /** The refunded payment, where the journal knows it. */
  payment: () => PaymentSnapshot | null;
  explain: PaymentPlatform['explain'];
}

function done({ id, snapshot }: Decided): Reply {
  return { id, ok: true, result: snapshot() };
}

function wrongState({ id, payment }: Decided, message: string): Reply {
  return refuse(id, errorOf('wrong-state', message, { payment: payment() }));
}

/** `ok:false` only where the journal proves that nothing exists: never sent, or a proven "no". */
function startAnswer(decided: Decided): Reply | undefined {
  const { id, refund, payment, explain } = decided;
  if (refund.state === 'creating' && refund.intent === null) return undefined;
  if (refund.state !== 'absent' || refund.reason !== 'not-created') return done(decided);
  if (refund.refusal !== null) return refuse(id, rejection(refund.refusal, explain, payment()));
  if (!refund.confirmedUnsent) return done(decided);
  const message =
    'MobilePay could not be reached; nothing was started. Try again under a new refundOrderId.';
  return refuse(id, errorOf('unreachable', message, { payment: payment(), retryable: false }));
}

function captureAnswer(decided: Decided): Reply | undefined {
  const { refund } = decided;
  if (isPaidOut(refund)) return done(decided);
  if (!isSettled(refund)) return undefined;
  return wrongState(decided, 'The refund ended before it was paid out.');
}

function cancelAnswer(decided: Decided): Reply | undefined {
  const { refund } = decided;
  if (isPaidOut(refund)) return wrongState(decided, 'The refund is paid out.');
  return isSettled(refund) ? done(decided) : undefined;
}

const answerTo: Record<WaitingName, (decided: Decided) => Reply | undefined> = {
  'refund/start': startAnswer,
  'refund/capture': captureAnswer,
  'refund/cancel': cancelAnswer,
};

export function isWaitingName(name: string): name is WaitingName {
  return Object.hasOwn(answerTo, name);
}

/** The answer to a command, once what happened decides it; undefined while it is open. */
export function answerOf(name: WaitingName, decided: Decided): Reply | undefined {
  return answerTo[name](decided);
}
