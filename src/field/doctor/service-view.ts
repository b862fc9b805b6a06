import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/resolve.ts';
import type { Secrets } from '../../config/secrets.ts';
import { phases } from '../../contract/messages.ts';
import { topicsOf } from '../../contract/topics.ts';
import { journalWriter } from '../../journal/writer-lock.ts';
import type { BrokerAddress } from '../../mqtt/broker-address.ts';
import { openSession } from './broker-session.ts';

/** What it publishes, in as much as it is needed here: it may be of another version. */
const retainedState = z.object({
  online: z.literal(true),
  phase: z.enum(phases),
  beacon: z.object({ advertising: z.boolean() }),
  faults: z.array(z.string()),
});
export type ServiceState = z.infer<typeof retainedState>;

/** The running service, as it is seen from outside. */
export interface ServiceView {
  /** The process that holds the journal of this config file; null: none, or it cannot be seen. */
  pid: number | null;
  /** What it says of itself at the broker; null: nothing, that it is offline, or out of reach. */
  state: ServiceState | null;
  /** Why it cannot be asked for; null where it was. */
  trouble: string | null;
}

const STATE_WITHIN_MS = 4_000;

interface Identity {
  config: Config;
  secrets: Secrets | null;
}

/** Looks for the service without being noticed: it keeps its session, its ports and its journal. */
export async function viewService(
  terminal: Identity,
  brokers: readonly BrokerAddress[],
): Promise<ServiceView> {
  const pid = journalWriter(terminal.config.journal.path) ?? null;
  let trouble: string | null = null;
  // Twice: a state that cannot be asked for leaves several checks in the dark.
  for (const broker of [...brokers, ...brokers]) {
    const asked = await askRetained(terminal, broker);
    if (typeof asked !== 'string') return { pid, state: asked && stateOf(asked), trouble: null };
    trouble = asked;
  }
  return { pid, state: null, trouble };
}

/** The state in a payload; null for one that says offline, or that is none. */
export function stateOf(payload: Uint8Array): ServiceState | null {
  try {
    return retainedState.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** The retained state, null where there is none that we may see, or why it cannot be asked for. */
async function askRetained(
  { config, secrets }: Identity,
  broker: BrokerAddress,
): Promise<Uint8Array | null | string> {
  const signal = AbortSignal.timeout(STATE_WITHIN_MS);
  const opened = await openSession(broker, { config, secrets, signal });
  if (opened.kind === 'refused') return opened.error.message;
  const { session } = opened;
  try {
    const { state } = topicsOf(config.mqtt.prefix, config.terminal.id);
    await session.subscribe([state]);
    return (await session.retained(state)) ?? null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    session.close();
  }
}

/** Whether the service reports this fault. */
export function reports({ state }: ServiceView, fault: string): boolean {
  return state?.faults.includes(fault) ?? false;
}

/** `in use by the service (process 123)`, or null where no service is seen. */
export function inUse({ pid, state }: ServiceView): string | null {
  if (pid !== null) return `in use by the service (process ${pid})`;
  return state === null ? null : 'in use by the service';
}

/** The name of a process, as the kernel has it. */
export function processName(procDir: string, pid: number | string): string {
  try {
    return readFileSync(join(procDir, String(pid), 'comm'), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
