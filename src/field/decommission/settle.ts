import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expiresAtFromNow } from '../../register/expiry.ts';
import { connectRegister, type RegisterClient } from '../../register/register-client.ts';
import { TerminalError } from '../../terminal-error.ts';
import type { Place } from '../provision/presence.ts';
import type { Problem } from '../provision/problem.ts';
import { type OpenItem, openMoney, undelivered } from './open-money.ts';

/**
 * What is to become of what is open. `wait`: what the journal says is owed, and what customer and
 * register say; `capture`, `cancel`: what is held as well. `cancel` also ends what is undecided.
 */
export const settlings = ['wait', 'capture', 'cancel'] as const;
export type Settling = (typeof settlings)[number];

const LOOK_EVERY_MS = 300;
/** What is settled has yet to be told. */
const TELLING_MS = 10_000;

export interface SettleOptions {
  journalPath: string;
  place: Place;
  settling: Settling;
  waitMs: number;
  say: (line: string) => void;
}

function commandFor({ kind, standing }: OpenItem, settling: Settling): string | undefined {
  switch (settling) {
    case 'wait':
      return undefined;
    case 'capture':
      return standing === 'held' ? `${kind}/capture` : undefined;
    case 'cancel':
      return standing === 'bound' ? undefined : `${kind}/cancel`;
  }
}

export function listOf(items: readonly OpenItem[]): string {
  return items.map(({ words }) => `\n    ${words}`).join('');
}

/**
 * Lets the running terminal bring everything to its end: it alone has the rules for that. Undefined
 * when nothing is open any more.
 */
export async function settleAll(options: SettleOptions): Promise<Problem | undefined> {
  const { journalPath, settling, waitMs, say } = options;
  const untilMs = performance.now() + waitMs;
  const told = new Set<string>();
  let register: RegisterClient | undefined;
  let shown = '';

  /** Each is told once what is to become of it. */
  async function tellAll(open: readonly OpenItem[]): Promise<Problem | undefined> {
    for (const item of open) {
      const command = commandFor(item, settling);
      const name = `${command} ${item.id}`;
      if (command === undefined || told.has(name)) continue;
      told.add(name);
      register ??= await connectRegister(options.place);
      const refused = await tell(register, command, item);
      if (refused !== undefined) return refused;
      say(`      ${name}: the terminal has it`);
    }
    return undefined;
  }

  try {
    for (;;) {
      const open = openMoney(journalPath);
      if (open.length === 0) break;
      const list = listOf(open);
      if (list !== shown) say(`      open:${list}`);
      shown = list;
      const refused = await tellAll(open);
      if (refused !== undefined) return refused;
      if (performance.now() > untilMs) return notSettled(open, settling);
      await pause(LOOK_EVERY_MS);
    }
    await untilDelivered(journalPath);
    return undefined;
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'unreachable') throw error;
    return {
      code: 'unreachable',
      what: `${error.message}.`,
      remedy:
        "The terminal must run and hear its commands: beacon-terminal doctor tells what keeps it. The register's own capture or cancel does as well.",
    };
  } finally {
    await register?.close();
  }
}

async function tell(
  register: RegisterClient,
  command: string,
  item: OpenItem,
): Promise<Problem | undefined> {
  const id = item.kind === 'payment' ? { orderId: item.id } : { refundOrderId: item.id };
  const expiresAt = expiresAtFromNow();
  const reply = await register.send(command, { id: randomUUID(), expiresAt, ...id });
  if (reply.ok) return undefined;
  const { code, message } = reply.error;
  // Meanwhile the register or the customer has decided otherwise: the journal tells what is left.
  if (code === 'wrong-state') return undefined;
  return {
    code: 'unreachable',
    what: `The terminal refuses ${command} of ${item.id}: ${message} (${code}).`,
    remedy: `See why: beacon-terminal explain ${item.id}`,
  };
}

function notSettled(open: readonly OpenItem[], settling: Settling): Problem {
  const held = open.some(({ standing }) => standing === 'held');
  const how =
    held && settling === 'wait'
      ? 'Have the register capture or cancel what is reserved, or say --settle capture or --settle cancel.'
      : 'Give the same command again, with a longer --wait; beacon-terminal status tells what it waits for.';
  return { code: 'unreachable', what: `This is still open:${listOf(open)}`, remedy: how };
}

/** As long as the broker takes them; they stay in the journal in any case. */
async function untilDelivered(journalPath: string): Promise<void> {
  const untilMs = performance.now() + TELLING_MS;
  while (undelivered(journalPath) > 0 && performance.now() < untilMs) await pause(LOOK_EVERY_MS);
}
