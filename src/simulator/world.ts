import type { Change, KeptAnswer } from './change.ts';
import type { Customer, Lifetimes, Payment } from './payment.ts';
import { lapse } from './payment.ts';
import { PaymentIndex } from './payment-index.ts';
import { isActive, isOpen } from './payment-states.ts';
import type { Pos, PosFilter } from './pos.ts';
import { matches, sameBeacon } from './pos.ts';
import { type Refund, type RefundTimes, settle } from './refund.ts';
import { RefundIndex } from './refund-index.ts';
import { holdsMoney } from './refund-states.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { StateFile } from './state-file.ts';
import { StoreBook } from './store-book.ts';
import type { Store } from './stores.ts';

export interface WorldSettings {
  lifetimes: Lifetimes;
  refundTimes: RefundTimes;
  /** How old a captured payment may be when a refund is asked for. */
  refundableMs: number;
  /** How long a customer who is offered no payment stays checked in. */
  checkInMs: number;
  keyMs: number;
}

/** All that the platform knows. What time has ended is settled whenever something is looked at. */
export class World {
  readonly clock: SimulatedClock;
  readonly settings: WorldSettings;
  readonly stores: Pick<StoreBook, 'get' | 'all' | 'balanceOf'>;
  readonly #stores: StoreBook;
  readonly #pos = new Map<string, Pos>();
  readonly #checkIns = new Map<string, Customer>();
  readonly #payments = new PaymentIndex();
  readonly #refunds = new RefundIndex();
  readonly #keys = new Map<string, KeptAnswer>();
  readonly #file: StateFile | undefined;
  readonly #onChange: () => void;
  #tokenGeneration = 0;
  #changes: Change[] = [];

  constructor(parts: {
    clock: SimulatedClock;
    settings: WorldSettings;
    stores: readonly Store[];
    file: StateFile | undefined;
    onChange: () => void;
  }) {
    this.clock = parts.clock;
    this.settings = parts.settings;
    this.#stores = new StoreBook(parts.stores);
    this.stores = this.#stores;
    this.#file = parts.file;
    this.#onChange = parts.onChange;
    for (const change of parts.file?.read() ?? []) this.#apply(change);
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Writes what has changed to disk; to be called before an answer leaves. */
  commit(): void {
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    // Nothing is written before the first change: a start that fails leaves the folder as it was.
    if (this.#file?.begun) this.#file.append(changes);
    else this.#file?.begin(this.#everything());
    this.#onChange();
  }

  /** Lets go of the disk. */
  close(): void {
    this.#file?.close();
  }

  get tokenGeneration(): number {
    return this.#tokenGeneration;
  }

  /** Every token given out so far is refused from now on. */
  revokeTokens(): void {
    this.#change({ tokenGeneration: this.#tokenGeneration + 1 });
  }

  moveClock(ms: number): void {
    this.#change({ clockOffsetMs: this.clock.offsetMs + ms });
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
    this.#change({ pos });
  }

  /** Its payments stay; its customer has to leave. */
  removePos(posId: string): void {
    this.#change({ removedPos: posId });
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
    this.#change({ posId, customer });
  }

  checkOut(posId: string): void {
    if (this.#checkIns.has(posId)) this.#change({ posId, customer: null });
  }

  payment(paymentId: string): Payment | undefined {
    const payment = this.#payments.get(paymentId);
    return payment === undefined ? undefined : this.#lapsed(payment);
  }

  payments(): Payment[] {
    return this.#payments.all().map((payment) => this.#lapsed(payment));
  }

  /** The payment that blocks a point of sale, if there is one. */
  activePayment(posId: string): Payment | undefined {
    return this.openPayments(posId).find((payment) => isActive(payment.status));
  }

  /** Active and reserved payments of a point of sale, oldest first. */
  openPayments(posId: string): Payment[] {
    return this.#payments.openOn(posId).flatMap((id) => {
      const payment = this.payment(id);
      return payment !== undefined && isOpen(payment.status) ? [payment] : [];
    });
  }

  /** All payments with this order id, oldest first. */
  paymentsOfOrder(orderId: string): Payment[] {
    return this.#payments.ofOrder(orderId).flatMap((id) => this.payment(id) ?? []);
  }

  put(payment: Payment): void {
    this.#change({ payment });
  }

  refund(refundId: string): Refund | undefined {
    const refund = this.#refunds.get(refundId);
    return refund === undefined ? undefined : this.#settled(refund);
  }

  refunds(): Refund[] {
    return this.#refunds.all().map((refund) => this.#settled(refund));
  }

  /** All refunds of a payment, oldest first. */
  refundsOf(paymentId: string): Refund[] {
    return this.#refunds.ofPayment(paymentId).flatMap((id) => this.refund(id) ?? []);
  }

  putRefund(refund: Refund): void {
    this.#change({ refund });
  }

  setStoreBalance(storeId: string, balanceMinorUnits: number): void {
    this.#change({ store: this.#stores.withBalance(storeId, balanceMinorUnits) });
  }

  setStoreActivated(storeId: string, activated: boolean): void {
    this.#change({ store: this.#stores.withActivation(storeId, activated) });
  }

  keptAnswer(key: string): KeptAnswer | undefined {
    const kept = this.#keys.get(key);
    if (kept === undefined || this.nowMs() - kept.atMs < this.settings.keyMs) return kept;
    this.#keys.delete(key);
    return undefined;
  }

  keepAnswer(key: string, kept: KeptAnswer): void {
    this.#change({ key, kept });
  }

  #lapsed(payment: Payment): Payment {
    const now = lapse(payment, this.nowMs(), this.settings.lifetimes);
    if (now !== payment) {
      this.put(now);
      if (isActive(payment.status) && payment.customer !== null) this.checkOut(payment.posId);
    }
    return now;
  }

  #settled(refund: Refund): Refund {
    const now = settle(refund, this.nowMs(), this.settings.refundTimes);
    if (now !== refund) this.putRefund(now);
    return now;
  }

  #change(change: Change): void {
    this.#apply(change);
    this.#changes.push(change);
  }

  #apply(change: Change): void {
    if ('payment' in change) this.#applyPayment(change.payment);
    else if ('refund' in change) this.#applyRefund(change.refund);
    else if ('store' in change) this.#stores.put(change.store);
    else if ('pos' in change) this.#pos.set(change.pos.posId, change.pos);
    else if ('removedPos' in change) {
      this.#pos.delete(change.removedPos);
      this.#checkIns.delete(change.removedPos);
    } else if ('customer' in change) {
      if (change.customer === null) this.#checkIns.delete(change.posId);
      else this.#checkIns.set(change.posId, change.customer);
    } else if ('key' in change) this.#keys.set(change.key, change.kept);
    else if ('clockOffsetMs' in change) this.clock.offsetMs = change.clockOffsetMs;
    else this.#tokenGeneration = change.tokenGeneration;
  }

  #applyPayment(payment: Payment): void {
    const before = this.#payments.get(payment.paymentId)?.capturedMinorUnits ?? 0;
    this.#stores.earn(payment.storeId, (payment.capturedMinorUnits ?? 0) - before);
    this.#payments.put(payment);
  }

  #applyRefund(refund: Refund): void {
    const before = this.#refunds.get(refund.refundId);
    this.#stores.earn(refund.storeId, heldBy(before) - heldBy(refund));
    this.#refunds.put(refund);
  }

  #everything(): Change[] {
    return [
      { clockOffsetMs: this.clock.offsetMs },
      { tokenGeneration: this.#tokenGeneration },
      ...[...this.#pos.values()].map((pos) => ({ pos })),
      ...[...this.#checkIns].map(([posId, customer]) => ({ posId, customer })),
      ...this.#stores.conditions().map((store) => ({ store })),
      ...this.#payments.all().map((payment) => ({ payment })),
      ...this.#refunds.all().map((refund) => ({ refund })),
      ...[...this.#keys].map(([key, kept]) => ({ key, kept })),
    ];
  }
}

function heldBy(refund: Refund | undefined): number {
  return refund !== undefined && holdsMoney(refund.status) ? refund.amountMinorUnits : 0;
}
