import { spawn } from 'node:child_process';
import type { RadioFault, RadioOrder, RadioReport } from './radio-messages.ts';
import { radioReportSchema } from './radio-messages.ts';

export interface RadioProgram {
  /** What to run, after `process.execPath`. */
  args: readonly string[];
  heartbeatMs: number;
  /** How long it may be silent. */
  hangMs: number;
  /** How long it may take to leave the air and end. */
  closeMs: number;
}

export interface Ending {
  fault: RadioFault;
  detail: string;
}

export interface RadioChild {
  send(order: RadioOrder): void;
  /** Ends it at once; `ended` gives this reason. */
  kill(ending: Ending): void;
  /** Lets it leave the air first. */
  close(): Promise<void>;
  ended: Promise<Ending>;
}

const LAST_WORDS_MAX = 500;

/** The child needs neither our settings nor our secrets. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('BEACON_TERMINAL_') && name !== 'CREDENTIALS_DIRECTORY',
  );
  return Object.fromEntries(others);
}

/** Runs the radio's process until it ends, hangs or talks nonsense, which ends it as well. */
export function startRadioChild(
  program: RadioProgram,
  onReport: (report: RadioReport) => void,
): RadioChild {
  const child = spawn(process.execPath, program.args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment(),
  });
  let ending: Ending | undefined;
  let lastWords = '';
  let asked = 0;
  let answered = 0;
  let heardAt = performance.now();

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS_MAX);
  });
  child.on('message', (message) => {
    const parsed = radioReportSchema.safeParse(message);
    if (!parsed.success) return kill(down('it sent what is no message'));
    const report = parsed.data;
    if (report.kind === 'pong') {
      // An old answer repeated is no sign of life.
      if (report.id <= answered || report.id > asked) return;
      answered = report.id;
      heardAt = performance.now();
    } else if (report.kind === 'failed') {
      kill({ fault: report.fault, detail: report.detail });
    } else if (ending === undefined) {
      onReport(report);
    }
  });

  const heartbeat = setInterval(() => {
    if (performance.now() - heardAt > program.hangMs) return kill(down('it hangs'));
    asked += 1;
    send({ kind: 'ping', id: asked });
  }, program.heartbeatMs);

  function send(order: RadioOrder): void {
    // One that has just ended is told nothing.
    if (child.connected) child.send(order, () => {});
  }

  function kill(reason: Ending): void {
    ending ??= reason;
    child.kill('SIGKILL');
  }

  const ended = new Promise<Ending>((resolve) => {
    const finish = (how: string) => {
      clearInterval(heartbeat);
      const words = lastWords.trim();
      resolve(ending ?? down(words === '' ? how : `${how}: ${words}`));
    };
    child.on('error', (error) => finish(`it cannot be started: ${error.message}`));
    child.on('close', (code, signal) => finish(`it ended (${signal ?? `code ${code}`})`));
  });

  return {
    send,
    kill,
    ended,
    async close() {
      send({ kind: 'close' });
      const timer = setTimeout(() => kill(down('it did not end')), program.closeMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function down(detail: string): Ending {
  return { fault: 'radio-down', detail: `the radio's process: ${detail}` };
}
