import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface RunningWorld {
  process: ChildProcess;
  ready: {
    ready: true;
    console: string;
    mqtt: string;
    api: string;
    terminalId: string;
    beaconId: string;
  };
  /** Everything on stdout so far. */
  output: () => string[];
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

const freePorts = ['--port', '0', '--mqtt-port', '0', '--api-port', '0'];

/** Runs a world that is expected to end by itself. */
export async function runWorld(args: string[], env: Record<string, string>) {
  const world = spawn(process.execPath, [main, 'simulate', ...freePorts, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [stdout, stderr] = await Promise.all([text(world.stdout), text(world.stderr)]);
  return { status: world.exitCode ?? (await once(world, 'exit'))[0], stdout, stderr };
}

/** `beacon-terminal simulate` as a person starts it, on free ports. */
export async function startWorld(
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<RunningWorld> {
  const world = spawn(process.execPath, [main, 'simulate', ...freePorts, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
  });
  const lines: string[] = [];
  const output = createInterface({ input: world.stdout });
  output.on('line', (line) => lines.push(line));
  const exited = once(world, 'exit');
  const first = await Promise.race([once(output, 'line'), exited.then(() => undefined)]);
  if (first === undefined) throw new Error('the world ended before it was ready');
  return {
    process: world,
    ready: JSON.parse(String(first[0])) as RunningWorld['ready'],
    output: () => lines,
    async stop() {
      world.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}
