import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { createMqttLink } from './backend/mqtt-link.ts';
import type { RemoteConfigKeeper, RemoteConfigOptions } from './config/remote-config.ts';
import type { Config } from './config/resolve.ts';
import type { Secrets } from './config/secrets.ts';
import { wantedPosOf } from './configured-pos.ts';
import type { Console } from './console/console.ts';
import { createOnlooker } from './console/onlooker.ts';
import { watchedJournal } from './console/watched-journal.ts';
import type { LogLevel } from './contract/commands.ts';
import type { DoctorReport } from './contract/doctor-report.ts';
import { createDeviceFaults } from './device-faults.ts';
import { openDevices } from './devices.ts';
import { createEngine } from './engine/engine.ts';
import { createTrustedClock } from './engine/trusted-clock.ts';
import { tryToReopen } from './journal/reopening.ts';
import { openJournal } from './journal/sqlite-journal.ts';
import { createPosV10 } from './mobilepay/pos-v10.ts';
import { createPanel } from './panel/panel.ts';
import { createServiceGesture } from './panel/service-gesture.ts';
import type { Journal, TerminalView } from './ports.ts';
import { recentPayments } from './recent-payments.ts';
import { TerminalError } from './terminal-error.ts';
import { version } from './version.ts';

/** What `run` and `simulate` print when the terminal can take its first payment. */
export interface Ready {
  console: string | null;
  mqtt: string;
  api: string;
  terminalId: string;
  beaconId: string | null;
}

export interface TerminalOptions {
  logger: Logger;
  /** Reads the beacon id of a device that carries one by itself; null: there is none. */
  readBeaconId?: () => Promise<string | null>;
  /** What `terminal/diagnose` answers as `doctor`, within 8 s; never rejects. */
  examine?: () => Promise<DoctorReport | null>;
  /** Makes what keeps the configuration from afar; without it there is none. */
  remoteConfig?: (world: RemoteConfigWorld) => RemoteConfigKeeper;
  /** The picture of the terminal, at each change. */
  onView?: (view: TerminalView) => void;
  /** The first time the terminal is idle. */
  onReady?: (ready: Ready) => void;
}

/** What the configuration from afar needs of the terminal. */
export type RemoteConfigWorld = Pick<
  RemoteConfigOptions,
  'isOpen' | 'report' | 'restart' | 'logger'
>;

export interface Terminal {
  /** Stops within 10 s. What is unsettled stays in the journal for the next boot. */
  stop(): Promise<void>;
  /** What of the engine does not turn any more, or null: for a watchdog. */
  standstill(): string | null;
  /** Resolves with an exit code when the terminal itself decides that its process should end. */
  done: Promise<number>;
}

/** The journal works again: whoever supervises the process starts it from what is on the disk. */
const EXIT_JOURNAL = 70;

/**
 * The composition root: config in, a running terminal out. Any number may run in one process.
 * @throws TerminalError `config-invalid` for a driver or a certificate that cannot be used
 */
export async function startTerminal(
  config: Config,
  secrets: Secrets,
  options: TerminalOptions,
): Promise<Terminal> {
  const { logger } = options;
  const { id: terminalId, locale } = config.terminal;
  const bootId = randomUUID();
  let finish: (code: number) => void = () => {};
  const done = new Promise<number>((resolve) => {
    finish = resolve;
  });

  /** A child's level is its own: each is set, and those they make later follow. */
  const rooms: Logger[] = [];
  function room(name: string): Logger {
    const child = logger.child({ room: name });
    rooms.push(child);
    return child;
  }
  function setLogLevel(level: LogLevel): void {
    logger.warn({ level }, 'the log level changes until the next start');
    for (const each of [logger, ...rooms]) each.level = level;
  }

  const onlooker = config.console && createOnlooker(logger);
  const deviceFaults = createDeviceFaults();
  const { display, lights, buttons, beacon, whiteBox } = await openDevices(config, {
    logger: room('devices'),
    faults: deviceFaults,
    onRadioStart: onlooker && (() => onlooker.see({ of: 'radio-start' })),
  });
  const panel = createPanel({
    display,
    lights,
    locale,
    logger: room('panel'),
    onScene: onlooker && ((scene) => onlooker.see({ of: 'scene', ...scene })),
  });

  const journalOptions = { ...config.journal, logger: room('journal') };
  const { journal, damage } = openJournalOrDamage();

  function openJournalOrDamage(): { journal: Journal; damage: TerminalError | null } {
    try {
      const opened = openJournal(journalOptions);
      return { journal: onlooker ? watchedJournal(opened, onlooker) : opened, damage: null };
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      if (error.code !== 'journal-damaged' && error.code !== 'disk-full') throw error;
      logger.error({ err: error }, error.message);
      return { journal: createUnusableJournal(error), damage: error };
    }
  }

  const clock = createTrustedClock({ newestJournalEntry: journal.newestTrustedAt() });
  const link = createMqttLink({
    urls: config.mqtt.url,
    prefix: config.mqtt.prefix,
    terminalId,
    bootId,
    username: config.mqtt.username,
    password: secrets.mqttPassword,
    ca: config.mqtt.ca,
    cert: config.mqtt.cert,
    key: config.mqtt.key,
    protocolVersion: config.mqtt.protocolVersion,
    onDesiredConfig: options.remoteConfig && ((payload) => remote?.hear(payload)),
    journal,
    logger: room('mqtt'),
  });
  const remote = options.remoteConfig?.({
    isOpen: () => journal.openOrders().length + journal.openRefunds().length > 0,
    report: (reported) => link.setReportedConfig(reported),
    restart: () => finish(0),
    logger: room('config'),
  });
  const platform = createPosV10({
    baseUrl: config.mobilepay.baseUrl,
    authUrl: config.mobilepay.authUrl,
    clientId: config.mobilepay.clientId,
    clientSecret: secrets.mobilepayClientSecret,
    merchantVat: config.mobilepay.merchantVat,
    version,
    logger: room('mobilepay'),
    onTry: onlooker && ((tried) => onlooker.see({ of: 'api', tried })),
  });

  let beaconId: string | null = null;
  const engine = createEngine({
    terminalId,
    version,
    bootId,
    journal,
    damage,
    reopenJournal: damage?.code === 'disk-full' ? () => tryToReopen(journalOptions) : undefined,
    clock,
    link,
    platform,
    logger: room('engine'),
    wantedPos: wantedPosOf(config),
    readBeaconId: options.readBeaconId,
    defaults: {
      currency: config.payment.currency,
      autoCapture: config.payment.autoCapture,
      plannedCaptureDelay: config.payment.plannedCaptureDelay,
      customerTimeoutSeconds: config.payment.customerTimeoutSeconds,
    },
    refundRules: config.refund,
    beaconMode: config.beacon.mode,
    hasDisplay: config.panel.display.driver !== 'none',
    setLogLevel,
    examine: options.examine,
    onView(view) {
      panel.update(view);
      beacon.setPhase(view.phase);
      onlooker?.see({ of: 'view', view });
      remote?.see(view);
      options.onView?.(view);
    },
    onPos(pos) {
      ({ beaconId } = pos);
      whiteBox?.setBeaconId(beaconId);
      beacon.advertise(beaconId).catch((error: unknown) => {
        logger.error({ err: error }, 'the beacon cannot be advertised');
      });
    },
    onIdle: () => void sayReady(),
    onRestart: (why) => finish(why === 'asked' ? 0 : EXIT_JOURNAL),
  });

  async function sayReady(): Promise<void> {
    const served = await consoleServed;
    options.onReady?.({
      console: served?.url ?? null,
      mqtt: config.mqtt.url[0] ?? '',
      api: config.mobilepay.baseUrl,
      terminalId,
      beaconId,
    });
  }

  /** Loaded when the terminal is under way already. Whatever is wrong with it, the terminal sells. */
  async function serveConsole(): Promise<Console | undefined> {
    if (config.console === undefined || onlooker === undefined) return undefined;
    try {
      const { startConsole } = await import('./console/console.ts');
      return await startConsole({
        ...config.console,
        terminalId,
        version,
        locale,
        onlooker,
        journal,
        journalPath: config.journal.path,
        standstill: engine.standstill,
        payments: damage === null ? recentPayments(config.journal.path, 20) : [],
        certificateFile: config.mqtt.cert,
        acts: { identify: engine.identify, restart: engine.restart, setLogLevel },
        logLevel: () => logger.level as LogLevel,
        logger: room('console'),
      });
    } catch (error) {
      onlooker.close();
      const why = error instanceof Error ? error.message : String(error);
      logger.error({ err: error }, `there is no console: ${why}`);
      return undefined;
    }
  }

  const isServiceGesture = createServiceGesture();
  buttons.onPress((button, action) => {
    engine.press(button, action);
    if (isServiceGesture(button, action, performance.now())) panel.showService();
  });
  beacon.onAdvertising((advertising) => engine.setAdvertising(advertising));
  beacon.onCheckIn((checkIn) => engine.hearCheckIn(checkIn));
  engine.start();
  const consoleServed = serveConsole();
  deviceFaults.connect((code, present) => engine.setDeviceFault(code, present));

  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    remote?.stop();
    await engine.stop();
    await Promise.allSettled([
      consoleServed.then((served) => served?.close()),
      buttons.close(),
      beacon.close(),
      panel.close(),
      whiteBox?.close(),
      platform.close(),
    ]);
    journal.close();
  }
  return {
    stop: () => (stopping ??= stop()),
    standstill: engine.standstill,
    done,
  };
}

/** Stands in for a journal that cannot be opened: the terminal says so, and begins nothing. */
function createUnusableJournal(damage: TerminalError): Journal {
  const refuse = (): never => {
    throw damage;
  };
  return {
    newestTrustedAt: () => null,
    commit: refuse,
    openOrders: () => [],
    order: refuse,
    ordersSince: refuse,
    openRefunds: () => [],
    refund: refuse,
    paidOut: refuse,
    command: refuse,
    unansweredCommands: () => [],
    note: () => null,
    lastForeignCancelAt: () => null,
    outboxAfter: () => [],
    outboxLength: () => 0,
    outboxAcknowledged: () => {},
    housekeep: () => {},
    close: () => {},
  };
}
