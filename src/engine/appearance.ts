import type { OnlineState, Phase } from '../contract/messages.ts';
import type { StatePayment } from '../contract/payment-snapshot.ts';
import type { Payment } from '../payment/payment.ts';
import type { Clock, Journal, MerchantLink, PaymentPlatform, TerminalView } from '../ports.ts';
import type { CheckInWatch } from './check-in-watch.ts';
import type { DisplayMessage } from './display-message.ts';
import type { Ledger } from './ledger.ts';
import { after } from './look-up.ts';
import type { EngineStatus } from './phase.ts';
import { newestOf, phaseOf, undecidedOf } from './phase.ts';
import type { PosKeeper } from './pos-keeper.ts';
import type { Refunds } from './refunds.ts';
import type { TerminalFacts } from './terminal-info.ts';
import { infoOf } from './terminal-info.ts';
import { paymentPicture } from './terminal-picture.ts';

interface AppearanceWorld {
  facts: TerminalFacts;
  bootId: string;
  beaconMode: OnlineState['beacon']['mode'];
  journal: Journal;
  clock: Clock;
  link: MerchantLink;
  explain: PaymentPlatform['explain'];
  ledger: Ledger;
  refunds: Pick<Refunds, 'inHand'>;
  posKeeper: PosKeeper;
  checkIns: CheckInWatch;
  message: DisplayMessage;
  status: () => EngineStatus;
  apiReachable: () => boolean;
  /** Nothing was found wrong with the journal yet. */
  journalWorks: () => boolean;
  /** The panel's picture of the terminal, at each change. */
  onView: (view: TerminalView) => void;
}

/** What the register, the panel and the technician see of the terminal. */
export function createAppearance(world: AppearanceWorld) {
  const { facts, bootId, journal, clock, link, ledger, posKeeper, checkIns, apiReachable } = world;
  const startedAtMonotonicMs = clock.monotonicMs();
  let connected = false;
  let advertising = false;
  let identifying = false;
  let endIdentifying: (() => void) | undefined;

  function phase(): Phase {
    return phaseOf(world.status(), ledger.openPayments(), checkIns.isCheckedIn());
  }

  /** The payment the state and the panel speak of: the undecided one, or the last that changed. */
  function paymentInHand(): Payment | undefined {
    const open = ledger.openPayments();
    return undecidedOf(open) ?? ledger.lastMoved() ?? newestOf(open);
  }

  /** Null where what was refunded of it cannot be read any more: that is told, not hidden by it. */
  function statePayment(payment: Payment): StatePayment | null {
    try {
      return ledger.statePayment(payment);
    } catch (error) {
      if (world.journalWorks()) throw error;
      return null;
    }
  }

  function show(payment = paymentInHand()): void {
    world.onView({
      phase: phase(),
      payment: payment === undefined ? null : paymentPicture(payment, world.explain),
      checkedIn: checkIns.isCheckedIn(),
      takesCheckIns: facts.checkIns,
      invited: checkIns.isInviting(),
      message: world.message.current(),
      beaconId: posKeeper.pos()?.beaconId ?? null,
      advertising,
      posName: facts.posName,
      faults: ledger.conditions(),
      setupProblem: posKeeper.problem()?.kind ?? null,
      identifying,
      mqttConnected: connected,
      apiReachable: apiReachable(),
      terminalId: facts.terminalId,
      version: facts.version,
    });
  }

  function uptimeSeconds(): number {
    return Math.round((clock.monotonicMs() - startedAtMonotonicMs) / 1000);
  }

  return {
    phase,

    /** To the panel only: what it shows of the connection is no news to the register. */
    setConnected(now: boolean): void {
      connected = now;
      show();
    },
    setAdvertising(now: boolean): void {
      advertising = now;
    },
    /** Display and lights show which terminal this is; `onChange` at the beginning and the end. */
    identify(seconds: number, onChange: () => void): void {
      identifying = true;
      onChange();
      endIdentifying?.();
      endIdentifying = after(seconds * 1000, () => {
        identifying = false;
        onChange();
      });
    },

    /** The retained state, and the panel's picture. */
    publish(): void {
      const payment = paymentInHand();
      link.setState({
        online: true,
        bootId,
        seq: ledger.seq(),
        phase: phase(),
        payment: payment === undefined ? null : statePayment(payment),
        refund: world.refunds.inHand(),
        beacon: { mode: world.beaconMode, advertising },
        api: { reachable: apiReachable() },
        faults: ledger.conditions(),
        at: new Date(clock.now()).toISOString(),
      });
      show(payment);
    },
    publishInfo: (): void => link.setInfo(infoOf(facts, posKeeper.pos())),
    sendTelemetry(): void {
      link.sendTelemetry({
        bootId,
        uptimeSeconds: uptimeSeconds(),
        residentMemoryBytes: process.memoryUsage.rss(),
        openOrders: ledger.openPayments().length,
        outboxLength: journal.outboxLength(),
        at: new Date(clock.now()).toISOString(),
      });
    },

    /** What a technician asks first. */
    diagnosis(): object {
      const pos = posKeeper.pos();
      return {
        software: { name: 'beacon-terminal', version: facts.version },
        phase: phase(),
        faults: ledger.conditions(),
        api: { reachable: apiReachable() },
        pos: {
          posId: pos?.posId ?? null,
          store: pos?.storeId ?? null,
          beaconId: pos?.beaconId ?? null,
          differs: posKeeper.differences(),
        },
        setupProblem: posKeeper.problem()?.message ?? null,
        openOrders: ledger.openPayments().length,
        openRefunds: ledger.refunds.open().length,
        outboxLength: journal.outboxLength(),
        uptimeSeconds: uptimeSeconds(),
        clockTrusted: clock.trusted(),
      };
    },
  };
}
