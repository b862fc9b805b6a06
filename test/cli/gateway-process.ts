import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

export interface GatewayProcess {
  process: ChildProcess;
  /** Its first line on stdout; rejects when it ends without one. */
  ready: Promise<{ ready: true; url: string; console: string | null; mqtt: string }>;
  log: Promise<string>;
  exited: Promise<number | string | null>;
}

/** `beacon-terminal gateway` as systemd starts it; nothing of our own environment is handed on. */
export function startGatewayProcess(config: string): GatewayProcess {
  const child = spawn(process.execPath, ['dist/main.js', 'gateway', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const log = text(child.stderr);
  const line = once(createInterface({ input: child.stdout }), 'line');
  const ended = exited.then(async (code) => {
    throw new Error(`the gateway ended with ${code}: ${await log}`);
  });
  const ready = Promise.race([line, ended]).then(([first]) => JSON.parse(String(first)));
  // Not every test waits for it.
  ready.catch(() => undefined);
  return { process: child, ready, log, exited };
}
