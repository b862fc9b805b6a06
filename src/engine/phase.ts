import type { Phase } from '../contract/messages.ts';
import { isUndecided, outcomeOf } from '../payment/outcome.ts';
import type { Payment } from '../payment/payment.ts';

/** Where the engine stands before any payment counts. */
export type EngineStatus = 'starting' | 'ready' | 'out-of-order';

/** The order that holds the PoS, if any: neither goods nor cash yet. */
export function undecidedOf(open: readonly Payment[]): Payment | undefined {
  return open.find((payment) => payment.state !== 'sought' && isUndecided(payment));
}

/** The phase of the terminal as a whole (contract, `phase`). */
export function phaseOf(status: EngineStatus, open: readonly Payment[], checkedIn: boolean): Phase {
  if (status !== 'ready') return status;
  if (undecidedOf(open) !== undefined) return 'paying';
  const newest = newestOf(open.filter((payment) => payment.state !== 'sought'));
  if (newest !== undefined) return outcomeOf(newest) === 'declined' ? 'cancelled' : 'approved';
  return checkedIn ? 'checked-in' : 'idle';
}

/** The payment that was started last. */
export function newestOf(payments: readonly Payment[]): Payment | undefined {
  let newest: Payment | undefined;
  for (const payment of payments) {
    if (newest === undefined || startOf(payment) >= startOf(newest)) newest = payment;
  }
  return newest;
}

function startOf(payment: Payment): number {
  return payment.create?.startedAt ?? payment.reservedAt ?? 0;
}
