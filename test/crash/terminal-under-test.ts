import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN =
  process.env['CRASH_MAIN'] ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
const LOG_KEPT = 60_000;

export interface TerminalSetUp {
  /** Holds config.yaml; lists of points are written beside it. */
  folder: string;
  apiPort: number;
  /** Called when the process is gone, whatever ended it. */
  onExit?: (boot: number, signal: NodeJS.Signals | null, code: number | null) => void;
  /** Something to run the program with, such as `strace -f`. */
  wrapper?: readonly string[];
  environment?: Record<string, string>;
}

/** The built product as a process of its own, as systemd would run it. */
export class TerminalUnderTest {
  readonly #setUp: TerminalSetUp;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #boots = 0;
  #log = '';

  constructor(setUp: TerminalSetUp) {
    this.#setUp = setUp;
  }

  /** How often it was started. */
  get boots(): number {
    return this.#boots;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it wrote to stdout and stderr, all boots, the latest of it. */
  get log(): string {
    return this.#log;
  }

  /** The instants this boot has passed; the last is the one it died at. */
  pointsOf(boot: number): string[] {
    const file = this.#pointsFile(boot);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Starts it; with `end` it gets that signal when it reaches that instant. */
  start(end?: { point: number; signal: 'SIGKILL' | 'SIGTERM' }): void {
    if (this.#child !== undefined) throw new Error('it runs already');
    const { folder, apiPort, wrapper = [], environment = {} } = this.#setUp;
    this.#boots += 1;
    const boot = this.#boots;
    const words = [
      ...wrapper,
      process.execPath,
      ...['--import', PRELOAD, MAIN, 'run', '--config', join(folder, 'config.yaml')],
    ];
    const child = spawn(words[0] ?? '', words.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...plainEnvironment(),
        ...environment,
        CRASH_API_PORT: String(apiPort),
        CRASH_POINTS_FILE: this.#pointsFile(boot),
        CRASH_END_AT: String(end?.point ?? 0),
        CRASH_SIGNAL: end?.signal ?? '',
      },
    });
    this.#child = child;
    this.#note(
      `--- boot ${boot}${end === undefined ? '' : `, ${end.signal} at point ${end.point}`}\n`,
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#note(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#note(text));
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        this.#note(`--- boot ${boot} ended: ${signal ?? code}\n`);
        resolve();
        this.#setUp.onExit?.(boot, signal, code);
      });
    });
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** Ends it in an orderly way. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#gone;
  }

  #note(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_KEPT);
  }

  #pointsFile(boot: number): string {
    return join(this.#setUp.folder, `points-${boot}`);
  }
}

/** Without what the test runner puts there for its own workers. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_|VITEST|TEST$|CRASH_|BEACON_TERMINAL_)/.test(name),
  );
  return Object.fromEntries(entries);
}
