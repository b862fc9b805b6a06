import { DEMO_PHONE_NUMBER } from '../simulator/demo.ts';
import type { Payment } from '../simulator/payment.ts';
import type { PaymentStatus } from '../simulator/payment-states.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { PhoneScreen, PhoneView } from './page/world-view.ts';

const screens: Record<PaymentStatus, PhoneScreen> = {
  Prepared: 'checked-in',
  Initiated: 'checked-in',
  Paired: 'checked-in',
  IssuedToUser: 'asked',
  Reserved: 'paid',
  Captured: 'paid',
  CancelledByUser: 'refused',
  CancelledByClient: 'cancelled',
  CancelledByMobilePay: 'cancelled',
  ExpiredAndCancelled: 'cancelled',
};

/** The customer's phone: what its screen shows, and what can be done on it. */
export class CustomerPhone {
  readonly #simulator: Simulator;
  readonly #shop: string;
  readonly #seen: () => { beaconId: string | null; codeShown: boolean };
  readonly #putAway = new Set<string>();

  /** `seen`: the beacon id the terminal offers now, by radio or as a code, as the phone sees it. */
  constructor(
    simulator: Simulator,
    shop: string,
    seen: () => { beaconId: string | null; codeShown: boolean },
  ) {
    this.#simulator = simulator;
    this.#shop = shop;
    this.#seen = seen;
    // What an earlier world left behind is on no screen of this one.
    for (const { paymentId } of this.#mine()) this.#putAway.add(paymentId);
  }

  view(): PhoneView {
    const { beaconId, codeShown } = this.#seen();
    const via = beaconId !== null ? 'beacon' : codeShown ? 'qr' : null;
    const payment = this.#onScreen();
    if (payment !== undefined) {
      const { terms } = payment;
      return {
        screen: screens[payment.status],
        via,
        shop: this.#shop,
        amount:
          terms === null ? null : { currency: terms.currencyCode, value: terms.amountMinorUnits },
      };
    }
    const checkedIn = this.#simulator.state().pos.some((pos) => pos.customerCheckedIn);
    const screen = checkedIn ? 'checked-in' : via === null ? 'alone' : 'nearby';
    return { screen, via, shop: this.#shop, amount: null };
  }

  /** Each throws where the phone's screen would not offer it. */
  checkIn(beaconId: string): void {
    this.putAway();
    this.#simulator.phone.checkIn(beaconId, DEMO_PHONE_NUMBER);
  }

  accept(beaconId: string): void {
    this.#simulator.phone.accept(beaconId);
  }

  refuse(beaconId: string): void {
    this.#simulator.phone.refuse(beaconId);
  }

  /** Closes a receipt or a refusal. */
  putAway(): void {
    for (const payment of this.#mine()) {
      if (isOver(payment)) this.#putAway.add(payment.paymentId);
    }
  }

  #onScreen(): Payment | undefined {
    return this.#mine().findLast(({ paymentId }) => !this.#putAway.has(paymentId));
  }

  #mine(): Payment[] {
    return this.#simulator
      .payments()
      .filter(({ customer }) => customer?.phoneNumber === DEMO_PHONE_NUMBER);
  }
}

function isOver({ status }: Payment): boolean {
  return screens[status] !== 'asked' && screens[status] !== 'checked-in';
}
