import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

/** The program that carries a message: Node has no datagrams of AF_UNIX. */
const PROGRAM = 'systemd-notify';
/** One that takes longer than this is not heard. */
const CARRY_MS = 5_000;

/** Towards systemd, sd_notify(3). Without `NOTIFY_SOCKET` nothing happens. */
export interface ServiceManager {
  /** Says once that the service has started. */
  ready(): void;
  /** A sentence for `systemctl status`. */
  status(sentence: string): void;
  /** Resolves when it has been said, or could not be: whoever exits before is not heard. */
  stopping(): Promise<void>;
  /**
   * Feeds the watchdog twice in its time, as long as `standstill` finds nothing.
   * @param standstill what does not turn any more, or null
   */
  guard(standstill: () => string | null): void;
}

const nobody: ServiceManager = { ready() {}, status() {}, stopping: async () => {}, guard() {} };

/** How long the watchdog waits, in ms; null: there is none, or it is another process's. */
function watchdogMs(env: NodeJS.ProcessEnv): number | null {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  if (pid !== undefined && Number(pid) !== process.pid) return null;
  const ms = Number(usec) / 1000;
  return Number.isFinite(ms) && ms >= 1 ? ms : null;
}

/** The unit needs `NotifyAccess=all`: the messages come from a child. */
export function createServiceManager(env: NodeJS.ProcessEnv, logger: Logger): ServiceManager {
  const { NOTIFY_SOCKET: socket, PATH: path } = env;
  if (!socket) return nobody;
  const waiting = new Map<string, string>();
  const feedMs = watchdogMs(env);
  let carrying = false;
  let readySaid = false;
  let statusSaid = '';
  let feeding: NodeJS.Timeout | undefined;
  let onAllSaid: (() => void) | undefined;

  /** One child at a time, so that the newest word is the last one heard. */
  function carry(): void {
    if (carrying || waiting.size === 0) return;
    carrying = true;
    const words = [...waiting].map(([name, value]) => `${name}=${value}`);
    waiting.clear();
    const child = spawn(PROGRAM, words, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { NOTIFY_SOCKET: socket, PATH: path },
      timeout: CARRY_MS,
    });
    let said = '';
    let failure: Error | undefined;
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('error', (error) => {
      failure = error;
    });
    child.on('close', (code) => {
      carrying = false;
      if (code !== 0) {
        logger.error({ err: failure, said, code }, `${PROGRAM} failed; systemd was not told`);
      }
      carry();
      if (!carrying) onAllSaid?.();
    });
  }
  function tell(name: string, value: string): void {
    waiting.set(name, value);
    carry();
  }

  return {
    ready() {
      if (readySaid) return;
      readySaid = true;
      tell('READY', '1');
    },
    status(sentence) {
      if (sentence === statusSaid) return;
      statusSaid = sentence;
      tell('STATUS', sentence);
    },
    stopping() {
      clearInterval(feeding);
      const allSaid = new Promise<void>((resolve) => {
        onAllSaid = resolve;
      });
      tell('STOPPING', '1');
      return allSaid;
    },
    guard(standstill) {
      if (feedMs === null) return;
      feeding = setInterval(() => {
        const what = standstill();
        if (what === null) tell('WATCHDOG', '1');
        else
          logger.fatal({ what }, 'the watchdog is not fed: systemd will start the terminal anew');
      }, feedMs / 2);
    },
  };
}
