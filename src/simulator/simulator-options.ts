import type { Logger } from 'pino';
import { defaultStores, demoClient, type SimulatedClient } from './demo.ts';
import { type Exchange, ExchangeLog } from './exchange.ts';
import type { FaultScript } from './fault-script.ts';
import { FaultBook } from './faults.ts';
import { Network } from './network.ts';
import { Notifier } from './notifier.ts';
import type { App, Platform } from './platform.ts';
import { ScriptRunner } from './script-runner.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { StateFile } from './state-file.ts';
import { type StoreSeed, storeFrom } from './stores.ts';
import { Tokens } from './tokens.ts';
import { PollWatch } from './violations.ts';
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
  /** Where a PoS with a callbackAlias is notified of check-ins: alias to URL. */
  callbacks?: Record<string, string> | undefined;
  /** Between a notification that was not answered 200 and the next try; default 1000. */
  notificationRetryMs?: number | undefined;
  /** Faults and steps of a whole run, as a fault script has them. */
  script?: FaultScript | undefined;
  tokenLifetimeSeconds?: number | undefined;
  /** How long an active payment may idle before it lapses; default 10 minutes. */
  activePaymentMs?: number | undefined;
  /** From check-in until loyalty ids and receipt token are known; default 200. */
  loyaltyLookupMs?: number | undefined;
  /** What new payments allow unless the phone says otherwise; default true. */
  partialCapturePossible?: boolean | undefined;
  /** How long MobilePay takes to reserve a refund; default 300. */
  refundReservationMs?: number | undefined;
  /** The machine's clock; default Date.now. */
  nowMs?: (() => number) | undefined;
  onExchange?: ((exchange: Exchange) => void) | undefined;
  /** After each change of payments, check-ins or points of sale. */
  onChange?: (() => void) | undefined;
  logger?: Logger | undefined;
}

/** A platform as the options say, for the server of `app`. Throws on a damaged state file. */
export function platformFor(options: SimulatorOptions, app: App): Platform {
  const clients = options.clients ?? [demoClient];
  const world = worldFor(options, clients);
  const network = new Network(app.server);
  const notifier = new Notifier({
    callbacks: options.callbacks ?? {},
    retryMs: options.notificationRetryMs ?? 1000,
    timeoutMs: 5000,
    logger: options.logger,
  });
  const faults = new FaultBook();
  for (const fault of options.script?.faults ?? []) faults.add(fault);
  return {
    world,
    network,
    notifier,
    faults,
    script: new ScriptRunner(options.script?.steps ?? [], { world, network, notifier }),
    tokens: new Tokens(clients),
    exchanges: new ExchangeLog(1000, options.onExchange),
    counts: new Map(),
    polls: new PollWatch(),
    violations: [],
    pollDelayMs: options.pollDelayMs ?? 1000,
    refuseEarlyPolls: options.refuseEarlyPolls ?? false,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3700,
    loyaltyLookupMs: options.loyaltyLookupMs ?? 200,
    partialCapturePossible: options.partialCapturePossible ?? true,
    dateOffsetMs: 0,
    logger: options.logger,
  };
}

function worldFor(options: SimulatorOptions, clients: SimulatedClient[]): World {
  return new World({
    clock: new SimulatedClock(options.nowMs),
    settings: {
      lifetimes: {
        activeMs: options.activePaymentMs ?? 10 * MINUTE_MS,
        reservedMs: 7 * DAY_MS,
      },
      refundTimes: {
        reservationMs: options.refundReservationMs ?? 300,
        autoCaptureMs: DAY_MS,
      },
      refundableMs: 90 * DAY_MS,
      checkInMs: 5 * MINUTE_MS,
      keyMs: DAY_MS,
    },
    stores: (options.stores ?? defaultStores(clients)).map(storeFrom),
    file: options.dataDir === undefined ? undefined : new StateFile(options.dataDir),
    onChange: options.onChange ?? (() => {}),
  });
}
