import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp, observe } from './api-server.ts';
import { addControlRoutes } from './control-routes.ts';
import { type AcceptOptions, accept, checkIn, refuse } from './customer.ts';
import { defaultStores, demoClient, type SimulatedClient } from './demo.ts';
import { type Exchange, ExchangeLog } from './exchange.ts';
import { FaultBook } from './faults.ts';
import { Network, type NetworkState } from './network.ts';
import type { Operation } from './operations.ts';
import type { Payment } from './payment.ts';
import { addPaymentRoutes } from './payment-routes.ts';
import type { PaymentStatus } from './payment-states.ts';
import { forceStatus, type PaymentPlacement, placePayment } from './placed-payment.ts';
import type { App, Platform } from './platform.ts';
import { PortTakenError } from './port-taken-error.ts';
import type { Pos } from './pos.ts';
import { addPosRoutes } from './pos-routes.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type SimulatorState, stateOf } from './simulator-state.ts';
import { StateFile } from './state-file.ts';
import { addStoreRoutes } from './store-routes.ts';
import { type Store, type StoreSeed, storeFrom } from './stores.ts';
import { addTokenRoute } from './token-route.ts';
import { Tokens } from './tokens.ts';
import { addUserSimulationRoutes } from './user-simulation-routes.ts';
import { PollWatch, type Violation } from './violations.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface SimulatorOptions {
  host: string;
  /** Port 0 picks a free one. */
  port: number;
  /** A second listener for the page and the controls, which a cut network leaves alone. */
  controlPort?: number | undefined;
  /** A folder: the state survives a restart and a kill. Without it, it is in memory only. */
  dataDir?: string | undefined;
  clients?: SimulatedClient[] | undefined;
  stores?: StoreSeed[] | undefined;
  /** `pollDelayInMs` of the answers; default 1000. */
  pollDelayMs?: number | undefined;
  /** Polls that come too early are answered 429, not only noted; default false. */
  refuseEarlyPolls?: boolean | undefined;
  tokenLifetimeSeconds?: number | undefined;
  /** How long an active payment may idle before it lapses; default 10 minutes. */
  activePaymentMs?: number | undefined;
  /** From check-in until loyalty ids and receipt token are known; default 200. */
  loyaltyLookupMs?: number | undefined;
  /** What new payments allow unless the phone says otherwise; default true. */
  partialCapturePossible?: boolean | undefined;
  /** The machine's clock; default Date.now. */
  nowMs?: (() => number) | undefined;
  onExchange?: ((exchange: Exchange) => void) | undefined;
  /** After each change of payments, check-ins or points of sale. */
  onChange?: (() => void) | undefined;
  logger?: Logger | undefined;
}

/** The customer. Each throws when the phone's screen would not offer that now. */
export interface Phone {
  checkIn(beaconId: string, phoneNumber?: string): void;
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
  pos(): Pos[];
  stores(): Store[];
  state(): SimulatorState;
  /** Calls that arrived, by operation. */
  count(operation: Operation): number;
  /** What a well-behaved client would not have done. */
  readonly violations: Violation[];
  readonly network: NetworkState;
  /** `delayMs` is for `slow`: how late every answer leaves. */
  setNetwork(state: NetworkState, delayMs?: number): void;
  /** Moves the platform's time forward. */
  advanceClock(ms: number): void;
  /** Makes the Date header differ from the machine's clock. */
  setDateOffset(ms: number): void;
  placePayment(placement: PaymentPlacement): Payment;
  forceStatus(paymentId: string, status: PaymentStatus): Payment;
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
      checkIn: (beaconId, phoneNumber) => committed(() => checkIn(world, beaconId, phoneNumber)),
      accept: (beaconId, how) => {
        committed(() => accept(world, beaconId, how));
      },
      refuse: (beaconId) => {
        committed(() => refuse(world, beaconId));
      },
    },
    exchanges: () => platform.exchanges.all,
    payments: () => committed(() => world.payments()),
    pos: () => world.findPos({}),
    stores: () => [...world.stores.values()],
    state: () => stateOf(platform),
    count: (operation) => platform.counts.get(operation) ?? 0,
    violations: platform.violations,
    get network() {
      return platform.network.state;
    },
    setNetwork: (state, delayMs) => platform.network.set(state, delayMs),
    advanceClock: (ms) => committed(() => world.moveClock(ms)),
    setDateOffset: (ms) => {
      platform.dateOffsetMs = ms;
    },
    placePayment: (placement) => placePayment(world, placement),
    forceStatus: (paymentId, status) => forceStatus(world, paymentId, status),
    revokeTokens: () => committed(() => world.revokeTokens()),
    close: async () => {
      await Promise.all([app.close(), page?.close()]);
      world.close();
    },
  };
}

function platformFor(options: SimulatorOptions, app: App): Platform {
  const clients = options.clients ?? [demoClient];
  return {
    world: new World({
      clock: new SimulatedClock(options.nowMs),
      settings: {
        lifetimes: {
          activeMs: options.activePaymentMs ?? 10 * MINUTE_MS,
          reservedMs: 7 * DAY_MS,
        },
        checkInMs: 5 * MINUTE_MS,
        keyMs: DAY_MS,
      },
      stores: (options.stores ?? defaultStores(clients)).map(storeFrom),
      file: options.dataDir === undefined ? undefined : new StateFile(options.dataDir),
      onChange: options.onChange ?? (() => {}),
    }),
    tokens: new Tokens(clients),
    faults: new FaultBook(),
    exchanges: new ExchangeLog(1000, options.onExchange),
    counts: new Map(),
    polls: new PollWatch(),
    violations: [],
    network: new Network(app.server),
    pollDelayMs: options.pollDelayMs ?? 1000,
    refuseEarlyPolls: options.refuseEarlyPolls ?? false,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3700,
    loyaltyLookupMs: options.loyaltyLookupMs ?? 200,
    partialCapturePossible: options.partialCapturePossible ?? true,
    dateOffsetMs: 0,
    logger: options.logger,
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
