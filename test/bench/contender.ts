import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { MqttClient } from 'mqtt';
import type { Exchange } from '../../src/simulator/exchange.ts';

/** A process under measurement: the terminal, or the floor. Both answer to the same topics. */
export interface Contender {
  name: 'terminal' | 'floor';
  root: string;
  merchantPosId: string;
  command: string[];
  env: Record<string, string>;
}

export interface Sale {
  publishToCreateMs: number;
  answerToEventMs: number;
}

/** Wall-clock milliseconds with fractions, the same clock as the simulator's. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** What a sale waits for, fed by MQTT and by the simulator. */
export function createWatch(client: MqttClient) {
  const listeners = new Set<
    (topic: string, payload: Record<string, unknown>, at: number) => void
  >();
  client.on('message', (topic, payload) => {
    const at = nowMs();
    if (payload.length === 0) return;
    const message = JSON.parse(payload.toString()) as Record<string, unknown>;
    for (const listener of listeners) listener(topic, message, at);
  });
  return {
    /** Resolves with the time of the first message that fits. */
    async when(
      fits: (topic: string, payload: Record<string, unknown>) => boolean,
    ): Promise<number> {
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no such message in 30 s')), 30_000);
        const listener = (topic: string, payload: Record<string, unknown>, at: number): void => {
          if (!fits(topic, payload)) return;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(at);
        };
        listeners.add(listener);
      });
    },
  };
}
export type Watch = ReturnType<typeof createWatch>;

/** Starts the process and waits for its state `idle`. */
export async function startContender(
  contender: Contender,
  client: MqttClient,
  watch: Watch,
): Promise<{ child: ChildProcess; onlineMs: number }> {
  await client.publishAsync(`${contender.root}/state`, '', { retain: true, qos: 1 });
  const online = watch.when(
    (topic, payload) =>
      topic === `${contender.root}/state` &&
      payload['online'] === true &&
      payload['phase'] === 'idle',
  );
  const startedAt = nowMs();
  const [program = process.execPath, ...args] = contender.command;
  const child = spawn(program, args, {
    env: { ...process.env, ...contender.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const died = once(child, 'exit').then(() => {
    throw new Error(`${contender.name} ended before it was online`);
  });
  return { child, onlineMs: (await Promise.race([online, died])) - startedAt };
}

export async function stopContender(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

export interface SaleWorld {
  client: MqttClient;
  watch: Watch;
  exchanges: { when(fits: (exchange: Exchange) => boolean): Promise<Exchange> };
  /** The customer, who accepts as soon as the payment is there. */
  accept: (merchantPosId: string) => void;
}

/** One sale from the command to the capture's event. */
export async function sell(world: SaleWorld, contender: Contender, orderId: string): Promise<Sale> {
  const isEvent = (status: string) => (topic: string, payload: Record<string, unknown>) =>
    topic === `${contender.root}/event/payment` &&
    payload['orderId'] === orderId &&
    payload['platformStatus'] === status;
  const created = world.exchanges.when(({ operation }) => operation === 'startPayment');
  const told = world.watch.when(isEvent('Initiated'));
  const captured = world.watch.when(isEvent('Captured'));
  const publishedAt = nowMs();
  world.client.publish(
    `${contender.root}/command/payment/start`,
    JSON.stringify({
      id: orderId,
      orderId,
      amount: { currency: 'DKK', value: 1250 },
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    }),
    { qos: 1 },
  );
  const create = await created;
  const toldAt = await told;
  world.accept(contender.merchantPosId);
  await captured;
  return {
    publishToCreateMs: create.arrivedAtMs - publishedAt,
    answerToEventMs: toldAt - (create.arrivedAtMs + create.durationMs),
  };
}

export function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
