import { DEMO_PHONE_NUMBER } from '../simulator/demo.ts';
import type { Payment } from '../simulator/payment.ts';
import type { PaymentStatus } from '../simulator/payment-states.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { PhoneScreen, PhoneView, Problem } from './page/world-view.ts';
import type { Timeline } from './timeline.ts';

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

type Tap = 'phone-checks-in' | 'phone-accepts' | 'phone-refuses';

/** What the phone has to do with. */
interface TerminalNearby {
  shop: string;
  beaconId: string;
  /** How the phone can know of it at this moment. */
  seenBy: () => PhoneView['via'];
  /** Writes a check-in to its beacon. */
  tellBeacon: () => void;
}

/** The customer's phone: what its screen shows, and what can be done on it. */
export class CustomerPhone {
  readonly #simulator: Simulator;
  readonly #timeline: Timeline;
  readonly #terminal: TerminalNearby;
  readonly #putAway = new Set<string>();

  constructor(simulator: Simulator, timeline: Timeline, terminal: TerminalNearby) {
    this.#simulator = simulator;
    this.#timeline = timeline;
    this.#terminal = terminal;
    // What an earlier world left behind is on no screen of this one.
    this.putAway();
  }

  view(): PhoneView {
    const { shop } = this.#terminal;
    const via = this.#terminal.seenBy();
    const payment = this.#onScreen();
    if (payment !== undefined) {
      const { status, terms } = payment;
      const amount = terms && { currency: terms.currencyCode, value: terms.amountMinorUnits };
      return { screen: screens[status], via, shop, amount };
    }
    if (this.#checkedIn) return { screen: 'checked-in', via, shop, amount: null };
    return { screen: via === null ? 'alone' : 'nearby', via, shop, amount: null };
  }

  checkIn(): Problem | null {
    const { screen, via } = this.view();
    if (screen !== 'nearby') return 'not-now';
    const problem = this.#tap('phone-checks-in', (beaconId) =>
      this.#simulator.phone.checkIn(beaconId, DEMO_PHONE_NUMBER),
    );
    // MobilePay has it; the beacon makes the terminal ask there at once.
    if (problem === null && via === 'beacon') this.#terminal.tellBeacon();
    return problem;
  }

  accept(): Problem | null {
    return this.#tap('phone-accepts', (beaconId) => this.#simulator.phone.accept(beaconId));
  }

  refuse(): Problem | null {
    return this.#tap('phone-refuses', (beaconId) => this.#simulator.phone.refuse(beaconId));
  }

  /** Closes a receipt or a refusal. */
  putAway(): void {
    for (const { paymentId, status } of this.#mine()) {
      const screen = screens[status];
      if (screen !== 'asked' && screen !== 'checked-in') this.#putAway.add(paymentId);
    }
  }

  /** A tap on what the screen offered a moment ago does nothing. */
  #tap(code: Tap, tap: (beaconId: string) => void): Problem | null {
    try {
      tap(this.#terminal.beaconId);
    } catch {
      return 'not-now';
    }
    const to = code === 'phone-checks-in' ? 'terminal' : 'mobilepay';
    this.#timeline.add({ lane: 'air', from: 'phone', to, meaning: { code } });
    return null;
  }

  get #checkedIn(): boolean {
    return this.#simulator.state().pos.some(({ customerCheckedIn }) => customerCheckedIn);
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
