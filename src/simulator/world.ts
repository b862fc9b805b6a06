import type { Customer, Lifetimes, Payment } from './payment.ts';
import { lapse } from './payment.ts';
import { isActive, isOpen } from './payment-states.ts';
import type { Pos, PosFilter } from './pos.ts';
import { matches, sameBeacon } from './pos.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { StateFile, StoredState } from './state-file.ts';
import type { Store } from './stores.ts';

/** The answer that a repeat of a create with the same idempotency key gets again. */
export interface KeptAnswer {
  operation: string;
  /** Digest of the body's exact bytes. */
  bodyDigest: string;
  answer: unknown;
  atMs: number;
}

export interface WorldSettings {
  lifetimes: Lifetimes;
  /** How long a customer who is offered no payment stays checked in. */
  checkInMs: number;
  keyMs: number;
}

/** All that the platform knows. What time has ended is settled whenever something is looked at. */
export class World {
  readonly clock: SimulatedClock;
  readonly settings: WorldSettings;
  readonly stores: ReadonlyMap<string, Store>;
  readonly #pos = new Map<string, Pos>();
  readonly #checkIns = new Map<string, Customer>();
  readonly #payments = new Map<string, Payment>();
  readonly #openByPos = new Map<string, Set<string>>();
  readonly #byOrder = new Map<string, string[]>();
  readonly #keys = new Map<string, KeptAnswer>();
  readonly #file: StateFile | undefined;
  readonly #onChange: () => void;
  #tokenGeneration = 0;
  #dirty = false;

  constructor(parts: {
    clock: SimulatedClock;
    settings: WorldSettings;
    stores: readonly Store[];
    file: StateFile | undefined;
    onChange: () => void;
  }) {
    this.clock = parts.clock;
    this.settings = parts.settings;
    this.stores = new Map(parts.stores.map((store) => [store.storeId, store]));
    this.#file = parts.file;
    this.#onChange = parts.onChange;
    const stored = parts.file?.read();
    if (stored !== undefined) this.#restore(stored);
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Writes what has changed to disk; to be called before an answer leaves. */
  commit(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#file?.write(this.#stored());
    this.#onChange();
  }

  get tokenGeneration(): number {
    return this.#tokenGeneration;
  }

  /** Every token given out so far is refused from now on. */
  revokeTokens(): void {
    this.#tokenGeneration += 1;
    this.#dirty = true;
  }

  moveClock(ms: number): void {
    this.clock.advance(ms);
    this.#dirty = true;
  }

  pos(posId: string): Pos | undefined {
    return this.#pos.get(posId.toLowerCase());
  }

  findPos(filter: PosFilter): Pos[] {
    return [...this.#pos.values()].filter((pos) => matches(pos, filter));
  }

  posOfBeacon(beaconId: string): Pos | undefined {
    for (const pos of this.#pos.values()) if (sameBeacon(pos.beaconId, beaconId)) return pos;
    return undefined;
  }

  addPos(pos: Pos): void {
    this.#pos.set(pos.posId, pos);
    this.#dirty = true;
  }

  /** Its payments stay; its customer has to leave. */
  removePos(posId: string): void {
    this.#pos.delete(posId);
    this.#checkIns.delete(posId);
    this.#dirty = true;
  }

  customerAt(posId: string): Customer | undefined {
    const customer = this.#checkIns.get(posId);
    if (customer === undefined) return undefined;
    const idleSinceMs = customer.checkedInAtMs;
    if (
      this.nowMs() - idleSinceMs < this.settings.checkInMs ||
      this.activePayment(posId) !== undefined
    ) {
      return customer;
    }
    this.checkOut(posId);
    return undefined;
  }

  checkIn(posId: string, customer: Customer): void {
    this.#checkIns.set(posId, customer);
    this.#dirty = true;
  }

  checkOut(posId: string): void {
    if (this.#checkIns.delete(posId)) this.#dirty = true;
  }

  payment(paymentId: string): Payment | undefined {
    const payment = this.#payments.get(paymentId.toLowerCase());
    return payment === undefined ? undefined : this.#lapsed(payment);
  }

  payments(): Payment[] {
    return [...this.#payments.values()].map((payment) => this.#lapsed(payment));
  }

  /** The payment that blocks a point of sale, if there is one. */
  activePayment(posId: string): Payment | undefined {
    return this.openPayments(posId).find((payment) => isActive(payment.status));
  }

  /** Active and reserved payments of a point of sale, oldest first. */
  openPayments(posId: string): Payment[] {
    const ids = this.#openByPos.get(posId.toLowerCase());
    if (ids === undefined) return [];
    const found: Payment[] = [];
    for (const id of [...ids]) {
      const payment = this.payment(id);
      if (payment !== undefined && isOpen(payment.status)) found.push(payment);
    }
    return found;
  }

  /** All payments with this order id, oldest first. */
  paymentsOfOrder(orderId: string): Payment[] {
    const ids = this.#byOrder.get(orderId) ?? [];
    return ids.flatMap((id) => this.payment(id) ?? []);
  }

  put(payment: Payment): void {
    if (!this.#payments.has(payment.paymentId)) {
      const sameOrder = this.#byOrder.get(payment.orderId);
      if (sameOrder === undefined) this.#byOrder.set(payment.orderId, [payment.paymentId]);
      else sameOrder.push(payment.paymentId);
    }
    this.#payments.set(payment.paymentId, payment);
    let open = this.#openByPos.get(payment.posId);
    if (open === undefined) {
      open = new Set();
      this.#openByPos.set(payment.posId, open);
    }
    if (isOpen(payment.status)) open.add(payment.paymentId);
    else open.delete(payment.paymentId);
    this.#dirty = true;
  }

  keptAnswer(key: string): KeptAnswer | undefined {
    const kept = this.#keys.get(key);
    if (kept === undefined || this.nowMs() - kept.atMs < this.settings.keyMs) return kept;
    this.#keys.delete(key);
    return undefined;
  }

  keepAnswer(key: string, kept: KeptAnswer): void {
    this.#keys.set(key, kept);
    this.#dirty = true;
  }

  #lapsed(payment: Payment): Payment {
    const now = lapse(payment, this.nowMs(), this.settings.lifetimes);
    if (now !== payment) {
      this.put(now);
      if (isActive(payment.status) && payment.customer !== null) this.checkOut(payment.posId);
    }
    return now;
  }

  #stored(): StoredState {
    return {
      version: 1,
      clockOffsetMs: this.clock.offsetMs,
      tokenGeneration: this.#tokenGeneration,
      pos: [...this.#pos.values()],
      checkIns: [...this.#checkIns],
      payments: [...this.#payments.values()],
      keys: [...this.#keys],
    };
  }

  #restore(stored: StoredState): void {
    this.clock.advance(stored.clockOffsetMs);
    this.#tokenGeneration = stored.tokenGeneration;
    for (const pos of stored.pos) this.#pos.set(pos.posId, pos);
    for (const [posId, customer] of stored.checkIns) this.#checkIns.set(posId, customer);
    for (const payment of stored.payments) this.put(payment);
    for (const [key, kept] of stored.keys) this.#keys.set(key, kept);
    this.#dirty = false;
  }
}
