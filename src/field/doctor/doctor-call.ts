import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { DoctorReport } from '../../contract/doctor-report.ts';
import { doctorReportSchema } from '../../contract/doctor-report.ts';

/** A command is answered within 9 s: this leaves room for what is no check. */
const CHECKS_SECONDS = 7;
const KILL_AFTER_MS = 8_000;

const executable = fileURLToPath(new URL('../../main.js', import.meta.url));

export interface DoctorCallOptions {
  /** As `--config` gave it. */
  config: string | undefined;
  logger: Logger;
  /** The executable, and how long it may run. */
  main?: string;
  killAfterMs?: number;
}

/**
 * Runs `doctor` as a process of its own: whatever hangs or takes long there, no payment waits for it.
 * Not at a low priority: on a busy device, the one to look at, it would get no answer in time. Never
 * rejects; null when there is no report. Who asks meanwhile gets the same.
 */
export function createDoctorCall(options: DoctorCallOptions): () => Promise<DoctorReport | null> {
  let underWay: Promise<DoctorReport | null> | undefined;
  return () => {
    underWay ??= callDoctor(options).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function callDoctor(options: DoctorCallOptions): Promise<DoctorReport | null> {
  const { logger } = options;
  try {
    const said = await outputOf(options);
    return doctorReportSchema.parse(JSON.parse(said));
  } catch (error) {
    logger.warn({ err: error }, 'doctor gave no report');
    return null;
  }
}

function outputOf(options: DoctorCallOptions): Promise<string> {
  const { config, main = executable, killAfterMs = KILL_AFTER_MS } = options;
  const file = config === undefined ? [] : ['--config', config];
  const args = [main, 'doctor', '--json', '--timeout', String(CHECKS_SECONDS), ...file];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: killAfterMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}
