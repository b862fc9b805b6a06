import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Phase } from '../contract/messages.ts';
import type { Beacon, BeaconCheckIn, ReportFault } from '../ports.ts';
import { TerminalError } from '../terminal-error.ts';
import { encodeAdvert } from './advert/advert.ts';
import type { AdvertSettings } from './advert/advert-settings.ts';
import { scanResponse } from './advert/scan-response.ts';
import type { Obstacle } from './radio/adapter.ts';
import { adapterObstacle } from './radio/adapter.ts';
import type { RadioChild } from './radio/radio-child.ts';
import type { KeeperOptions } from './radio/radio-keeper.ts';
import { keepRadio } from './radio/radio-keeper.ts';
import type { RadioFault, RadioOrder, RadioReport } from './radio/radio-messages.ts';

export interface BlenoBeaconOptions {
  advert: AdvertSettings;
  mode: 'one-way' | 'two-way';
  /** N of hciN. */
  hciDevice: number;
  intervalMs: number;
  posName: string;
  logger: Logger;
  reportFault: ReportFault;
  /** Told of each start of the radio's process. */
  onStart?: (() => void) | undefined;
  /** Default: /sys. */
  sysDir?: string;
  /** Another program in the radio's place, or other times. */
  radio?: { args?: readonly string[] } & Partial<Times>;
}

type Times = Pick<KeeperOptions, 'lookMs' | 'restartMs' | 'restartMaxMs' | 'stableMs'> &
  Pick<KeeperOptions['program'], 'heartbeatMs' | 'hangMs' | 'closeMs'> & {
    /** How long a new process, or a new order, may take until the radio has confirmed it. */
    confirmMs: number;
  };

const usualTimes: Times = {
  lookMs: 2_000,
  restartMs: 1_000,
  restartMaxMs: 30_000,
  stableMs: 60_000,
  heartbeatMs: 2_000,
  // A Pi Zero that is busy otherwise takes seconds to load a process.
  hangMs: 20_000,
  confirmMs: 30_000,
  closeMs: 2_000,
};

/** Small heap: what a phone makes it collect ends there, and not in the terminal's memory. */
const radioArgs = [
  '--max-old-space-size=64',
  fileURLToPath(new URL('./radio/radio-process.js', import.meta.url)),
];

type AdvertiseOrder = Extract<RadioOrder, { kind: 'advertise' }>;

/**
 * The beacon on a Bluetooth adapter. The radio lives in a process of its own (radio/), which is
 * started when there is something to advertise, watched, and started again whatever becomes of it.
 */
export function createBlenoBeacon(options: BlenoBeaconOptions): Beacon {
  const { logger, reportFault } = options;
  const { args = radioArgs, ...times } = { ...usualTimes, ...options.radio };
  const connectable = options.mode === 'two-way';
  const advertisingListeners: ((advertising: boolean) => void)[] = [];
  const checkInListeners: ((checkIn: BeaconCheckIn) => void)[] = [];
  const waiting = new Set<() => void>();
  let keeper: { close(): Promise<void> } | undefined;
  let child: RadioChild | undefined;
  let wanted: AdvertiseOrder | null = null;
  let phase: Phase = 'starting';
  let ready = false;
  let onAir: string | null = null;
  let fault: RadioFault | null = null;
  let closed = false;
  let confirmation: NodeJS.Timeout | undefined;

  function setOnAir(beaconId: string | null): void {
    const changed = (onAir === null) !== (beaconId === null);
    onAir = beaconId;
    if (changed) for (const listener of advertisingListeners) listener(beaconId !== null);
    answerWaiting();
  }

  function setFault(now: RadioFault | null): void {
    if (fault !== now) {
      if (fault !== null) reportFault(fault, false);
      fault = now;
      if (now !== null) reportFault(now, true);
    }
    answerWaiting();
  }

  /** Whoever waits learns that it is done, or that it cannot be done now. */
  function answerWaiting(): void {
    const settled = onAir === (wanted?.beaconId ?? null) || fault !== null || closed;
    if (!settled) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  function expectConfirmation(): void {
    const asked = child;
    clearTimeout(confirmation);
    confirmation = setTimeout(
      () => asked?.kill({ fault: 'radio-down', detail: 'the radio confirms nothing' }),
      times.confirmMs,
    );
  }

  function order(): void {
    if (!ready) return;
    child?.send(wanted ?? { kind: 'silence' });
    expectConfirmation();
  }

  function onStart(started: RadioChild): void {
    child = started;
    ready = false;
    options.onStart?.();
    const { hciDevice, intervalMs, posName } = options;
    child.send({ kind: 'open', hciDevice, intervalMs, posName, twoWay: connectable });
    child.send({ kind: 'phase', phase });
    expectConfirmation();
  }

  function onReport(report: RadioReport): void {
    switch (report.kind) {
      case 'ready':
        ready = true;
        return order();
      case 'on-air':
        // What was wanted a moment ago is no news any more.
        if (report.beaconId !== (wanted?.beaconId ?? null)) return;
        clearTimeout(confirmation);
        // Silence proves nothing of what could not be advertised.
        if (report.beaconId !== null) setFault(null);
        return setOnAir(report.beaconId);
      case 'check-in': {
        if (!connectable) return;
        const { token, authenticator } = report;
        for (const listener of checkInListeners) listener({ token, authenticator });
        return;
      }
      case 'pong':
      case 'failed':
        // The child's own affair.
        return;
    }
  }

  function onDown({ fault: code, detail }: Obstacle): void {
    clearTimeout(confirmation);
    child = undefined;
    ready = false;
    if (fault !== code) logger.warn({ fault: code }, `the beacon is down: ${detail}`);
    else logger.debug({ fault: code }, `the beacon is still down: ${detail}`);
    setFault(code);
    setOnAir(null);
  }

  function advertOf(beaconId: string): AdvertiseOrder {
    const encoded = encodeAdvert(options.advert, beaconId);
    if (!(encoded instanceof Uint8Array)) {
      throw new TerminalError(
        'config-invalid',
        `beacon.${encoded.key}: ${encoded.message} (the beacon id is ${beaconId})`,
      );
    }
    const response = scanResponse(options.posName, { connectable });
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    return { kind: 'advertise', beaconId, advert: hex(encoded), scanResponse: hex(response) };
  }

  return {
    /** Resolves when the controller has confirmed it, or when a fault is in the way. */
    async advertise(beaconId) {
      if (closed || (wanted?.beaconId ?? null) === beaconId) return;
      try {
        wanted = beaconId === null ? null : advertOf(beaconId);
      } catch (error) {
        // Better silent than with an id that is not ours any more.
        wanted = null;
        order();
        setFault('radio-down');
        throw error;
      }
      if (wanted === null && keeper === undefined) return;
      // With a radio that works the fault was the last id's.
      if (ready) setFault(null);
      order();
      keeper ??= keepRadio({
        program: { args, ...times },
        ...times,
        obstacle: () => adapterObstacle(options.hciDevice, options.sysDir ?? '/sys'),
        onStart,
        onReport,
        onDown,
      });
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
        answerWaiting();
      });
    },
    setPhase(now) {
      phase = now;
      child?.send({ kind: 'phase', phase });
    },
    onAdvertising(listener) {
      advertisingListeners.push(listener);
    },
    onCheckIn(listener) {
      checkInListeners.push(listener);
    },
    async close() {
      closed = true;
      wanted = null;
      clearTimeout(confirmation);
      await keeper?.close();
      setOnAir(null);
      setFault(null);
    },
  };
}
