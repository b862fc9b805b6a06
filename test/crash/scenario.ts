import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';
import type { RefundStatus } from '../../src/simulator/refund-states.ts';
import type { Shop } from './shop.ts';

const AMOUNT = { currency: 'DKK', value: 1250 };
const PART = { currency: 'DKK', value: 700 };
const FIRST_POLL = /GET \S*\/payments\//;
/** A command that was refused before anything was begun is tried again this often. */
const MOST_TIMES = 8;

/** What the people in the shop do. Everybody acts on what they see, at once, and only once. */
export interface Scenario {
  name: string;
  /**
   * A foreign payment is in the way. Once it is gone, the create may get a new key; where it could
   * not be seen for sure, the sale may be refused, and it stays.
   */
  blocked?: boolean;
  /** How the payment may end at MobilePay; `none`: it never came to exist. */
  ends: readonly (PaymentStatus | 'none')[];
  /** Minor units taken of the payment; all of it where nothing is said. */
  taken?: number;
  /** How its refund may end at MobilePay. */
  refundEnds?: readonly (RefundStatus | 'none')[];
  /**
   * From the first instant or call of this kind on, it is another story than those before it in the
   * list. The first poll, not a later one: how many there are is left to chance.
   */
  toNew?: RegExp;
  /** Called whenever anything has happened. */
  act(people: People): void;
}

/** One sale as its people live it. */
export class People {
  readonly shop: Shop;
  readonly #did = new Set<string>();

  constructor(shop: Shop) {
    this.shop = shop;
  }

  /** What the register knows. */
  get known(): PaymentSnapshot | undefined {
    return this.shop.till.newest(this.shop.orderId);
  }

  get knownRefund(): RefundSnapshot | undefined {
    return this.shop.till.newestRefund(this.shop.refundOrderId);
  }

  once(what: string, act: () => void): void {
    if (this.#did.has(what)) return;
    this.#did.add(what);
    act();
  }

  get started(): boolean {
    return this.shop.till.sent.some(({ name }) => beginnings.has(name));
  }

  /** The register asks for money. */
  start(options: object = {}): void {
    this.#insist('payment/start', { ...this.#order, amount: AMOUNT, ...options });
  }

  /** The register has a customer, and no amount yet. */
  prepareWhenIdle(): void {
    if (this.#isIdle) this.#insist('payment/prepare', this.#order);
  }

  ready(): void {
    this.#insist('payment/ready', { ...this.#order, amount: AMOUNT });
  }

  /** The register takes the money, or a part of it. */
  capture(part: object = {}): void {
    this.#insist('payment/capture', { ...this.#order, ...part });
  }

  /** The register gives a part back. */
  refund(options: object = {}): void {
    const { refundOrderId } = this.shop;
    this.#insist('refund/start', { ...this.#order, refundOrderId, amount: PART, ...options });
  }

  cancelRefund(): void {
    this.shop.till.send('refund/cancel', { refundOrderId: this.shop.refundOrderId });
  }

  cancel(): void {
    this.shop.till.send('payment/cancel', this.#order);
  }

  get #order(): { orderId: string } {
    return { orderId: this.shop.orderId };
  }

  get #isIdle(): boolean {
    const { state } = this.shop.till;
    return state?.online === true && state.phase === 'idle';
  }

  /** Sends a command, and again under a new id as long as the answer is that nothing was begun. */
  #insist(name: string, members: object): void {
    const before = this.shop.till.sent.filter((sent) => sent.name === name);
    const answer = before.at(-1)?.replies[0]?.reply;
    const again = answer?.ok === false && answer.error.code === 'unreachable';
    if (before.length > 0 && !(again && before.length < MOST_TIMES)) return;
    this.shop.till.send(name, {
      ...members,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
  }

  /** The terminal says that it can take a payment. */
  startWhenIdle(options?: object): void {
    if (this.#isIdle) this.start(options);
  }

  /** The customer holds the phone to the beacon when the till asks for money. */
  checkInWhenAsked(): void {
    const status = this.shop.payment()?.status;
    const waits = status === 'Initiated' || status === 'Prepared';
    if (this.known?.outcome === 'pending' && waits)
      this.once('check in', () => this.shop.checkIn());
  }

  /** The customer has the payment on the screen, and the register knows. */
  get deciding(): boolean {
    return (
      this.known?.platformStatus === 'IssuedToUser' &&
      this.shop.payment()?.status === 'IssuedToUser'
    );
  }
}

const beginnings = new Set(['payment/start', 'payment/prepare']);

export const sale: Scenario = {
  name: 'a sale',
  ends: ['Captured'],
  act(people) {
    people.startWhenIdle();
    people.checkInWhenAsked();
    if (people.deciding) people.once('decide', () => people.shop.accept());
  },
};

export const cancelledSale: Scenario = {
  name: 'a cancelled sale',
  ends: ['CancelledByClient'],
  act(people) {
    people.startWhenIdle();
    people.checkInWhenAsked();
    if (people.deciding) people.once('cancel', () => people.cancel());
  },
};

const refusedSale: Scenario = {
  name: 'a refused sale',
  ends: ['CancelledByUser'],
  act(people) {
    people.startWhenIdle();
    people.checkInWhenAsked();
    if (people.deciding) people.once('decide', () => people.shop.refuse());
  },
};

/** The customer is there before the amount is. */
const preparedSale: Scenario = {
  name: 'a prepared sale',
  ends: ['Captured'],
  act(people) {
    people.prepareWhenIdle();
    people.checkInWhenAsked();
    if (people.known?.platformStatus === 'Paired') people.ready();
    if (people.deciding) people.once('decide', () => people.shop.accept());
  },
};

/** Not everything could be delivered. */
const partlyCaptured: Scenario = {
  name: 'a sale of which a part is captured',
  ends: ['Captured'],
  taken: PART.value,
  toNew: FIRST_POLL,
  act(people) {
    people.startWhenIdle({ autoCapture: false });
    people.checkInWhenAsked();
    if (people.deciding) people.once('decide', () => people.shop.accept());
    if (people.known?.outcome === 'approved') people.capture({ amount: PART });
  },
};

/** Something comes back, and is paid back. */
const refundedSale: Scenario = {
  name: 'a refund',
  ends: ['Captured'],
  refundEnds: ['Captured'],
  toNew: FIRST_POLL,
  act(people) {
    sale.act(people);
    if (people.known?.platformStatus === 'Captured') people.refund();
  },
};

/** It is not given back after all: left alone, it would be paid out. */
const cancelledRefund: Scenario = {
  name: 'a cancelled refund',
  ends: ['Captured'],
  refundEnds: ['CancelledByClient'],
  act(people) {
    sale.act(people);
    if (people.known?.platformStatus === 'Captured') people.refund({ autoCapture: false });
    if (people.knownRefund?.outcome === 'approved') {
      people.once('cancel', () => people.cancelRefund());
    }
  },
};

const cancelledPreparedSale: Scenario = {
  name: 'a prepared sale that is cancelled before it has an amount',
  ends: ['CancelledByClient'],
  act(people) {
    people.prepareWhenIdle();
    people.checkInWhenAsked();
    if (people.known?.platformStatus === 'Paired') people.once('cancel', () => people.cancel());
  },
};

/** The amount is known before the customer is there. */
const readyBeforeCheckIn: Scenario = {
  name: 'a prepared sale made ready before the check-in',
  ends: ['Captured'],
  act(people) {
    people.prepareWhenIdle();
    if (people.known?.platformStatus === 'Prepared') people.ready();
    if (people.known?.platformStatus === 'Initiated') people.checkInWhenAsked();
    if (people.deciding) people.once('decide', () => people.shop.accept());
  },
};

/** Nobody waits for anybody: asked while the terminal starts, cancelled as the customer accepts. */
const hastySale: Scenario = {
  name: 'a sale cancelled as the customer accepts',
  ends: ['Captured', 'CancelledByClient'],
  act(people) {
    if (people.shop.till.state?.online === true) people.start();
    const status = people.shop.payment()?.status;
    if (status === 'Initiated') people.once('check in', () => people.shop.checkIn());
    if (people.shop.payment()?.status !== 'IssuedToUser') return;
    people.once('decide', () => {
      people.cancel();
      people.shop.accept();
    });
  },
};

/** The cashier asks and takes it back at once: the cancel meets the create on its way. */
const withdrawnSale: Scenario = {
  name: 'a sale withdrawn at once',
  ends: ['CancelledByClient', 'none'],
  act(people) {
    people.startWhenIdle();
    if (people.started) people.once('cancel', () => people.cancel());
  },
};

/** The register takes the money itself, once it knows that it may hand over the goods. */
const saleInTwoSteps: Scenario = {
  name: 'a sale that the register captures',
  ends: ['Captured'],
  act(people) {
    people.startWhenIdle({ autoCapture: false });
    people.checkInWhenAsked();
    if (people.deciding) people.once('decide', () => people.shop.accept());
    if (people.known?.outcome === 'approved') people.capture();
  },
};

/** Somebody else left a payment on our point of sale: it goes, once, and the sale goes on. */
const saleOnBusyPos: Scenario = {
  name: 'a sale where a foreign payment is in the way',
  blocked: true,
  ends: ['Captured', 'none'],
  act(people) {
    const { shop } = people;
    const [posId] = shop.posIds();
    if (posId === undefined || shop.till.state?.online !== true) return;
    people.once('leave a payment', () => {
      shop.street.simulator.placePayment({ posId, status: 'Initiated' });
    });
    sale.act(people);
  },
};

/** Disturbed at every instant and in every call. */
export const mainScenarios: readonly Scenario[] = [
  sale,
  cancelledSale,
  refusedSale,
  preparedSale,
  partlyCaptured,
  refundedSale,
];
/** Disturbed as often as there is time. */
export const otherScenarios: readonly Scenario[] = [
  saleInTwoSteps,
  saleOnBusyPos,
  hastySale,
  withdrawnSale,
  cancelledPreparedSale,
  readyBeforeCheckIn,
  cancelledRefund,
];
