import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { FromVirtualDevice, ToVirtualDevice } from '../contract/virtual-device.ts';

export interface TerminalProcessOptions {
  /** What to run, after `process.execPath`. */
  args: readonly string[];
  /** Asked anew at each start: what differs from this process's environment. */
  environment: () => Record<string, string>;
  onDevice: (message: FromVirtualDevice) => void;
  /** The process is there, but has not yet said anything. */
  onStart: () => void;
  /** It is gone: because the plug was pulled, or by itself (`expected` false). */
  onExit: (exit: { expected: boolean; code: number | null; lastWords: string }) => void;
  /** The first wait before a restart; doubles up to 20 times itself. */
  restartDelayMs?: number;
}

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
  readonly #restartDelayMs: number;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #failures = 0;
  /** Whether it should be running. */
  #wanted = false;

  constructor(options: TerminalProcessOptions) {
    this.#options = options;
    this.#restartDelayMs = options.restartDelayMs ?? 500;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Puts the plug in. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    if (this.#child === undefined) this.#spawn();
  }

  /** SIGKILL, at any instant, and it stays off until `start`. */
  pullPlug(): void {
    this.#wanted = false;
    clearTimeout(this.#restart);
    this.#child?.kill('SIGKILL');
  }

  /** Ends it in an orderly way; it comes back at once if it is wanted. */
  restart(): void {
    this.#child?.kill('SIGTERM');
  }

  press(button: ToVirtualDevice['button'], action: ToVirtualDevice['action']): void {
    const message: ToVirtualDevice = { kind: 'button', button, action };
    // A button on a terminal that is just going dark does nothing.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** SIGTERM, and SIGKILL where that is not enough. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await gone;
    clearTimeout(timer);
  }

  #spawn(): void {
    const child = spawn(process.execPath, this.#options.args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#options.environment() },
    });
    this.#child = child;
    const startedAtMs = performance.now();
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_MAX);
    });
    child.on('message', (message) => {
      if (this.#child === child) this.#options.onDevice(message as FromVirtualDevice);
    });
    child.on('error', (error) => {
      lastWords = error.message;
      // Without a process there is no exit to wait for.
      if (child.pid === undefined) this.#gone(child, null, lastWords, startedAtMs);
    });
    child.on('close', (code) => this.#gone(child, code, lastWords, startedAtMs));
    this.#options.onStart();
  }

  #gone(child: ChildProcess, code: number | null, lastWords: string, startedAtMs: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    // An orderly end (a stop, a `terminal/restart`) is no failure.
    const expected = !this.#wanted || code === 0;
    this.#options.onExit({ expected, code, lastWords });
    if (!this.#wanted) return;
    if (expected || performance.now() - startedAtMs > STABLE_MS) this.#failures = 0;
    const delayMs = this.#restartDelayMs * Math.min(2 ** this.#failures, 20);
    this.#failures += 1;
    this.#restart = setTimeout(() => this.#spawn(), delayMs);
  }
}
