/** The platform's clock: the machine's, moved on request. */
export class SimulatedClock {
  /** How far it is ahead of the machine's. */
  offsetMs = 0;
  readonly #baseNowMs: () => number;

  constructor(baseNowMs: () => number = Date.now) {
    this.#baseNowMs = baseNowMs;
  }

  nowMs(): number {
    return this.#baseNowMs() + this.offsetMs;
  }
}
