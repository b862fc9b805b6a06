import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const executable = ['mosquitto', '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find(
  (path) => spawnSync(path, ['-h']).error === undefined,
);
export const mosquittoAvailable = executable !== undefined;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Mosquitto {
  url: string;
  port: number;
  /** Ends the broker; what it had stored is kept for the next `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  readonly pid: number | undefined;
  /** Has it read its certificates, revocations and rights anew. */
  reload(): void;
  /** Ends the broker and forgets everything. */
  destroy(): Promise<void>;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connectTcp(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A real Mosquitto on a free port, with a folder of its own; sessions outlive a restart. */
export async function startMosquitto(extraConfig = ''): Promise<Mosquitto> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'beacon-mosquitto-'));
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    `listener ${port} 127.0.0.1
set_tcp_nodelay true
persistence true
persistence_location ${folder}/
user root
${extraConfig === '' ? 'allow_anonymous true' : extraConfig.replaceAll('$FOLDER', folder)}
`,
  );
  return runMosquitto(folder, port);
}

/** Starts a Mosquitto by the mosquitto.conf in a folder, which is gone when it is destroyed. */
export async function runMosquitto(folder: string, port: number): Promise<Mosquitto> {
  if (executable === undefined) throw new Error('mosquitto is not installed');
  const program = executable;
  let child: ReturnType<typeof spawn> | undefined;

  async function start() {
    const started = spawn(program, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
    child = started;
    while (!(await accepts(port))) {
      if (started.exitCode !== null) throw new Error(`mosquitto ended with ${started.exitCode}`);
      await wait(10);
    }
  }
  async function stop() {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGTERM');
    await exited;
  }
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid;
    },
    start,
    stop,
    reload: () => void child?.kill('SIGHUP'),
    async destroy() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
