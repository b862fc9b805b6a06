import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildKernel } from './kernel/kernel.ts';

const guestFile = (name: string) => fileURLToPath(new URL(`./guest/${name}`, import.meta.url));
/** Where the guest finds what the host lets it reach. */
const HOST = '10.0.2.100';
const AGENT_PORT = 7;
const BOOT_MS = 120_000;
const RUN_MS = 300_000;
const CONSOLE_KEPT = 20_000;

/** What the guest's agent says; see guest/agent.mjs. */
interface AgentMessage {
  atMs: number;
  ready?: true;
  id?: number;
  pid?: number;
  code?: number | null;
  signal?: string | null;
  stdout?: string;
  stderr?: string;
  program?: string;
  bytes?: string;
  stream?: 'stdout' | 'stderr';
  ended?: { code: number | null; signal: string | null };
  file?: string;
  value?: string | null;
}

export interface ProgramListener {
  onBytes?(bytes: Buffer, stream: 'stdout' | 'stderr', atMs: number): void;
  onEnd?(code: number | null, signal: string | null): void;
}

/** A program that runs in the guest. */
export interface Program {
  pid: number;
  say(text: string): void;
  signal(name: NodeJS.Signals): void;
  ended: Promise<{ code: number | null; signal: string | null }>;
}

export interface Machine {
  /** Runs a shell command in the guest, as root. Throws when it fails; returns what it printed. */
  run(command: string): Promise<string>;
  start(name: string, command: string, listener?: ProgramListener): Promise<Program>;
  /** Tells of each change of small files, by their names; null: not there. `atMs`: the guest's clock. */
  watch(
    files: Record<string, string>,
    onChange: (file: string, value: string | null, atMs: number) => void,
  ): Promise<void>;
  /** The guest's clock now, as near as the way to it allows. */
  nowMs(): Promise<number>;
  /** The program guest/phone.c. */
  phoneProgram: string;
  powerOff(): Promise<void>;
}

export interface MachineOptions {
  /** Whether process 1 is systemd, of this computer's version. */
  systemd?: boolean;
  /** An image of an ext4 file system, which outlives the machine: every change goes there. */
  disk?: string;
}

/**
 * Boots Debian's kernel under emulation, with this computer's own files, none of which it can change.
 * @param ports of this computer that the guest reaches, at the same numbers, on its own 127.0.0.1
 */
export async function bootMachine(
  ports: Record<string, number>,
  { systemd = false, disk }: MachineOptions = {},
): Promise<Machine> {
  const kernel = buildKernel();
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const reached = { [AGENT_PORT]: port, ...ports };
  const forwards = Object.entries(reached).map(
    ([inside, outside]) =>
      // A comma that is not for qemu is written twice.
      `guestfwd=tcp:${HOST}:${inside}-cmd:socat - TCP:127.0.0.1:${outside},,nodelay`,
  );
  const words = {
    console: 'ttyS0',
    panic: '-1',
    mitigations: 'off',
    'random.trust_cpu': 'on',
    // udev would give eth0 another name.
    'net.ifnames': '0',
    modules: join(kernel, 'modules'),
    guest: guestFile('start.sh'),
    node: process.execPath,
    agent: guestFile('agent.mjs'),
    port: AGENT_PORT,
    ports: Object.keys(ports).join(','),
    ...(systemd ? { init: 'systemd' } : {}),
    ...(disk === undefined ? {} : { disk: 'yes' }),
  };
  const commandLine = Object.entries(words).map(([name, value]) => `${name}=${value}`);
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none'],
      ...['-serial', 'stdio', '-device', 'virtio-rng-pci'],
      ...['-kernel', join(kernel, 'vmlinuz'), '-initrd', join(kernel, 'initrd.gz')],
      ...['-append', [...commandLine, 'quiet'].join(' ')],
      ...['-netdev', ['user', 'id=net', 'restrict=on', ...forwards].join(',')],
      ...['-device', 'virtio-net-pci,netdev=net,romfile='],
      ...(disk === undefined ? [] : ['-drive', `file=${disk},format=raw,if=virtio,cache=unsafe`]),
      '-virtfs',
      'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let consoleText = '';
  const keep = (bytes: Buffer) => {
    consoleText = (consoleText + bytes.toString()).slice(-CONSOLE_KEPT);
  };
  qemu.stdout.on('data', keep);
  qemu.stderr.on('data', keep);
  const off = new Promise<never>((_, reject) => {
    const fail = (how: string) => reject(new Error(`the machine ${how}; it said:\n${consoleText}`));
    qemu.on('error', (error) => fail(`did not start: ${error.message}`));
    qemu.on('exit', () => fail('went off'));
  });
  // Whoever waits for something hears of it; nobody has to wait.
  off.catch(() => {});

  const [socket] = (await within(
    BOOT_MS,
    Promise.race([once(server, 'connection'), off]),
    () => `the machine did not boot; it said:\n${consoleText}`,
  ).catch((error: unknown) => {
    qemu.kill('SIGKILL');
    throw error;
  })) as [net.Socket];
  return attend(socket, {
    off,
    phoneProgram: join(kernel, 'phone'),
    async powerOff() {
      socket.destroy();
      server.close();
      await switchOff(qemu);
    },
  });
}

async function switchOff(qemu: ChildProcess): Promise<void> {
  if (qemu.exitCode !== null || qemu.signalCode !== null) return;
  const exited = once(qemu, 'exit');
  qemu.kill('SIGKILL');
  await exited;
}

/** The agent's side of a machine that has booted. */
function attend(
  socket: net.Socket,
  base: Pick<Machine, 'phoneProgram' | 'powerOff'> & { off: Promise<never> },
): Machine {
  const { off, ...rest } = base;
  const answers = new Map<number, (message: AgentMessage) => void>();
  const programs = new Map<string, (message: AgentMessage) => void>();
  const watchers: ((message: AgentMessage) => void)[] = [];
  let asked = 0;

  socket.setNoDelay(true);
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line) as AgentMessage;
    if (message.id !== undefined) {
      answers.get(message.id)?.(message);
      answers.delete(message.id);
    } else if (message.program !== undefined) {
      programs.get(message.program)?.(message);
    } else if (message.file !== undefined) {
      for (const watcher of watchers) watcher(message);
    }
  });

  const send = (order: unknown) => void socket.write(`${JSON.stringify(order)}\n`);

  async function ask(order: Record<string, unknown>): Promise<AgentMessage> {
    asked += 1;
    const id = asked;
    const answer = new Promise<AgentMessage>((resolve) => answers.set(id, resolve));
    send({ id, ...order });
    return await within(
      RUN_MS,
      Promise.race([answer, off]),
      () => `the guest does not answer: ${JSON.stringify(order)}`,
    );
  }

  return {
    ...rest,
    async run(command) {
      const { code, signal, stdout = '', stderr = '' } = await ask({ kind: 'run', command });
      if (code === 0) return stdout;
      throw new Error(`${command}\nended with ${code ?? signal}:\n${stdout}${stderr}`);
    },
    async start(name, command, listener = {}) {
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        programs.set(name, ({ bytes, stream = 'stdout', ended: ending, atMs }) => {
          if (bytes !== undefined) {
            listener.onBytes?.(Buffer.from(bytes, 'base64'), stream, atMs);
          }
          if (ending === undefined) return;
          listener.onEnd?.(ending.code, ending.signal);
          resolve(ending);
        });
      });
      const { pid = 0 } = await ask({ kind: 'start', program: name, command });
      return {
        pid,
        ended,
        say: (text) =>
          send({ kind: 'say', program: name, bytes: Buffer.from(text).toString('base64') }),
        signal: (signal) => send({ kind: 'signal', program: name, signal }),
      };
    },
    async watch(files, onChange) {
      watchers.push(({ file = '', value = null, atMs }) => {
        if (file in files) onChange(file, value, atMs);
      });
      await ask({ kind: 'watch', files, everyMs: 20 });
    },
    async nowMs() {
      return (await ask({ kind: 'run', command: ':' })).atMs;
    },
  };
}

async function within<T>(ms: number, work: Promise<T>, late: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late())), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
