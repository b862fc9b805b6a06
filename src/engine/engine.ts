import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { LogLevel } from '../contract/commands.ts';
import type { ButtonAction, ButtonName } from '../contract/device.ts';
import type { DoctorReport } from '../contract/doctor-report.ts';
import type { CommandError } from '../contract/errors.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { OnlineState } from '../contract/messages.ts';
import type {
  BeaconCheckIn,
  Clock,
  DeviceFault,
  Journal,
  MerchantLink,
  PaymentPlatform,
  Pos,
  TerminalView,
} from '../ports.ts';
import type { TerminalError } from '../terminal-error.ts';
import { errorOf, unreachable } from './answers.ts';
import { createAppearance } from './appearance.ts';
import { createCheckInWatch } from './check-in-watch.ts';
import { createCommandDesk } from './commands.ts';
import { createCounterDevices } from './counter-devices.ts';
import { createCredentialsWatch } from './credentials-watch.ts';
import { createCustomerCommands } from './customer-commands.ts';
import { createDeviceBeaconId } from './device-beacon-id.ts';
import { createDisplayMessage } from './display-message.ts';
import { createJournalTrouble } from './journal-trouble.ts';
import { createLedger } from './ledger.ts';
import { after } from './look-up.ts';
import type { PaymentDefaults } from './payment-terms.ts';
import { createPayments } from './payments.ts';
import type { EngineStatus } from './phase.ts';
import { undecidedOf } from './phase.ts';
import { createPosKeeper } from './pos-keeper.ts';
import { createPosMemory } from './pos-memory.ts';
import { createPosOffice } from './pos-office.ts';
import { createReachability } from './reachability.ts';
import type { RefundRules } from './refund-commands.ts';
import { createRefunds } from './refunds.ts';
import { noteSetupProblem } from './setup-note.ts';
import { createTerminalNotes } from './terminal-notes.ts';
import { createTickets } from './tickets.ts';
import type { WantedPos } from './wanted-pos.ts';

const TELEMETRY_MS = 60_000;
const HOUSEKEEPING_MS = 3_600_000;
/** Another device under this id that was not heard for so long is gone. */
const DUPLICATE_MS = 60_000;

export interface EngineOptions {
  terminalId: string;
  version: string;
  bootId: string;
  journal: Journal;
  /** Why the journal could not be opened: the terminal then only says that it is out of order. */
  damage: TerminalError | null;
  /** Tries again to open a journal that a full disk kept shut. Throws while it cannot. */
  reopenJournal?: (() => void) | undefined;
  clock: Clock & { disagrees(): boolean };
  link: MerchantLink;
  platform: PaymentPlatform;
  logger: Logger;
  wantedPos: WantedPos;
  /** Reads the beacon id of a device that carries one; within seconds. Null: it has none. */
  readBeaconId?: (() => Promise<string | null>) | undefined;
  defaults: PaymentDefaults;
  refundRules: RefundRules;
  beaconMode: OnlineState['beacon']['mode'];
  /** Whether somebody could read what `display/show` shows. */
  hasDisplay: boolean;
  setLogLevel: (level: LogLevel) => void;
  /** Looks at the whole machine, within seconds; never rejects. Null: that could not be done. */
  examine?: (() => Promise<DoctorReport | null>) | undefined;
  /** The panel's picture of the terminal, at each change. */
  onView: (view: TerminalView) => void;
  /** The PoS is known: its beacon id may be advertised. */
  onPos: (pos: Pos) => void;
  /** The first time the terminal can take a payment. */
  onIdle: () => void;
  /** The process should end and be started again: a command, or a journal that works again. */
  onRestart: (why: 'asked' | 'journal') => void;
}

/** Drives the heart: recovers at boot, takes commands, carries every order to its end. */
export function createEngine(options: EngineOptions) {
  const { journal, clock, link, platform, logger, bootId } = options;
  let standing: EngineStatus = 'starting';
  let idleSeen = false;
  let forgetDuplicate: (() => void) | undefined;
  let stopping = false;
  let hadOpenOrders = false;
  const timers: NodeJS.Timeout[] = [];

  const { explain } = platform;
  const trouble = createJournalTrouble({
    journal,
    clock,
    logger,
    damage: options.damage,
    reopen: options.reopenJournal,
    onFailed(code) {
      standing = 'out-of-order';
      stopWork();
      ledger.raiseUnjournalled(code);
    },
    onWorksAgain: () => options.onRestart('journal'),
  });
  const { guarded, note: onJournalFault } = trouble;
  const ledger = createLedger({
    journal,
    clock,
    link,
    bootId,
    logger,
    explain,
    // What is shown or told of a change must not keep what follows from it from being done.
    onMoved: () => guarded(publish),
  });
  const newKey = () => randomUUID();
  const random = () => Math.random();
  const posId = () => posKeeper.pos()?.posId ?? null;

  const notes = createTerminalNotes(journal, clock);
  const posKeeper = createPosKeeper({
    office: createPosOffice({
      platform,
      wanted: options.wantedPos,
      newKey,
      deviceBeaconId: createDeviceBeaconId({
        read: options.readBeaconId,
        configured: options.wantedPos.beaconId,
        logger,
      }),
      memory: createPosMemory(notes),
    }),
    platform,
    ledger,
    logger,
    random,
    hasOpenOrders,
    closeGate() {
      if (status() !== 'ready' || hasOpenOrders()) return false;
      standing = 'starting';
      publish();
      return true;
    },
    openGate: takeCommands,
    onAuthorized() {
      if (clock.disagrees()) setFault('clock-untrusted', true);
      settling ??= settleOpenOrders();
    },
    onFailed() {
      if (standing === 'starting') {
        standing = 'out-of-order';
        desk.refuseWaiting();
      }
      publish();
    },
    onPos(pos) {
      credentials.accepted();
      options.onPos(pos);
      appearance.publishInfo();
    },
    onProblem(problem) {
      noteSetupProblem(notes, problem, clock.now());
      publish();
    },
  });
  const credentials = createCredentialsWatch({
    platform,
    ledger,
    random,
    merchantPosId: options.wantedPos.merchantPosId,
    mayAsk: () => standing === 'ready' && !stopping && !hasFailed(),
    guarded,
    onChange: () => publish(),
  });

  const tickets = createTickets({ ledger, clock, onJournalFault });
  const work = {
    ledger,
    journal,
    clock,
    platform,
    logger,
    random,
    newKey,
    status,
    posId,
    mayWork,
    guarded,
    onEnded: remind,
    onJournalFault,
  };
  const payments = createPayments(
    { ...work, defaults: options.defaults, onAttended: noteOrders },
    tickets,
  );
  const refunds = createRefunds(
    {
      ...work,
      rules: options.refundRules,
      currency: options.defaults.currency,
      storeId: () => posKeeper.pos()?.storeId ?? null,
      attendOrder: payments.attend,
    },
    tickets,
  );
  const checkInWatch = createCheckInWatch({
    platform,
    clock,
    logger,
    random,
    posId,
    onCheckIn: (checkin, via) =>
      guarded(() => ledger.tell('checkin', { ...checkin, via, ble: null })),
    onEnded: () => publish(),
    onMissed: () => posKeeper.missed(),
  });
  const reachability = createReachability({
    setFault,
    onAnswer() {
      refunds.kick();
      payments.kick();
    },
    onChange: () => publish(),
  });
  const message = createDisplayMessage(() => publish());
  const takesCheckIns = !options.wantedPos.requirePaymentBeforeCheckin;
  const appearance = createAppearance({
    facts: {
      terminalId: options.terminalId,
      version: options.version,
      posName: options.wantedPos.name,
      currency: options.defaults.currency,
      refunds: options.refundRules.enabled,
      checkIns: takesCheckIns,
      display: options.hasDisplay,
    },
    bootId,
    beaconMode: options.beaconMode,
    journal,
    clock,
    link,
    explain,
    ledger,
    refunds,
    posKeeper,
    checkIns: checkInWatch,
    message,
    status,
    apiReachable: reachability.isGiven,
    journalWorks: () => !hasFailed(),
    onView: options.onView,
  });
  const devices = createCounterDevices({
    ledger,
    checkIns: checkInWatch,
    message,
    takesCheckIns,
    mayInvite,
    attend: (orderId) => payments.attend(orderId, 'recovered'),
    publish,
  });
  const customerCommands = createCustomerCommands(
    {
      ledger,
      status,
      outOfOrder,
      posId,
      takesCheckIns,
      hasDisplay: options.hasDisplay,
      invite(via) {
        checkInWatch.invite(via);
        publish();
      },
      endInvitation() {
        checkInWatch.end();
        publish();
      },
      show(what, seconds) {
        message.show(what, seconds);
        publish();
      },
    },
    tickets,
  );
  const desk = createCommandDesk(
    {
      ledger,
      journal,
      clock,
      link,
      status,
      identify,
      diagnose: appearance.diagnosis,
      examine: options.examine,
      restart: () => options.onRestart('asked'),
      setLogLevel: options.setLogLevel,
      outOfOrder,
    },
    tickets,
    payments.commands,
    refunds.commands,
    customerCommands,
  );

  // ------------------------------------------------------------ where it stands

  /** The terminal as a whole: without credentials that are accepted, it is out of order. */
  function status(): EngineStatus {
    return standing === 'ready' && credentials.areRefused() ? 'out-of-order' : standing;
  }

  /** Something of ours is undecided, reserved or being refunded (rule 15). */
  function hasOpenOrders(): boolean {
    return ledger.openPayments().length > 0 || ledger.refunds.open().length > 0;
  }

  /** What a command hears that may not begin. */
  function outOfOrder(): CommandError {
    if (credentials.areRefused()) {
      const message = 'MobilePay does not accept the client id or secret; nothing was begun.';
      return errorOf('not-authorized', message);
    }
    const problem = posKeeper.problem();
    if (problem === null || !reachability.isGiven()) return unreachable;
    return errorOf('unreachable', `${problem.message} Nothing was begun.`);
  }

  // ------------------------------------------------------------ what the world sees

  function publish(): void {
    if (stopping) return;
    noteOrders();
    if (!mayInvite()) {
      checkInWatch.end();
      message.clear();
    }
    appearance.publish();
    if (!idleSeen && appearance.phase() === 'idle') {
      idleSeen = true;
      options.onIdle();
    }
  }

  function noteOrders(): void {
    const had = hadOpenOrders;
    hadOpenOrders = hasOpenOrders();
    if (!had || hadOpenOrders) return;
    const refusal = ledger.lastMoved()?.refusal;
    if (refusal && explain(refusal.code).next === 'renew-pos') posKeeper.missed();
    else posKeeper.orderEnded();
  }

  /** A payment in hand is asked about by itself, and has the display to itself. */
  function mayInvite(): boolean {
    return status() === 'ready' && undecidedOf(ledger.openPayments()) === undefined;
  }

  function identify(seconds: number): void {
    appearance.identify(seconds, publish);
  }

  // ------------------------------------------------------------ faults

  /** Without a journal nothing may be begun: everything stops, and the terminal says out of order. */
  function hasFailed(): boolean {
    return trouble.failure() !== null;
  }

  /**
   * Says what has waited for too long, and when nothing does any more. By a clock that nobody has
   * confirmed, what was reserved a minute ago might be overdue.
   */
  function remind(): void {
    if (stopping || hasFailed() || !clock.trusted()) return;
    setFault('capture-overdue', payments.isAnyOverdue());
    setFault('refund-overdue', refunds.isAnyOverdue());
  }

  function setFault(code: FaultCode, present: boolean): void {
    guarded(() => (present ? ledger.raise(code) : ledger.clear(code)));
  }

  // ------------------------------------------------------------ orders

  /** Nothing that spends time starts before the boot's token call. */
  function mayWork(): boolean {
    return authorized && !stopping && !hasFailed();
  }

  function stopWork(): void {
    posKeeper.stop();
    credentials.stop();
    checkInWatch.stop();
    refunds.stop();
    payments.stop();
  }

  // ------------------------------------------------------------ boot

  let authorized = false;

  /** The token is there: what an earlier boot left unsettled is asked about and settled. */
  async function settleOpenOrders(): Promise<void> {
    if (authorized) return;
    authorized = true;
    refunds.settleOpen();
    await payments.settleOpen();
  }

  let settling: Promise<void> | undefined;

  async function boot(): Promise<void> {
    if ((await posKeeper.open()) === undefined) return;
    await settling;
    await posKeeper.settle();
    if (stopping || hasFailed()) return;
    takeCommands();
    await posKeeper.keep();
  }

  /** What waited begins now, in its order. */
  function takeCommands(): void {
    if (stopping || hasFailed()) return;
    standing = 'ready';
    desk.resume();
    publish();
    desk.ready();
    remind();
  }

  return {
    start(): void {
      if (options.damage !== null) {
        standing = 'out-of-order';
        ledger.raiseUnjournalled(
          options.damage.code === 'disk-full' ? 'disk-full' : 'journal-damaged',
        );
      }
      ledger.recover();
      desk.recover();
      platform.onServerDate((epochMs) => clock.observeServerDate(epochMs));
      platform.onReachability((answered) => {
        if (!stopping) reachability.note(answered);
      });
      platform.onCredentials(credentials.take);
      appearance.publishInfo();
      publish();
      link.start({
        onCommand(command) {
          // Without a journal no refusal is a promise: an earlier boot may have begun this very order.
          // The broker brings it to the boot that has one.
          try {
            const failure = trouble.failure();
            if (failure !== null) throw failure;
            desk.receive(command);
          } catch (error) {
            onJournalFault(error);
            throw error;
          }
        },
        onConnected: () => appearance.setConnected(true),
        onDisconnected() {
          // Who hangs up has not lost anybody.
          if (!stopping) appearance.setConnected(false);
        },
        onForeignState(foreign) {
          logger.warn({ foreign }, 'another device runs under this terminal id');
          setFault('duplicate-terminal', true);
          forgetDuplicate?.();
          forgetDuplicate = after(DUPLICATE_MS, () => setFault('duplicate-terminal', false));
        },
      });
      timers.push(setInterval(telemetry, TELEMETRY_MS));
      if (options.damage !== null) return;
      timers.push(setInterval(() => guarded(housekeep), HOUSEKEEPING_MS));
      boot().catch(onJournalFault);
    },

    /** A finger on a button. */
    press(button: ButtonName, action: ButtonAction): void {
      guarded(() => devices.press(button, action));
    },

    /** A phone says over the beacon that it has checked in. */
    hearCheckIn(ble: BeaconCheckIn): void {
      if (!stopping && !hasFailed()) guarded(() => devices.hearCheckIn(ble));
    },

    setAdvertising(now: boolean): void {
      appearance.setAdvertising(now);
      publish();
    },

    /** Display and lights show which terminal this is. */
    identify(seconds: number): void {
      if (!stopping) identify(seconds);
    },

    /** False, and nothing happens, while a payment is undecided. */
    restart(): boolean {
      if (stopping || undecidedOf(ledger.openPayments()) !== undefined) return false;
      options.onRestart('asked');
      return true;
    },

    /** A device on the counter fails, or works again. */
    setDeviceFault(code: DeviceFault, present: boolean): void {
      if (!stopping) setFault(code, present);
    },

    /**
     * What of the engine does not turn any more, or null. Reads the journal; one that fails is a fault
     * that a restart does not mend, and counts as turning.
     */
    standstill(): string | null {
      guarded(() => void journal.note('pos'));
      if (payments.standStill()) return 'a payment gets no further';
      return refunds.standStill() ? 'a refund gets no further' : null;
    },

    /** Stops begun work as it stands: the journal knows what is owed, the next boot goes on. */
    async stop(): Promise<void> {
      stopping = true;
      trouble.stop();
      stopWork();
      message.clear();
      for (const timer of timers) clearInterval(timer);
      await Promise.all([payments.ended(), refunds.ended()]);
      await link.stop({ online: false, bootId }, 3_000);
    },
  };

  /** A clock that is wrongly ahead would erase and forget too early. */
  function housekeep(): void {
    if (clock.trusted()) journal.housekeep(clock.now());
  }

  function telemetry(): void {
    if (clock.trusted()) setFault('clock-untrusted', clock.disagrees());
    remind();
    appearance.sendTelemetry();
  }
}
