import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '../../world/broker.ts';
import type { Flow } from './flow.ts';
import type { PlatformAccess } from './own-client.ts';
import { connectOwnClient } from './own-client.ts';
import type { FlowResult, Venue } from './play-flow.ts';
import { playFlow } from './play-flow.ts';
import type { Identity, Rule } from './rules/rule.ts';
import { rules } from './rules/rules.ts';
import { FlowStopped } from './waiting.ts';

export interface CertificationOptions {
  access: PlatformAccess;
  store: { brandId: string; locationId: string };
  phoneNumber: string;
  flows: readonly Flow[];
  /** How many flows are played at a time, each with a terminal of its own. */
  jobs: number;
  /** Ends the run: what has been begun is cleaned up, and nothing more is begun. */
  signal: AbortSignal;
  /** Told in the order of `flows`, as soon as each and all before it are over. */
  onFlow: (result: FlowResult) => void;
}

export interface RuleResult {
  rule: Rule;
  /** How many requests it had something to say about, in all flows. */
  checked: number;
  misses: { flow: FlowResult; request: number; why: string }[];
}

/**
 * Plays the flows, each on a terminal and a PoS of its own, and judges what was sent.
 * @throws TerminalError `unreachable` or `config-invalid` when MobilePay cannot be asked at all
 */
export async function certify(
  options: CertificationOptions,
): Promise<{ flows: FlowResult[]; rules: RuleResult[] }> {
  const { access, flows } = options;
  const own = await connectOwnClient(access);
  const dir = await mkdtemp(join(tmpdir(), 'beacon-terminal-certify-'));
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    onMessage: () => {},
    onClient: () => {},
  });
  const venue: Venue = {
    ...options,
    own,
    dir,
    mqttUrl: broker.url,
    interrupted: interruption(options.signal),
  };
  const runId = `c${randomBytes(4).toString('hex')}`;
  try {
    const results = await eachInTurn(flows, options, (flow, index) =>
      playFlow(flow, venue, `${runId}-${index}`),
    );
    return { flows: results, rules: judgeRules(results, access) };
  } finally {
    await broker.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Works on several at a time; tells of each when it and all before it are done. */
async function eachInTurn(
  items: readonly Flow[],
  { jobs, onFlow, signal }: CertificationOptions,
  work: (item: Flow, index: number) => Promise<FlowResult>,
): Promise<FlowResult[]> {
  const results: FlowResult[] = [];
  let next = 0;
  let told = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined || signal.aborted) return;
      results[index] = await work(item, index);
      for (let ready = results[told]; ready !== undefined; ready = results[told]) {
        if (!signal.aborted) onFlow(ready);
        told += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  return results;
}

/** Rejects when the run is to end; shared by all flows. */
function interruption(signal: AbortSignal): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(new FlowStopped('interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  // It may come when no flow is being played.
  interrupted.catch(() => {});
  return interrupted;
}

/** Of what a busy machine may have done: from this share on it was the client. */
const NO_CHANCE_SHARE = 0.25;

/** @returns for each rule what all flows together say about it */
export function judgeRules(flows: readonly FlowResult[], identity: Identity): RuleResult[] {
  return rules.map((rule) => {
    const result: RuleResult = { rule, checked: 0, misses: [] };
    const doubtful: RuleResult['misses'] = [];
    for (const flow of flows) {
      const { checked, misses } = rule.judge(flow.requests, identity);
      result.checked += checked;
      for (const miss of misses) (miss.doubtful ? doubtful : result.misses).push({ flow, ...miss });
    }
    if (doubtful.length >= result.checked * NO_CHANCE_SHARE) result.misses.push(...doubtful);
    return result;
  });
}
