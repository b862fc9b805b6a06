import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { onTestFinished } from 'vitest';
import type { Authority } from '../broker/templates.ts';
import { call } from '../gateway/harness.ts';

const executable = ['nats-server', '/usr/sbin/nats-server'].find(
  (path) => spawnSync(path, ['--version']).error === undefined,
);
export const natsAvailable = executable !== undefined;

const SOUND_WITHIN_MS = 60_000;

export interface NatsNode {
  name: string;
  /** `mqtt://127.0.0.1:…`, with certificates `mqtts://localhost:…` */
  url: string;
  /** Pulls the plug. */
  kill(): Promise<void>;
  /** Reads its configuration anew: `systemctl reload nats-server`. */
  reload(): void;
}

export interface NatsCluster {
  nodes: NatsNode[];
  /** The node that gives the order in which messages are stored: without it none is, until another is elected. */
  leader(): Promise<NatsNode>;
  /** With certificates: these terminals may do what a terminal may, and no others. */
  admitTerminals(...ids: string[]): void;
}

interface Member extends NatsNode {
  /** The file that it writes to. */
  log: string;
  start(): void;
  /** It has ended by itself. */
  over(): boolean;
  /** One of the pages of its port for monitoring; null while it does not answer well. */
  page(path: string): Promise<unknown>;
}

/** As far as it is looked at: https://docs.nats.io/running-a-nats-service/nats_admin/monitoring */
interface JetStreamPage {
  account_details?: {
    stream_detail?: { name: string; cluster?: { leader?: string } }[];
  }[];
}

/** All different: each is held until the last is found. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => {
      server.close();
      return once(server, 'close');
    }),
  );
  return ports;
}

/**
 * Three nodes on this machine by docs/broker/nats.conf, until the test is over: only names, ports and
 * folders are replaced.
 * @param authority its lines about certificates count, and docs/broker/nats-rights.conf
 */
export async function startNatsCluster(authority?: Authority): Promise<NatsCluster> {
  if (executable === undefined) throw new Error('nats-server is not installed');
  const program = executable;
  const folder = mkdtempSync(join(tmpdir(), 'beacon-nats-'));
  const template = readFileSync('docs/broker/nats.conf', 'utf8');
  const ports = await freePorts(12);
  const routePorts = ports.splice(0, 3);

  function prepare(number: 1 | 2 | 3): Member {
    const name = `broker-${number}`;
    const [native, http, mqtt] = ports.splice(0, 3);
    const own = routePorts[number - 1];
    const others = routePorts.filter((port) => port !== own);
    mkdirSync(join(folder, name));
    const replaced = {
      'server_name: broker-1': `server_name: ${name}`,
      '127.0.0.1:4222': `127.0.0.1:${native}`,
      '127.0.0.1:8222': `127.0.0.1:${http}`,
      '0.0.0.0:1883': `127.0.0.1:${mqtt}`,
      '0.0.0.0:6222': `127.0.0.1:${own}`,
      'broker-2:6222': `127.0.0.1:${others[0]}`,
      'broker-3:6222': `127.0.0.1:${others[1]}`,
      '/var/lib/nats': join(folder, name),
      ...(authority === undefined
        ? {}
        : { '#tls {': 'tls {', '/etc/nats': authority.folder, '#include': 'include' }),
    };
    let text = template;
    for (const [example, real] of Object.entries(replaced)) {
      if (!text.includes(example)) throw new Error(`docs/broker/nats.conf has no ${example}`);
      text = text.replaceAll(example, real);
    }
    const path = join(folder, `${name}.conf`);
    writeFileSync(path, text);
    const log = join(folder, `${name}.log`);
    let child: ChildProcess | undefined;
    return {
      name,
      url: authority === undefined ? `mqtt://127.0.0.1:${mqtt}` : `mqtts://localhost:${mqtt}`,
      log,
      start() {
        child = spawn(program, ['-c', path, '-l', log], { stdio: 'ignore' });
      },
      reload() {
        child?.kill('SIGHUP');
      },
      over: () => typeof child?.exitCode === 'number',
      async kill() {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      },
      async page(wanted) {
        try {
          const answer = await call(`http://127.0.0.1:${http}/${wanted}`);
          return answer.status === 200 ? answer.json : null;
        } catch {
          return null;
        }
      },
    };
  }

  /** docs/broker/nats-rights.conf with a block like that of till-1 for each. */
  function admitTerminals(...ids: string[]) {
    const text = readFileSync('docs/broker/nats-rights.conf', 'utf8');
    const start = text.indexOf('      { user: "CN=till-1"');
    const end = text.indexOf('      # Each register');
    if (start < 0 || end < start) throw new Error('docs/broker/nats-rights.conf has no till-1');
    const block = text.slice(start, end);
    const blocks = ids.map((id) => block.replaceAll('till-1', id));
    const whole = text.slice(0, start) + blocks.join('') + text.slice(end);
    writeFileSync(join(folder, 'nats-rights.conf'), whole);
  }
  admitTerminals('till-1');

  const nodes = [prepare(1), prepare(2), prepare(3)] as const;

  async function until<T>(what: string, look: () => Promise<T | null | undefined>): Promise<T> {
    const deadline = performance.now() + SOUND_WITHIN_MS;
    for (;;) {
      const found = await look();
      if (found !== null && found !== undefined) return found;
      if (performance.now() > deadline || nodes.some((node) => node.over())) {
        const logs = nodes.map(({ log }) => (existsSync(log) ? readFileSync(log, 'utf8') : ''));
        throw new Error(`nats-server: ${what} in vain\n${logs.join('\n')}`);
      }
      await wait(50);
    }
  }

  async function leader(): Promise<NatsNode> {
    return until('waited for a leader', async () => {
      const page = (await nodes[0].page('jsz?streams=1')) as JetStreamPage | null;
      const streams = page?.account_details?.flatMap((account) => account.stream_detail ?? []);
      const name = streams?.find((stream) => stream.name === '$MQTT_msgs')?.cluster?.leader;
      return nodes.find((node) => node.name === name);
    });
  }

  onTestFinished(async () => {
    for (const node of nodes) await node.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const node of nodes) node.start();
  for (const node of nodes) {
    await until(`waited for ${node.name} to be sound`, () => node.page('healthz'));
  }
  // The first client of all makes the broker lay out its stores.
  const papers = authority?.admit('register-1') ?? {};
  const first = await connectAsync(nodes[0].url, { protocolVersion: 4, ...papers });
  await first.endAsync();
  return { nodes: [...nodes], leader, admitTerminals };
}
