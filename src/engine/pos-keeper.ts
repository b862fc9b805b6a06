import type { Logger } from 'pino';
import type { PaymentPlatform, Pos } from '../ports.ts';
import { retryWaitMs, sessionWaitMs } from './back-off.ts';
import type { Ledger } from './ledger.ts';
import type { PosOffice, Step } from './pos-office.ts';
import type { SetupProblem } from './setup-problem.ts';
import { createWake } from './wake.ts';
import type { PosDifference } from './wanted-pos.ts';

export interface PosKeeperWorld {
  office: PosOffice;
  platform: Pick<PaymentPlatform, 'authorize'>;
  ledger: Ledger;
  logger: Logger;
  random: () => number;
  /** Whether the journal holds an order that is undecided, reserved or being refunded. */
  hasOpenOrders: () => boolean;
  /**
   * From now on starts wait, if the terminal is idle; else false. There is nothing asynchronous
   * between the look and the gate, so that no start slips through.
   */
  closeGate: () => boolean;
  /** The starts that waited begin. */
  openGate: () => void;
  /** The boot's token call succeeded: what is unsettled may be settled. */
  onAuthorized: () => void;
  /** There is no PoS for the time being: what waits need not wait. */
  onFailed: () => void;
  onPos: (pos: Pos) => void;
  onProblem: (problem: SetupProblem | null) => void;
}

/** Keeps starts out while the PoS is not there. */
interface Gate {
  close: () => boolean;
  open: () => void;
}

/**
 * Sees to it that the terminal has its PoS, as configured. One that differs is deleted and created
 * again when no order is open on it, by the journal and by MobilePay; until then it sells on
 * (rule 15). What has gone wrong is tried again until it goes right.
 */
export function createPosKeeper(world: PosKeeperWorld) {
  const { office, ledger, logger, random } = world;
  const wake = createWake();
  let pos: Pos | undefined;
  /** Null: not compared yet. */
  let differences: PosDifference[] | null = null;
  /** Undefined: what an earlier boot noted may still be true. */
  let problem: SetupProblem | null | undefined;
  /** What the try that is under way has met. */
  let met: { problem: SetupProblem | null; silence: boolean } = { problem: null, silence: false };
  /** MobilePay has said that the PoS is not there (any more). */
  let missed = false;
  let stopped = false;

  /** Every wait in here ends early when the terminal stops, or when something has happened. */
  async function pause(ms: number): Promise<void> {
    if (!stopped) await wake.wait(ms);
  }

  function note(next: SetupProblem | null): void {
    if (problem !== undefined && problem?.message === next?.message) return;
    problem = next;
    if (next !== null) logger.warn({ problem: next.kind }, next.message);
    world.onProblem(next);
  }

  /** What stands in the way, of whatever kind; true when nothing does. */
  function heed<T>(step: Step<T>): step is Extract<Step<T>, { kind: 'done' }> {
    if (step.kind === 'problem') met.problem = step.problem;
    if (step.kind === 'silence') {
      met.silence = true;
      logger.warn({ why: step.why }, 'MobilePay did not answer');
    }
    return step.kind === 'done';
  }

  async function authorized(): Promise<boolean> {
    const token = await world.platform.authorize();
    if (token.kind === 'ok') return true;
    const why = token.kind === 'refused' ? token.message : token.detail;
    logger.warn({ why }, 'no access token yet');
    return false;
  }

  /** Tries until there is a PoS; undefined when stopped before. */
  async function open(): Promise<Pos | undefined> {
    for (let failures = 1; !stopped; failures += 1) {
      const opened = await office.findOrCreate();
      if (stopped) return undefined;
      if (heed(opened)) {
        met.problem = null;
        pos = opened.value;
        differences = null;
        missed = false;
        world.onPos(pos);
        return pos;
      }
      if (opened.kind === 'problem') note(opened.problem);
      world.onFailed();
      await pause(sessionWaitMs(failures, random()));
    }
    return undefined;
  }

  // ------------------------------------------------------------ the PoS that differs

  /** In what it is not as configured; null when that cannot be told now. */
  async function compare(standing: Pos): Promise<PosDifference[] | null> {
    const compared = await office.compare(standing);
    if (stopped) return null;
    if (!heed(compared)) {
      // Nobody knows which store it should be in: that, too, is a PoS that is not as configured.
      if (compared.kind === 'problem') ledger.raise('pos-outdated');
      return null;
    }
    differences = compared.value;
    if (differences.length === 0) ledger.clear('pos-outdated');
    return differences;
  }

  async function isFree(standing: Pos): Promise<boolean> {
    const free = await office.isFree(standing);
    if (!heed(free)) return false;
    if (!free.value) logger.info('a payment lies on the PoS; it is replaced when that has ended');
    return free.value;
  }

  /**
   * Deletes it. An unanswered delete may still take effect, so it is brought to its end, and nothing
   * is begun on that PoS meanwhile.
   */
  async function remove(standing: Pos): Promise<'gone' | 'kept' | 'stopped'> {
    let ambiguous = false;
    for (let failures = 1; ; failures += 1) {
      const removed = await office.remove(standing);
      if (stopped) return 'stopped';
      if (heed(removed)) return 'gone';
      if (removed.kind === 'problem') return 'kept';
      ambiguous ||= !removed.unsent;
      if (!ambiguous) return 'kept';
      world.onFailed();
      await pause(sessionWaitMs(failures, random()));
      if (stopped) return 'stopped';
    }
  }

  /** The gate is closed: no start of ours can come between. Whether there is a PoS to sell on. */
  async function replace(standing: Pos): Promise<boolean> {
    // Asked once more: somebody else's payment may have come meanwhile.
    if (!(await isFree(standing))) return !stopped;
    logger.info({ differences, posId: standing.posId }, 'the PoS is deleted and created again');
    const removed = await remove(standing);
    if (removed !== 'gone') return removed === 'kept';
    const opened = await open();
    if (opened !== undefined) await compare(opened);
    return opened !== undefined && !stopped;
  }

  /** One that is not there any more is made anew. Whether there is one now. */
  async function makeGood(standing: Pos, gate: Gate): Promise<boolean> {
    const found = await office.find();
    if (stopped || !heed(found)) return false;
    if (found.value?.posId === standing.posId) {
      missed = false;
      return true;
    }
    if (!gate.close()) return false;
    const opened = await open();
    if (opened === undefined) return false;
    gate.open();
    return true;
  }

  /** One try to get the PoS that is wanted, and a word on what stands in the way. */
  async function bringInLine(gate: Gate): Promise<void> {
    met = { problem: null, silence: false };
    await tryToBringInLine(gate);
    if (stopped) return;
    if (met.problem !== null || !met.silence) note(met.problem);
  }

  async function tryToBringInLine(gate: Gate): Promise<void> {
    if (pos === undefined) return;
    if (missed && !(await makeGood(pos, gate))) return;
    const found = await compare(pos);
    if (found === null || found.length === 0) return;
    const mayTry =
      !world.hasOpenOrders() &&
      (await isFree(pos)) &&
      heed(await office.foresee(pos, found)) &&
      !stopped;
    if (mayTry && gate.close()) {
      if (!(await replace(pos))) return;
      if (!isInOrder()) ledger.raise('pos-outdated');
      gate.open();
    } else if (!stopped) {
      ledger.raise('pos-outdated');
    }
  }

  function isInOrder(): boolean {
    return !missed && met.problem === null && differences?.length === 0;
  }

  return {
    pos: (): Pos | undefined => pos,
    problem: (): SetupProblem | null => problem ?? null,
    differences: (): readonly PosDifference[] => differences ?? [],

    /** The boot: the token call, nothing that spends time before it (rule 12), then the PoS. */
    async open(): Promise<Pos | undefined> {
      for (let failures = 1; !stopped; failures += 1) {
        if (await authorized()) break;
        if (stopped) return undefined;
        world.onFailed();
        await pause(sessionWaitMs(failures, random()));
      }
      if (stopped) return undefined;
      world.onAuthorized();
      return await open();
    },

    /** At boot, while starts wait anyway. */
    async settle(): Promise<void> {
      await bringInLine({ close: () => !world.hasOpenOrders(), open: () => {} });
    },

    /** From then on, for as long as the terminal runs: whatever is not as wanted yet. */
    async keep(): Promise<void> {
      for (let failures = 0; !stopped; ) {
        failures = isInOrder() ? 0 : failures + 1;
        await pause(failures === 0 ? Number.POSITIVE_INFINITY : retryWaitMs(failures, random()));
        if (stopped) return;
        await bringInLine({ close: world.closeGate, open: world.openGate });
      }
    },

    /** An order has ended: perhaps it was the last that the PoS had to wait for. */
    orderEnded(): void {
      if (!isInOrder()) wake.wake();
    },

    /** MobilePay has said that there is no such PoS. */
    missed(): void {
      missed = true;
      wake.wake();
    },

    stop(): void {
      stopped = true;
      wake.wake();
    },
  };
}
export type PosKeeper = ReturnType<typeof createPosKeeper>;
