import type { EpochMs, SeenPayment } from '../payment/events.ts';
import type { Payment } from '../payment/payment.ts';
import { isActive, isSettled } from '../payment/payment.ts';
import { isSamePayment } from '../payment/verdicts.ts';
import type { Journal, PaymentPlatform } from '../ports.ts';
import type { Ledger } from './ledger.ts';

/** A second foreign payment within this time means that two clients share the PoS. */
const SHARED_MS = 10 * 60_000;
/** How old the look at a foreign payment may be when its cancel leaves. */
const FRESH_LOOK_MS = 500;
/** How long a start waits for an order of our own that is on its way out. */
const OWN_ORDER_MS = 3_000;

export type BusyVerdict =
  /** The payment that blocks is this very order: it exists. */
  | { kind: 'ours'; seen: SeenPayment; pollDelayMs: number }
  /** What blocked is gone: the start may be tried again. */
  | { kind: 'cleared' }
  | { kind: 'busy' };

/**
 * Rule 5: MobilePay answered our own start with 1301. Each payment it lists for the PoS is looked
 * at; ours is adopted, one foreign active payment is cancelled per start, a foreign reservation is
 * never touched.
 */
export function createBusyPos(options: {
  ledger: Ledger;
  journal: Pick<Journal, 'lastForeignCancelAt' | 'order'>;
  platform: PaymentPlatform;
  now: () => EpochMs;
  /**
   * Hurries an order of our own along; resolves when it is settled or the time is over.
   * `pollDelayMs`: MobilePay has just described it and may be asked again after this.
   */
  hurry: (orderId: string, timeoutMs: number, pollDelayMs: number | null) => Promise<void>;
}) {
  const { ledger, platform } = options;

  async function clearForeign(payment: Payment, seen: SeenPayment, signal: AbortSignal) {
    // Nobody wants this order any more: nothing of anybody else's is cancelled for it.
    if (payment.intent !== null) return false;
    if (!wasIntended(payment, seen)) {
      const last = options.journal.lastForeignCancelAt();
      const again = last !== null && options.now() - last < SHARED_MS;
      if (payment.foreignCancels > 0 || again) {
        ledger.raise('pos-shared');
        return false;
      }
      ledger.apply({
        orderId: payment.orderId,
        events: [{ type: 'foreignCancelIntended', paymentId: seen.paymentId }],
      });
    }
    // Whoever that customer is may accept meanwhile: no attempt follows long after the look.
    const lookedAt = options.now();
    const cancelled = await platform.cancelPayment(seen.paymentId, {
      signal,
      mayStillSend: () => options.now() - lookedAt < FRESH_LOOK_MS,
    });
    if (cancelled.kind !== 'refused') return cancelled.kind === 'ok';
    // An earlier try may have had its effect without an answer (rule 8: read the state).
    const got = await platform.getPayment(seen.paymentId, { signal });
    return got.kind === 'ok' && !isActive(got.value.value.status);
  }

  /** The cancel of this very payment was begun before, perhaps in a boot that ended there. */
  function wasIntended(payment: Payment, seen: SeenPayment): boolean {
    if (payment.foreignCancels === 0) return false;
    const events = options.journal.order(payment.orderId)?.events ?? [];
    return events.some(
      (event) => event.type === 'foreignCancelIntended' && event.paymentId === seen.paymentId,
    );
  }

  /** Another order of ours: its own rules bring it to its end. Whether it blocks no longer. */
  async function hurry(own: Payment, pollDelayMs: number | null): Promise<boolean> {
    await options.hurry(own.orderId, OWN_ORDER_MS, pollDelayMs);
    const after = ledger.payment(own.orderId);
    return after !== undefined && isSettled(after);
  }

  /** Whether what was seen no longer blocks the PoS, after what could be done about it. */
  async function clear(
    payment: Payment,
    seen: SeenPayment,
    pollDelayMs: number,
    signal: AbortSignal,
  ) {
    const own = seen.orderId === payment.orderId ? undefined : ledger.payment(seen.orderId);
    if (own !== undefined && own.state !== 'barred') {
      if (!isActive(seen.status)) return true;
      // One that was given up turns out to exist.
      if (own.state === 'absent' && isSamePayment(own, seen)) {
        ledger.apply({ orderId: own.orderId, events: [{ type: 'observed', seen }] });
      }
      return await hurry(own, pollDelayMs);
    }
    if (isActive(seen.status)) {
      return await clearForeign(ledger.payment(payment.orderId) ?? payment, seen, signal);
    }
    if (seen.status === 'Reserved') ledger.raise('unknown-reservation');
    return true;
  }

  /** The open order whose payment this is. Its worker may be asking: nobody asks beside it (rule 9). */
  function openOrderOf(paymentId: string): Payment | undefined {
    return ledger.openPayments().find((payment) => payment.paymentId === paymentId);
  }

  /** Ours, or whether this one no longer blocks the PoS. */
  async function clearOne(payment: Payment, paymentId: string, signal: AbortSignal) {
    const own = openOrderOf(paymentId);
    if (own !== undefined) return !isActive(own.state) || (await hurry(own, null));
    const got = await platform.getPayment(paymentId, { signal });
    if (got.kind !== 'ok') return false;
    const { value: seen, pollDelayMs } = got.value;
    if (isSamePayment(payment, seen)) return { kind: 'ours' as const, seen, pollDelayMs };
    return await clear(payment, seen, pollDelayMs, signal);
  }

  return {
    async look(payment: Payment, signal: AbortSignal): Promise<BusyVerdict> {
      if (payment.posId === null) return { kind: 'busy' };
      const listed = await platform.findPayments({ posId: payment.posId }, { signal });
      if (listed.kind !== 'ok') return { kind: 'busy' };
      let cleared = true;
      for (const paymentId of listed.value) {
        const one = await clearOne(payment, paymentId, signal);
        if (typeof one === 'object') return one;
        cleared &&= one;
      }
      return { kind: cleared ? 'cleared' : 'busy' };
    },
  };
}
export type BusyPos = ReturnType<typeof createBusyPos>;
