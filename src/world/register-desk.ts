import type { Amount } from '../contract/money.ts';
import type { Outcome, PaymentSnapshot } from '../contract/payment-snapshot.ts';
import { expiresAtFromNow } from '../register/expiry.ts';
import type { RegisterClient } from '../register/register-client.ts';
import { amountFrom } from './amount-field.ts';
import type { Problem, RegisterOutcome, RegisterView } from './page/world-view.ts';

/** A cancel is worth repeating for as long as a customer might still decide. */
const CANCEL_TIMEOUT_MS = 10 * 60_000;
const ANSWER_TIMEOUT_MS = 60 * 60_000;

interface Sale {
  orderId: string;
  amount: Amount;
  snapshot: PaymentSnapshot | undefined;
  /** The error code that says no money moves. */
  refusal: string | undefined;
  cancelling: boolean;
  stopFollowing: () => void;
}

const outcomes: Record<Outcome, RegisterOutcome> = {
  pending: 'waiting',
  approved: 'paid',
  declined: 'not-paid',
  unknown: 'not-known',
};

/** The cashier's side of one sale at a time, spoken through the reference client. */
export class RegisterDesk {
  readonly #client: RegisterClient;
  readonly #onChange: () => void;
  #sale: Sale | undefined;

  constructor(client: RegisterClient, onChange: () => void) {
    this.#client = client;
    this.#onChange = onChange;
    client.listen({ onState: onChange, onConnection: onChange });
  }

  view(): RegisterView {
    const sale = this.#sale;
    const outcome = this.#outcome();
    const undecided = outcome === 'asking' || outcome === 'waiting' || outcome === 'not-known';
    return {
      connected: this.#client.connected,
      terminalOnline: this.#terminalOnline,
      outcome,
      amount: sale?.amount ?? null,
      orderId: sale?.orderId ?? null,
      reason: sale?.refusal ?? sale?.snapshot?.reason ?? null,
      mayAsk: !undecided && this.#inTouch,
      mayCancel: undecided && sale?.cancelling === false,
    };
  }

  ask(text: string): Problem | null {
    const amount = amountFrom(text, this.#client.info?.currency ?? 'DKK');
    if (amount === undefined) return 'amount';
    const { mayAsk, mayCancel } = this.view();
    if (!mayAsk) return mayCancel ? 'not-now' : 'terminal-off';
    this.#sale?.stopFollowing();
    const orderId = `R-${Date.now().toString(36).toUpperCase()}`;
    const sale: Sale = {
      orderId,
      amount,
      snapshot: undefined,
      refusal: undefined,
      cancelling: false,
      stopFollowing: this.#client.followPayment(orderId, (snapshot) => {
        sale.snapshot = snapshot;
        this.#onChange();
      }),
    };
    this.#sale = sale;
    void this.#start(sale);
    this.#onChange();
    return null;
  }

  cancel(): Problem | null {
    const sale = this.#sale;
    if (sale === undefined || !this.view().mayCancel) return 'not-now';
    sale.cancelling = true;
    void this.#cancel(sale);
    this.#onChange();
    return null;
  }

  get #terminalOnline(): boolean {
    return this.#client.state?.online === true;
  }

  get #inTouch(): boolean {
    return this.#client.connected && this.#terminalOnline;
  }

  #outcome(): RegisterOutcome {
    const sale = this.#sale;
    if (sale === undefined) return 'ready';
    if (sale.snapshot === undefined) return sale.refusal === undefined ? 'asking' : 'not-started';
    const outcome = outcomes[sale.snapshot.outcome];
    // What was heard last may be old: the customer may have decided since.
    return outcome === 'waiting' && !this.#inTouch ? 'not-known' : outcome;
  }

  async #start(sale: Sale): Promise<void> {
    const { orderId, amount } = sale;
    const expiresAt = expiresAtFromNow();
    try {
      const reply = await this.#client.send('payment/start', { orderId, amount, expiresAt });
      if (!reply.ok) sale.refusal = reply.error.code;
    } catch {
      await this.#findOut(sale);
    }
    this.#onChange();
  }

  /** No answer came, and by now the terminal may no longer begin: it knows the order, or never. */
  async #findOut(sale: Sale): Promise<void> {
    try {
      const reply = await this.#client.send(
        'payment/get',
        { orderId: sale.orderId },
        { timeoutMs: ANSWER_TIMEOUT_MS },
      );
      if (!reply.ok) sale.refusal = reply.error.code;
    } catch {
      // Still silent: the register goes on showing that it does not know.
    }
  }

  async #cancel(sale: Sale): Promise<void> {
    try {
      const { orderId } = sale;
      const options = { timeoutMs: CANCEL_TIMEOUT_MS };
      const reply = await this.#client.send('payment/cancel', { orderId }, options);
      if (!reply.ok && reply.error.code === 'unknown-order') sale.refusal = reply.error.code;
    } catch {
      // The cashier may press Cancel again.
    }
    sale.cancelling = false;
    this.#onChange();
  }
}
