import type { Simulator } from '../simulator/simulator.ts';
import type { Broker } from './broker.ts';
import type { MeaningCode, Trouble, TroubleView } from './page/world-view.ts';
import type { TerminalProcess } from './terminal-process.ts';
import type { Timeline } from './timeline.ts';

/** Slow enough to see, and below the 0.5 s a poll waits: not a cut network under another name. */
const SLOW_API_MS = 400;

const meanings: Record<Trouble, { on: MeaningCode; off: MeaningCode }> = {
  'network-cut': { on: 'network-cut', off: 'network-back' },
  'api-slow': { on: 'api-slow', off: 'api-normal' },
  'broker-gone': { on: 'broker-gone', off: 'broker-back' },
  'plug-pulled': { on: 'plug-pulled', off: 'plug-back' },
};

/** The switches that a hand turns to see what the terminal makes of it. */
export class TroubleSwitches {
  readonly #parts: {
    simulator: Simulator;
    broker: Broker;
    terminal: TerminalProcess;
    timeline: Timeline;
  };
  readonly #on = new Set<Trouble>();

  constructor(parts: {
    simulator: Simulator;
    broker: Broker;
    terminal: TerminalProcess;
    timeline: Timeline;
  }) {
    this.#parts = parts;
  }

  view(): TroubleView {
    return {
      networkCut: this.#on.has('network-cut'),
      apiSlow: this.#on.has('api-slow'),
      brokerGone: this.#on.has('broker-gone'),
      plugPulled: this.#on.has('plug-pulled'),
    };
  }

  async set(trouble: Trouble, on: boolean): Promise<void> {
    if (this.#on.has(trouble) === on) return;
    if (on) this.#on.add(trouble);
    else this.#on.delete(trouble);
    this.#parts.timeline.add({
      lane: 'power',
      from: 'hand',
      to: null,
      meaning: { code: meanings[trouble][on ? 'on' : 'off'] },
      tone: on ? 'bad' : 'plain',
    });
    switch (trouble) {
      case 'network-cut':
      case 'api-slow':
        this.#setNetwork();
        break;
      case 'broker-gone':
        await this.#parts.broker.setUp(!on);
        break;
      case 'plug-pulled':
        if (on) this.#parts.terminal.pullPlug();
        else this.#parts.terminal.start();
        break;
    }
  }

  #setNetwork(): void {
    const { simulator } = this.#parts;
    if (this.#on.has('network-cut')) simulator.setNetwork('cut');
    else if (this.#on.has('api-slow')) simulator.setNetwork('slow', SLOW_API_MS);
    else simulator.setNetwork('up');
  }
}
