/** The platform's clock: the machine's, moved forward on request. */
export class SimulatedClock {
  #offsetMs = 0;
  readonly #baseNowMs: () => number;

  constructor(baseNowMs: () => number = Date.now) {
    this.#baseNowMs = baseNowMs;
  }

  nowMs(): number {
    return this.#baseNowMs() + this.#offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}
