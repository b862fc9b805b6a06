import type { Amount } from '../contract/money.ts';
import type { SeenPayment } from '../payment/events.ts';
import type { CallResult, Clock, PaymentPlatform } from '../ports.ts';

/** What MobilePay knows of an order that the journal lacks. */
export type Found =
  | { kind: 'found'; seen: SeenPayment; pollDelayMs: number }
  | { kind: 'nothing' }
  | { kind: 'unanswered' };

/**
 * Rule 6: looks an order up by posId + orderId, active and reserved ones first, then captured ones.
 * Adopted is only what MobilePay itself names with this orderId and posId, in our currency.
 */
export async function lookUpOrder(options: {
  platform: PaymentPlatform;
  posId: string | null;
  orderId: string;
  currency: Amount['currency'];
}): Promise<Found> {
  const { platform, posId, orderId, currency } = options;
  if (posId === null) return { kind: 'unanswered' };
  for (const filter of [
    { posId, orderId },
    { orderId, state: 'Captured' as const },
  ]) {
    const listed: CallResult<string[]> = await platform.findPayments(filter);
    if (listed.kind !== 'ok') return { kind: 'unanswered' };
    for (const paymentId of listed.value.toReversed()) {
      const got = await platform.getPayment(paymentId);
      // Not on our PoS, at least: another till may count its orders like this one.
      if ('state' in filter && isOfAnother(got)) continue;
      if (got.kind !== 'ok') return { kind: 'unanswered' };
      const { value: seen, pollDelayMs } = got.value;
      const ours = seen.orderId === orderId && seen.posId === posId;
      const known = seen.amount === null || seen.amount.currency === currency;
      if (ours && known) return { kind: 'found', seen, pollDelayMs };
    }
  }
  return { kind: 'nothing' };
}

/** A 403 with a code says of what it is about that it is another integrator's or merchant's. */
export function isOfAnother(result: CallResult<unknown>): boolean {
  return result.kind === 'refused' && result.refusal.status === 403;
}

/** Runs `act` once after `ms`, unless cancelled. Monotonic; does not keep the process alive. */
export function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.max(0, ms));
  timer.unref();
  return () => clearTimeout(timer);
}

/** How much of `limitMs` is left of a command that arrived then. */
export function leftOf(limitMs: number, arrivedAtMonotonicMs: number, clock: Clock): number {
  return Math.max(0, arrivedAtMonotonicMs + limitMs - clock.monotonicMs());
}
