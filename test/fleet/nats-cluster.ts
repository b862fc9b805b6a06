import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { call } from '../gateway/harness.ts';
import { freePort } from '../mqtt/mosquitto.ts';

const executable = ['nats-server', '/usr/sbin/nats-server'].find(
  (path) => spawnSync(path, ['--version']).error === undefined,
);
export const natsAvailable = executable !== undefined;

const SOUND_WITHIN_MS = 60_000;

export interface NatsNode {
  name: string;
  /** `mqtt://127.0.0.1:…` */
  url: string;
  /** Pulls the plug. */
  kill(): Promise<void>;
}

export interface NatsCluster {
  nodes: NatsNode[];
  /** The node that gives the order in which messages are stored: without it none is, until another is elected. */
  leader(): Promise<NatsNode>;
  destroy(): Promise<void>;
}

interface Member extends NatsNode {
  start(): void;
  /** One of the pages of its port for monitoring; null while it does not answer well. */
  page(path: string): Promise<unknown>;
}

/** As far as it is looked at: https://docs.nats.io/running-a-nats-service/nats_admin/monitoring */
interface JetStreamPage {
  account_details?: {
    stream_detail?: { name: string; cluster?: { leader?: string } }[];
  }[];
}

/** Three nodes on this machine by docs/broker/nats.conf: only names, ports and folders are replaced. */
export async function startNatsCluster(): Promise<NatsCluster> {
  if (executable === undefined) throw new Error('nats-server is not installed');
  const program = executable;
  const folder = mkdtempSync(join(tmpdir(), 'beacon-nats-'));
  const template = readFileSync('docs/broker/nats.conf', 'utf8');
  const routePorts = [await freePort(), await freePort(), await freePort()];

  async function prepare(number: 1 | 2 | 3): Promise<Member> {
    const name = `broker-${number}`;
    const [native, http, mqtt] = [await freePort(), await freePort(), await freePort()];
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
    };
    let text = template;
    for (const [example, real] of Object.entries(replaced)) {
      if (!text.includes(example)) throw new Error(`docs/broker/nats.conf has no ${example}`);
      text = text.replaceAll(example, real);
    }
    const path = join(folder, `${name}.conf`);
    writeFileSync(path, text);
    let child: ChildProcess | undefined;
    return {
      name,
      url: `mqtt://127.0.0.1:${mqtt}`,
      start() {
        const log = join(folder, `${name}.log`);
        child = spawn(program, ['-c', path, '-l', log], { stdio: 'ignore' });
      },
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

  const nodes = [await prepare(1), await prepare(2), await prepare(3)] as const;

  async function until<T>(what: string, look: () => Promise<T | null | undefined>): Promise<T> {
    const deadline = performance.now() + SOUND_WITHIN_MS;
    for (;;) {
      const found = await look();
      if (found !== null && found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`nats-server: ${what} in vain`);
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

  for (const node of nodes) node.start();
  for (const node of nodes) {
    await until(`waited for ${node.name} to be sound`, () => node.page('healthz'));
  }
  // The first client of all makes the broker lay out its stores.
  const first = await connectAsync(nodes[0].url, { protocolVersion: 4 });
  await first.endAsync();
  return {
    nodes: [...nodes],
    leader,
    async destroy() {
      for (const node of nodes) await node.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
