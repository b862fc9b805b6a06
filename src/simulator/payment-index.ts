import type { Payment } from './payment.ts';
import { isOpen } from './payment-states.ts';

/** All payments, found by id, by order and, while they are open, by point of sale. */
export class PaymentIndex {
  readonly #byId = new Map<string, Payment>();
  readonly #openByPos = new Map<string, Set<string>>();
  readonly #byOrder = new Map<string, string[]>();

  get(paymentId: string): Payment | undefined {
    return this.#byId.get(paymentId.toLowerCase());
  }

  /** Oldest first. */
  all(): Payment[] {
    return [...this.#byId.values()];
  }

  /** Ids of active and reserved payments, oldest first. */
  openOn(posId: string): string[] {
    return [...(this.#openByPos.get(posId.toLowerCase()) ?? [])];
  }

  /** Ids of all payments with this order id, oldest first. */
  ofOrder(orderId: string): readonly string[] {
    return this.#byOrder.get(orderId) ?? [];
  }

  put(payment: Payment): void {
    if (!this.#byId.has(payment.paymentId)) {
      const sameOrder = this.#byOrder.get(payment.orderId);
      if (sameOrder === undefined) this.#byOrder.set(payment.orderId, [payment.paymentId]);
      else sameOrder.push(payment.paymentId);
    }
    this.#byId.set(payment.paymentId, payment);
    let open = this.#openByPos.get(payment.posId);
    if (open === undefined) {
      open = new Set();
      this.#openByPos.set(payment.posId, open);
    }
    if (isOpen(payment.status)) open.add(payment.paymentId);
    else open.delete(payment.paymentId);
  }
}
