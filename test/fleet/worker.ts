import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What `configOf` takes, and the secret that goes with it. */
export interface TerminalSetUp {
  config: Record<string, unknown>;
  secret: string;
}

interface Answer {
  started?: number;
  residentBytes?: number;
}

/** A process with many terminals in it. */
export class Worker {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork('test/fleet/terminals.mjs', {
      execArgv: ['--expose-gc'],
      env: { PATH: process.env['PATH'] },
    });
  }

  /** Resolves when each has been idle for the first time. */
  async start(terminals: TerminalSetUp[]): Promise<void> {
    await this.#ask({ start: terminals });
  }

  /** Of the whole process, after a garbage collection. */
  async residentBytes(): Promise<number> {
    return (await this.#ask({ memory: true })).residentBytes ?? Number.NaN;
  }

  /** Ends in an orderly way; returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const gone = once(this.#child, 'exit');
    this.#child.send({ stop: true });
    const [code] = await gone;
    return code;
  }

  async #ask(question: object): Promise<Answer> {
    const answered = once(this.#child, 'message').then(([answer]) => answer as Answer);
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a process of terminals ended with ${code}`);
    });
    ended.catch(() => undefined);
    this.#child.send(question);
    return Promise.race([answered, ended]);
  }
}
