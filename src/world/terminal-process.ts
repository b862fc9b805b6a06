import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { ButtonAction, ButtonName } from '../contract/device.ts';
import type { FromVirtualDevice, ToVirtualDevice } from '../contract/virtual-device.ts';

export interface TerminalProcessOptions {
  /** What to run, after `process.execPath`. */
  args: readonly string[];
  /** Asked anew at each start. */
  environment: () => Record<string, string | undefined>;
  onDevice: (message: FromVirtualDevice) => void;
  /** It has power: a process is there, or will be in a moment. */
  onPower: (power: 'booting' | 'off') => void;
  /** It ended by itself. `lastWords`: the end of what it wrote to stderr. */
  onFailure: (lastWords: string) => void;
  /** What it writes to stderr. */
  onLog: (text: string) => void;
  /** The first wait before a restart; doubles up to 16 times itself. */
  restartDelayMs?: number;
  /** How long `stop` waits for an orderly end. */
  stopGraceMs?: number;
}

interface Running {
  process: ChildProcess;
  startedAtMs: number;
  lastWords: string;
  /** We ended it, so its end is no failure. */
  ended: boolean;
  closed: Promise<void>;
}

const RESTART_DELAY_MS = 500;
const STOP_GRACE_MS = 10_000;
const LAST_WORDS_MAX = 4000;
/** A terminal that has run this long has not failed to start. */
const STABLE_MS = 10_000;

/**
 * The terminal as a process of its own, kept running like a service manager would: started again
 * after an exit, and dead at once when the plug is pulled, until it is put back.
 */
export class TerminalProcess {
  readonly #options: TerminalProcessOptions;
  #running: Running | undefined;
  #restart: NodeJS.Timeout | undefined;
  #failures = 0;
  #plugged = false;

  constructor(options: TerminalProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#running?.process.pid;
  }

  /** Puts the plug in. */
  start(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#failures = 0;
    this.#options.onPower('booting');
    // One that is still dying is followed by the next.
    if (this.#running === undefined) this.#spawn();
  }

  /** SIGKILL, at any instant, and it stays off until `start`. */
  pullPlug(): void {
    this.#plugged = false;
    clearTimeout(this.#restart);
    this.#kill('SIGKILL');
    this.#options.onPower('off');
  }

  /** Ends it in an orderly way; it comes back by itself. */
  restart(): void {
    this.#kill('SIGTERM');
  }

  press(button: ButtonName, action: ButtonAction): void {
    this.tell({ kind: 'button', button, action });
  }

  /** To its virtual drivers. */
  tell(message: ToVirtualDevice): void {
    const terminal = this.#running?.process;
    // A button on a terminal that is just going dark does nothing, nor does a phone before it.
    if (terminal?.connected) terminal.send(message, () => {});
  }

  /** SIGTERM, and SIGKILL where that is not enough. */
  async stop(): Promise<void> {
    this.#plugged = false;
    clearTimeout(this.#restart);
    const running = this.#running;
    if (running === undefined) return;
    this.#kill('SIGTERM');
    const timer = setTimeout(
      () => this.#kill('SIGKILL'),
      this.#options.stopGraceMs ?? STOP_GRACE_MS,
    );
    await running.closed;
    clearTimeout(timer);
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#running === undefined) return;
    this.#running.ended = true;
    this.#running.process.kill(signal);
  }

  #spawn(): void {
    const child = spawn(process.execPath, this.#options.args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: this.#options.environment(),
    });
    const running: Running = {
      process: child,
      startedAtMs: performance.now(),
      lastWords: '',
      ended: false,
      closed: new Promise((resolve) => {
        child.once('close', () => resolve());
        // Without a process there is no exit to wait for.
        child.once('error', () => {
          if (child.pid === undefined) resolve();
        });
      }),
    };
    this.#running = running;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      running.lastWords = (running.lastWords + text).slice(-LAST_WORDS_MAX);
      this.#options.onLog(text);
    });
    child.on('error', (error) => {
      running.lastWords += error.message;
    });
    child.on('message', (message) => {
      // What was under way when the plug was pulled reaches nobody's eyes.
      if (this.#plugged && !running.ended) this.#options.onDevice(message as FromVirtualDevice);
    });
    void running.closed.then(() => this.#gone(running));
  }

  #gone(running: Running): void {
    this.#running = undefined;
    const failed = !running.ended && running.process.exitCode !== 0;
    if (failed) this.#options.onFailure(running.lastWords);
    if (!this.#plugged) return;
    if (!failed || performance.now() - running.startedAtMs > STABLE_MS) this.#failures = 0;
    const firstDelayMs = this.#options.restartDelayMs ?? RESTART_DELAY_MS;
    const delayMs = firstDelayMs * 2 ** Math.min(this.#failures, 4);
    this.#failures += 1;
    this.#options.onPower('booting');
    this.#restart = setTimeout(() => this.#spawn(), delayMs);
  }
}
