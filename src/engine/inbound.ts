import type { CommandName, CommandPayload } from '../contract/commands.ts';
import { commandSchemas, isCommandId } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';
import { isCommandName } from '../contract/topics.ts';
import type { EpochMs } from '../payment/events.ts';
import type { InboundCommand, JournalledCommand } from '../ports.ts';
import { errorOf } from './answers.ts';
import { canonicalJson } from './canonical-json.ts';

/** How far ahead `expiresAt` may lie: it is less than the 24 h life of an idempotency key. */
const MOST_AHEAD_MS = 3_600_000;

export type AnyCommand = {
  [N in CommandName]: { name: N; payload: CommandPayload<N> };
}[CommandName];

export type Reading =
  /** No usable `id`: answered, never remembered. */
  | { kind: 'unreadable'; id: string | null; error: CommandError }
  /** The same command again: its stored answer, or it goes on waiting. */
  | { kind: 'repeat'; known: JournalledCommand }
  /** Refused and remembered under its `id`. */
  | { kind: 'refused'; id: string; fingerprint: string; error: CommandError }
  | { kind: 'accepted'; id: string; fingerprint: string; command: AnyCommand };

/** `expiresAt` limits when the terminal may begin, wherever money may move. */
const begins: ReadonlySet<CommandName> = new Set<CommandName>([
  'payment/start',
  'payment/prepare',
  'payment/ready',
  'payment/capture',
  'refund/start',
  'refund/capture',
]);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload));
  } catch {
    return undefined;
  }
}

/** No command nests deeper. JSON.parse takes any depth, but what walks the value would not. */
const DEEPEST = 16;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

function idOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined;
}

interface Issue {
  code?: string | undefined;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  errors?: readonly (readonly Issue[])[];
}

/** The member at fault and what is wrong with it, from zod's first issue. */
function firstFault(issues: readonly Issue[]): { field: string | null; message: string } {
  const issue = issues[0];
  if (issue === undefined) return { field: null, message: 'not understood' };
  if (issue.code === 'invalid_union' && issue.errors?.[0] !== undefined) {
    return firstFault(issue.errors[0]);
  }
  const path = [...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys' && issue.keys?.[0] !== undefined) {
    path.push(issue.keys[0]);
    return {
      field: path.join('.'),
      message: 'unknown member: correct its spelling or leave it out',
    };
  }
  return { field: path.length === 0 ? null : path.join('.'), message: issue.message };
}

function invalid(field: string | null, message: string): CommandError {
  const text = field === null ? message : `${field}: ${message}`;
  return errorOf('invalid-request', text, field === null ? {} : { field });
}

/** Rule 2 of the contract, the order of checks: retained, JSON and id, known id, schema, expiry. */
export function readCommand(
  inbound: InboundCommand,
  known: (id: string) => JournalledCommand | undefined,
): Reading {
  const json = parse(inbound.payload);
  const id = idOf(json);
  if (inbound.retained) {
    const error = errorOf(
      'retained',
      'A command must not be published as retained: publish it again without.',
    );
    return { kind: 'unreadable', id: isCommandId(id) ? id : null, error };
  }
  if (json === undefined) {
    return {
      kind: 'unreadable',
      id: null,
      error: invalid(null, 'The payload is not JSON in UTF-8.'),
    };
  }
  if (!isCommandId(id)) {
    const error = invalid('id', 'required: 1 to 64 printable ASCII characters');
    return { kind: 'unreadable', id: null, error };
  }
  if (isDeeperThan(DEEPEST, json)) {
    const error = invalid(null, 'The payload is nested too deeply.');
    return { kind: 'unreadable', id, error };
  }
  const fingerprint = canonicalJson({ name: inbound.name, payload: json });
  const before = known(id);
  if (before !== undefined) {
    if (before.fingerprint === fingerprint) return { kind: 'repeat', known: before };
    const error = invalid('id', 'used before with another payload: take a new one');
    return { kind: 'unreadable', id, error };
  }
  const refused = (error: CommandError): Reading => ({
    kind: 'refused',
    id,
    fingerprint,
    error,
  });
  if (!isCommandName(inbound.name)) {
    return refused(
      errorOf('not-supported', `There is no command ${JSON.stringify(inbound.name)}.`),
    );
  }
  const parsed = commandSchemas[inbound.name].safeParse(json);
  if (!parsed.success) {
    const { field, message } = firstFault(parsed.error.issues as readonly Issue[]);
    return refused(invalid(field, message));
  }
  const command = { name: inbound.name, payload: parsed.data } as AnyCommand;
  return { kind: 'accepted', id, fingerprint, command };
}

/** Expiry, checked once the time is trusted; undefined when the command may begin. */
export function expiryFault(command: AnyCommand, now: EpochMs): CommandError | undefined {
  const { expiresAt } = command.payload;
  if (expiresAt === undefined || !begins.has(command.name)) return undefined;
  const epochMs = Date.parse(expiresAt);
  if (epochMs > now + MOST_AHEAD_MS) {
    return invalid('expiresAt', 'at most 1 hour ahead; check the clock of the register');
  }
  if (epochMs <= now) {
    return errorOf('expired', 'expiresAt has passed: send it again with a new id and time.', {
      field: 'expiresAt',
    });
  }
  return undefined;
}

/** Whether the command waits for recovery while the terminal is starting. */
export function movesMoney(name: CommandName): boolean {
  return begins.has(name);
}
