import { infoSchema, stateSchema } from '../contract/messages.ts';
import type { Topics } from '../contract/topics.ts';
import { TerminalError } from '../terminal-error.ts';
import type { PassedMessage } from './broker.ts';
import { jsonOf } from './json-of.ts';

const MAY_FAIL_TO_START = 3;

/** Listens in for the moment when the terminal has introduced itself and is idle. */
export class Readiness {
  /** @throws TerminalError `internal` when the terminal cannot be started at all */
  readonly ready: Promise<{ terminalId: string; beaconId: string | null }>;
  readonly #topics: Topics;
  #resolve: (ready: { terminalId: string; beaconId: string | null }) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #introduced: { terminalId: string; beaconId: string | null } | undefined;
  #phase: string | null = null;
  #failures = 0;

  constructor(topics: Topics) {
    this.#topics = topics;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits hears of it; a world that is closed before anybody waits does not.
    this.ready.catch(() => {});
  }

  /** Where the terminal said it stands; null while it is offline. */
  get phase(): string | null {
    return this.#phase;
  }

  message({ topic, payload }: PassedMessage): void {
    if (topic === this.#topics.state) {
      const state = stateSchema.safeParse(jsonOf(payload)).data;
      this.#phase = state?.online ? state.phase : null;
    } else if (topic === this.#topics.info) {
      this.#introduced = infoSchema.safeParse(jsonOf(payload)).data;
    }
    if (this.#phase !== 'idle' || this.#introduced === undefined) return;
    const { terminalId, beaconId } = this.#introduced;
    if (beaconId !== null) this.#resolve({ terminalId, beaconId });
  }

  failed(lastWords: string): void {
    this.#failures += 1;
    if (this.#failures < MAY_FAIL_TO_START) return;
    this.#reject(new TerminalError('internal', `the terminal does not start:\n${lastWords}`));
  }
}
