import type { AddressInfo } from 'node:net';
import { createApp, observe } from './api-server.ts';
import { addControlRoutes } from './control-routes.ts';
import { type AcceptOptions, accept, checkIn, refuse } from './customer.ts';
import type { Exchange } from './exchange.ts';
import type { FaultBook } from './faults.ts';
import { forceRefundStatus } from './forced-refund.ts';
import type { NetworkState } from './network.ts';
import type { Notification } from './notifier.ts';
import type { Operation } from './operations.ts';
import type { Payment } from './payment.ts';
import { addPaymentRoutes } from './payment-routes.ts';
import type { PaymentStatus } from './payment-states.ts';
import { forceStatus, type PaymentPlacement, placePayment } from './placed-payment.ts';
import type { App } from './platform.ts';
import { PortTakenError } from './port-taken-error.ts';
import type { Pos } from './pos.ts';
import { addPosRoutes } from './pos-routes.ts';
import type { Refund } from './refund.ts';
import { addRefundRoutes } from './refund-routes.ts';
import type { RefundStatus } from './refund-states.ts';
import { platformFor, type SimulatorOptions } from './simulator-options.ts';
import { type SimulatorState, stateOf } from './simulator-state.ts';
import { addStoreRoutes } from './store-routes.ts';
import type { Store } from './stores.ts';
import { addTokenRoute } from './token-route.ts';
import { addUserSimulationRoutes } from './user-simulation-routes.ts';
import type { Violation } from './violations.ts';

/** The customer. Each throws when the phone's screen would not offer that now. */
export interface Phone {
  /** Without loyalty ids, those that go with the phone number. */
  checkIn(beaconId: string, phoneNumber?: string, loyaltyIds?: string[]): void;
  accept(beaconId: string, options?: AcceptOptions): void;
  refuse(beaconId: string): void;
}

export interface Simulator {
  /** Base address of the API, without a slash at the end. */
  readonly url: string;
  /** Address of the page and the controls, without a slash at the end. */
  readonly controlUrl: string;
  readonly faults: FaultBook;
  readonly phone: Phone;
  /** The latest 1000 or so, oldest first. */
  exchanges(): readonly Exchange[];
  payments(): Payment[];
  refunds(): Refund[];
  pos(): Pos[];
  stores(): Store[];
  state(): SimulatorState;
  /** Calls that arrived, by operation. */
  count(operation: Operation): number;
  /** What a well-behaved client would not have done. */
  readonly violations: Violation[];
  /** Told to callbacks at check-ins, oldest first. */
  notifications(): readonly Notification[];
  /** Where points of sale with this callbackAlias are notified from now on; null: nowhere. */
  setCallback(alias: string, url: string | null): void;
  readonly network: NetworkState;
  /** `delayMs` is for `slow`: how late every answer leaves. */
  setNetwork(state: NetworkState, delayMs?: number): void;
  /** `pollDelayInMs` of the answers from now on. */
  setPollDelay(ms: number): void;
  /** Moves the platform's time forward. */
  advanceClock(ms: number): void;
  /** Makes the Date header differ from the machine's clock. */
  setDateOffset(ms: number): void;
  placePayment(placement: PaymentPlacement): Payment;
  forceStatus(paymentId: string, status: PaymentStatus): Payment;
  forceRefundStatus(refundId: string, status: RefundStatus): Refund;
  /** What the store could pay back from now on. Throws when there is no such store. */
  setStoreBalance(storeId: string, balanceMinorUnits: number): void;
  /** A store that is not activated takes neither points of sale nor payments. */
  setStoreActivated(storeId: string, activated: boolean): void;
  /** Every token given out so far is answered 401. */
  revokeTokens(): void;
  close(): Promise<void>;
}

/** Starts a PoS V10 platform of its own. Throws PortTakenError. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const app = createApp();
  const platform = platformFor(options, app);
  const { world } = platform;

  await app.register((api: App, _options, done) => {
    observe(api, platform);
    addTokenRoute(api, platform);
    addStoreRoutes(api, platform);
    addPosRoutes(api, platform);
    addPaymentRoutes(api, platform);
    addRefundRoutes(api, platform);
    addUserSimulationRoutes(api, platform);
    done();
  });
  await app.register((control: App, _options, done) => {
    addControlRoutes(control, platform);
    done();
  });
  const url = await listen(app, 'api', options.host, options.port);
  let page: App | undefined;
  let controlUrl = url;
  if (options.controlPort !== undefined) {
    page = createApp();
    addControlRoutes(page, platform);
    try {
      controlUrl = await listen(page, 'page', options.host, options.controlPort);
    } catch (error) {
      await app.close();
      throw error;
    }
  }
  options.logger?.info({ url, controlUrl }, 'simulator is up');

  const committed = <T>(change: () => T): T => {
    try {
      return change();
    } finally {
      world.commit();
    }
  };
  return {
    url,
    controlUrl,
    faults: platform.faults,
    phone: {
      checkIn: (beaconId, phoneNumber, loyaltyIds) =>
        committed(() => checkIn(platform, beaconId, { phoneNumber, loyaltyIds })),
      accept: (beaconId, how) => {
        committed(() => accept(world, beaconId, how));
      },
      refuse: (beaconId) => {
        committed(() => refuse(world, beaconId));
      },
    },
    exchanges: () => platform.exchanges.all,
    payments: () => committed(() => world.payments()),
    refunds: () => committed(() => world.refunds()),
    pos: () => world.findPos({}),
    stores: () => world.stores.all(),
    state: () => stateOf(platform),
    count: (operation) => platform.counts.get(operation) ?? 0,
    violations: platform.violations,
    notifications: () => platform.notifier.all,
    setCallback: (alias, callback) => platform.notifier.setCallback(alias, callback),
    get network() {
      return platform.network.state;
    },
    setNetwork: (state, delayMs) => platform.network.set(state, delayMs),
    setPollDelay: (ms) => {
      platform.pollDelayMs = ms;
    },
    advanceClock: (ms) => committed(() => world.moveClock(ms)),
    setDateOffset: (ms) => {
      platform.dateOffsetMs = ms;
    },
    placePayment: (placement) => placePayment(world, placement),
    forceStatus: (paymentId, status) => forceStatus(world, paymentId, status),
    forceRefundStatus: (refundId, status) => forceRefundStatus(world, refundId, status),
    setStoreBalance: (storeId, balance) => committed(() => world.setStoreBalance(storeId, balance)),
    setStoreActivated: (storeId, activated) =>
      committed(() => world.setStoreActivated(storeId, activated)),
    revokeTokens: () => committed(() => world.revokeTokens()),
    close: async () => {
      platform.script.close();
      await Promise.all([app.close(), page?.close(), platform.notifier.close()]);
      world.close();
    },
  };
}

async function listen(
  app: App,
  listener: 'api' | 'page',
  host: string,
  port: number,
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortTakenError(listener, host, port);
    }
    throw error;
  }
  const { port: actualPort } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
}
