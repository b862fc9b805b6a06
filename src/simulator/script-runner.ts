import { accept, checkIn, refuse } from './customer.ts';
import type { Network } from './network.ts';
import type { Notifier } from './notifier.ts';
import type { Operation } from './operations.ts';
import type { Pos } from './pos.ts';
import type { ScriptStep } from './script-steps.ts';
import type { World } from './world.ts';

/** A step and what became of it. */
export type ScriptedStep = ScriptStep & {
  /** Calls it waits for that have had their effect. */
  matched: number;
  taken: number;
  /** Why it was not possible the last time. */
  problem: string | null;
};

/** What steps act upon. */
interface Stage {
  world: World;
  notifier: Notifier;
  network: Network;
}

/** Takes the steps of a script, each after the call that it waits for. */
export class ScriptRunner {
  readonly #steps: ScriptedStep[];
  readonly #stage: Stage;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(steps: readonly ScriptStep[], stage: Stage) {
    this.#steps = steps.map((step) => ({ ...step, matched: 0, taken: 0, problem: null }));
    this.#stage = stage;
  }

  list(): ScriptedStep[] {
    return this.#steps.map((step) => ({ ...step }));
  }

  /** A call has had its effect; `posIdOf` says on which point of sale, where it was on one. */
  handled(operation: Operation, posIdOf: () => string | undefined): void {
    for (const step of this.#steps) {
      if (step.after !== operation) continue;
      step.matched += 1;
      const first = step.nth ?? 1;
      if (step.matched < first || step.matched >= first + (step.count ?? 1)) continue;
      const posId = posIdOf();
      // Never within the call: what it changed is committed first.
      this.#later(step.waitMs ?? 0, () => this.#take(step, posId));
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  #take(step: ScriptedStep, posId: string | undefined): void {
    const { world } = this.#stage;
    try {
      this.#act(step, posId);
      step.taken += 1;
      step.problem = null;
    } catch (error) {
      step.problem = error instanceof Error ? error.message : String(error);
    } finally {
      world.commit();
    }
  }

  #act(step: ScriptedStep, posId: string | undefined): void {
    const { world } = this.#stage;
    switch (step.do) {
      case 'check-in':
        return checkIn(this.#stage, this.#pos(posId).beaconId, step);
      case 'accept': {
        const { card, fails, partialCapturePossible } = step;
        accept(world, this.#pos(posId).beaconId, { card, fails, partialCapturePossible });
        return;
      }
      case 'refuse':
        refuse(world, this.#pos(posId).beaconId);
        return;
      case 'cut-network':
        return this.#setNetwork('cut', step.forMs);
      case 'slow-network':
        return this.#setNetwork('slow', step.forMs, step.delayMs);
      case 'restore-network':
        return this.#setNetwork('up');
      case 'advance-clock':
        return world.moveClock(step.byMs);
      case 'revoke-tokens':
        return world.revokeTokens();
      case 'set-balance':
        return world.setStoreBalance(this.#pos(posId).storeId, step.balanceMinorUnits);
    }
  }

  #setNetwork(state: 'up' | 'cut' | 'slow', forMs?: number, delayMs?: number): void {
    this.#stage.network.set(state, delayMs);
    if (forMs !== undefined) this.#later(forMs, () => this.#stage.network.set('up'));
  }

  #pos(posId: string | undefined): Pos {
    const pos = posId === undefined ? undefined : this.#stage.world.pos(posId);
    if (pos === undefined) throw new Error('the call was on no point of sale that is still there');
    return pos;
  }
}
