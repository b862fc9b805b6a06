import type { Refund } from './refund.ts';

/** All refunds, found by id and by the payment they give back. */
export class RefundIndex {
  readonly #byId = new Map<string, Refund>();
  readonly #byPayment = new Map<string, string[]>();

  get(refundId: string): Refund | undefined {
    return this.#byId.get(refundId.toLowerCase());
  }

  /** Oldest first. */
  all(): Refund[] {
    return [...this.#byId.values()];
  }

  /** Ids of a payment's refunds, oldest first. */
  ofPayment(paymentId: string): readonly string[] {
    return this.#byPayment.get(paymentId.toLowerCase()) ?? [];
  }

  put(refund: Refund): void {
    if (!this.#byId.has(refund.refundId)) {
      const others = this.#byPayment.get(refund.paymentId);
      if (others === undefined) this.#byPayment.set(refund.paymentId, [refund.refundId]);
      else others.push(refund.refundId);
    }
    this.#byId.set(refund.refundId, refund);
  }
}
