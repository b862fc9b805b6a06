import { randomUUID } from 'node:crypto';
import type { CommandName } from '../../contract/commands.ts';
import type { Reply } from '../../contract/errors.ts';
import type { Amount } from '../../contract/money.ts';
import type { PaymentSnapshot } from '../../contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../contract/refund-snapshot.ts';
import type { Check, DisturbedCall } from './case.ts';
import type { Operation } from './operations.ts';
import type { OwnClient } from './own-client.ts';
import type { Verdict } from './planned-call.ts';
import type { RecordingProxy } from './recording-proxy.ts';
import type { TerminalOnTrial } from './terminal-on-trial.ts';
import { COMES_WITHIN_MS, FlowStopped, inTime, until } from './waiting.ts';

const EXPIRES_MS = 10 * 60_000;

export interface StageOptions {
  proxy: RecordingProxy;
  terminal: TerminalOnTrial;
  own: OwnClient;
  phoneNumber: string;
  currency: Amount['currency'];
  /** Makes order ids that nobody used before, and tells the flows of a run apart. */
  runId: string;
}

/** What a flow is played with: the register, the customer, and what is to go wrong. */
export class Stage {
  readonly #options: StageOptions;
  readonly #plans = new Map<DisturbedCall, number>();
  readonly #verdicts = new Map<Check, Verdict>();
  readonly #refunds = new Map<string, RefundSnapshot>();
  readonly #refundListeners = new Set<() => void>();
  #customerHeardOf = false;
  readonly #checkinListeners = new Set<() => void>();
  #place: { beaconId: string; posId: string } | undefined;
  #orders = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    options.terminal.register.listen({
      onEvent: (name, payload) => {
        if (name === 'refund') this.#enterRefund(payload);
        if (name === 'checkin') this.#enterCheckin(payload);
      },
    });
  }

  // ------------------------------------------------------------ the terminal

  /** Switches the terminal on, under this name at MobilePay. */
  async boot(posName = 'Certification'): Promise<void> {
    this.#place = await this.#options.terminal.boot(posName);
  }

  async shutDown(): Promise<void> {
    await this.#options.terminal.shutDown();
  }

  /** Another device takes the terminal's place, with its config and an empty journal. */
  async replaceDevice(): Promise<void> {
    const { terminal } = this.#options;
    await terminal.shutDown();
    await terminal.forget();
    await this.boot();
  }

  get posId(): string {
    return this.#at.posId;
  }

  get #at(): { beaconId: string; posId: string } {
    if (this.#place === undefined) throw new FlowStopped('the terminal was never ready');
    return this.#place;
  }

  // ------------------------------------------------------------ the register

  newOrder(): string {
    this.#orders += 1;
    return `${this.#options.runId}-${this.#orders}`;
  }

  amount(value: number): Amount {
    return { currency: this.#options.currency, value };
  }

  /** Sends a command as a register does, and returns the answer, whatever it is. */
  async ask(name: CommandName, fields: object): Promise<Reply> {
    const expiresAt = new Date(Date.now() + EXPIRES_MS).toISOString();
    const payload = { id: randomUUID(), expiresAt, ...fields };
    const reply = await this.#options.terminal.register.send(name, payload, {
      timeoutMs: COMES_WITHIN_MS,
    });
    this.#enterRefund(reply.ok ? reply.result : null);
    return reply;
  }

  /** Sends a command that is to be obeyed. */
  async order(name: CommandName, fields: object): Promise<void> {
    const reply = await this.ask(name, fields);
    if (reply.ok) return;
    throw new FlowStopped(`the terminal answered ${name} with ${reply.error.code}`);
  }

  /** Waits until the register has heard this of the payment. */
  async payment(
    orderId: string,
    what: string,
    fits: (payment: PaymentSnapshot) => boolean,
  ): Promise<PaymentSnapshot> {
    const { register } = this.#options.terminal;
    return await until(
      what,
      () => register.payment(orderId),
      fits,
      (listener) => register.followPayment(orderId, listener),
    );
  }

  async refund(
    refundOrderId: string,
    what: string,
    fits: (refund: RefundSnapshot) => boolean,
  ): Promise<RefundSnapshot> {
    return await until(
      what,
      () => this.#refunds.get(refundOrderId),
      fits,
      (listener) => {
        this.#refundListeners.add(listener);
        return () => this.#refundListeners.delete(listener);
      },
    );
  }

  #enterRefund(value: unknown): void {
    if (typeof value !== 'object' || value === null || !('refundOrderId' in value)) return;
    const refund = value as RefundSnapshot;
    const known = this.#refunds.get(refund.refundOrderId);
    if (known !== undefined && refund.revision <= known.revision) return;
    this.#refunds.set(refund.refundOrderId, refund);
    for (const listener of this.#refundListeners) listener();
  }

  /** Waits until the register has heard that a customer is there. */
  async customerHeardOf(): Promise<void> {
    await until(
      'the check-in',
      () => this.#customerHeardOf,
      (heard) => heard,
      (listener) => {
        this.#checkinListeners.add(listener);
        return () => this.#checkinListeners.delete(listener);
      },
    );
  }

  #enterCheckin(value: unknown): void {
    const { checkedIn } = value as { checkedIn?: unknown };
    this.#customerHeardOf ||= checkedIn === true;
    for (const listener of this.#checkinListeners) listener();
  }

  // ------------------------------------------------------------ the customer

  async checkIn(): Promise<void> {
    const { own, phoneNumber } = this.#options;
    await played('check in', own.checkIn(this.#at.beaconId, phoneNumber));
  }

  async accept(): Promise<void> {
    const { own, phoneNumber } = this.#options;
    await played('accept', own.accept(this.#at.beaconId, phoneNumber));
  }

  async refuse(): Promise<void> {
    await played('refuse', this.#options.own.refuse(this.#at.beaconId));
  }

  /** Somebody else's payment takes the PoS. Returns its paymentId. */
  async foreignPayment(): Promise<string> {
    const { own, currency } = this.#options;
    const orderId = this.newOrder();
    return await own.startPayment({ posId: this.#at.posId, orderId, amount: 3, currency });
  }

  // ------------------------------------------------------------ what goes wrong, what is found

  /** From now on this call is disturbed. */
  disturb(...calls: DisturbedCall[]): void {
    for (const call of calls) {
      this.#plans.set(call, this.#options.proxy.plan(call.operation, call.steps));
    }
  }

  /** Waits until each step of the disturbance has met a request. */
  async carriedThrough(call: DisturbedCall): Promise<void> {
    const plan = this.#plans.get(call);
    if (plan === undefined) throw new FlowStopped(`${call.title}: was never disturbed`);
    await inTime(this.#options.proxy.planEnded(plan), `the end of: ${call.title}`);
  }

  /** MobilePay's word for the payment in the end, and what the register was told, must be these. */
  async paymentEnds(
    check: Check,
    payment: PaymentSnapshot,
    wanted: { state: string; outcome: PaymentSnapshot['outcome'] },
  ): Promise<void> {
    const { paymentId } = payment;
    if (paymentId === null) throw new FlowStopped('the terminal did not name the payment');
    this.#ends(check, wanted, {
      state: await this.#options.own.paymentState(paymentId),
      outcome: payment.outcome,
    });
  }

  async refundEnds(
    check: Check,
    refund: RefundSnapshot,
    wanted: { state: string; outcome: RefundSnapshot['outcome'] },
  ): Promise<void> {
    const { refundId } = refund;
    if (refundId === null) throw new FlowStopped('the terminal did not name the refund');
    this.#ends(check, wanted, {
      state: await this.#options.own.refundState(refundId),
      outcome: refund.outcome,
    });
  }

  #ends(
    check: Check,
    wanted: { state: string; outcome: string },
    found: { state: string; outcome: string },
  ): void {
    const passed = wanted.state === found.state && wanted.outcome === found.outcome;
    const evidence = `MobilePay: ${found.state}; the register was told ${found.outcome}`;
    this.found(check, passed, passed ? evidence : `${evidence}, not ${wanted.state}`);
  }

  async stateOf(paymentId: string): Promise<string> {
    return await this.#options.own.paymentState(paymentId);
  }

  /** How often the terminal has sent this call so far. */
  sent(operation: Operation): number {
    return this.#options.proxy.requests.filter((request) => request.operation === operation).length;
  }

  found(check: Check, passed: boolean, evidence: string): void {
    this.#verdicts.set(check, { verdict: passed ? 'passed' : 'failed', evidence, requests: [] });
  }

  planOf(call: DisturbedCall): number | undefined {
    return this.#plans.get(call);
  }

  verdictOf(check: Check): Verdict | undefined {
    return this.#verdicts.get(check);
  }
}

async function played(what: string, playing: Promise<void>): Promise<void> {
  try {
    await playing;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FlowStopped(`the customer could not ${what}: ${why}`);
  }
}
