import { expect } from 'vitest';
import type { Reply } from '../../src/contract/errors.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';

export const storyKinds = ['sale', 'sale by hand', 'cancelled sale', 'refused sale'] as const;
export type StoryKind = (typeof storyKinds)[number];

const STEP_MS = 20;
const AT_MOST_MS = 100_000;

/** The customer with the phone. */
function decide(world: World, kind: StoryKind): void {
  const status = world.mobilePay.has('A') ? world.mobilePay.of('A').status : undefined;
  if (status === 'Initiated' && kind !== 'cancelled sale') world.mobilePay.checkIn('A');
  if (status !== 'IssuedToUser') return;
  if (kind === 'refused sale') world.mobilePay.refuse('A');
  else world.mobilePay.accept('A');
}

function replyTo(world: World, id: string): Reply | undefined {
  const entry = world.trace.find((one) => one.kind === 'reply' && one.reply.id === id);
  return entry?.kind === 'reply' ? entry.reply : undefined;
}

/** The register: sends each command once it is due, and again to every boot until it is answered. */
function createRegister(kind: StoryKind) {
  const commands = new Map<string, { name: string; payload: Record<string, unknown> }>();
  const sent = new Map<string, string>();
  const due = (id: string, name: string, more: Record<string, unknown> = {}) => {
    if (commands.has(id)) return;
    commands.set(id, { name, payload: { id, orderId: 'A', ...more } });
  };
  return {
    commands,
    act(world: World, till: Till): void {
      // A start that was refused before it began is free to be sent again, under a new id.
      const starts = [...commands.keys()].filter((id) => id.startsWith('c-start'));
      const refused = starts.every((id) => replyTo(world, id)?.ok === false);
      due(refused ? `c-start-${starts.length + 1}` : 'c-start-1', 'payment/start', {
        amount: { currency: 'DKK', value: 1250 },
        expiresAt: soon(),
        ...(kind === 'sale by hand' ? { autoCapture: false } : {}),
      });
      const last = world.trace.findLast(
        (entry) => entry.kind === 'event' && entry.name === 'payment',
      );
      const outcome = last?.kind === 'event' && 'outcome' in last.payload && last.payload.outcome;
      if (kind === 'cancelled sale' && outcome === 'pending') due('c-cancel', 'payment/cancel');
      if (kind === 'sale by hand' && outcome === 'approved') {
        due('c-capture', 'payment/capture', { expiresAt: soon() });
      }
      for (const [id, { name, payload }] of commands) {
        if (replyTo(world, id) !== undefined || sent.get(id) === till.bootId) continue;
        sent.set(id, till.bootId);
        try {
          till.send(name, payload);
        } catch {
          // The plug was pulled before the PUBACK: the next boot gets it again.
        }
      }
    },
    isDone: (world: World): boolean =>
      [...commands.keys()].every((id) => replyTo(world, id) !== undefined) &&
      world.mobilePay.has('A'),
  };
}

const ends = {
  sale: 'Captured',
  'sale by hand': 'Captured',
  'cancelled sale': 'CancelledByClient',
  'refused sale': 'CancelledByUser',
} as const;

/**
 * Plays a sale to its end, with a foreign reservation on the PoS that nobody may touch. `arm` sets
 * where the plug is pulled in the first boot. Returns whether it was.
 */
export async function play(
  world: World,
  kind: StoryKind,
  arm: (till: Till) => void,
): Promise<boolean> {
  const theirs = world.mobilePay.hold({ orderId: 'theirs', status: 'Reserved', foreign: true });
  let till = await world.boot({ atOnce: true });
  const first = till;
  arm(till);
  const register = createRegister(kind);
  for (let passed = 0; ; passed += STEP_MS) {
    if (passed > AT_MOST_MS) throw new Error(`${kind}: it did not come to its end`);
    if (till.gone()) till = await world.boot({ atOnce: true });
    register.act(world, till);
    await world.run(STEP_MS);
    decide(world, kind);
    const over = !till.gone() && till.state().phase === 'idle' && register.isDone(world);
    if (over && passed > 1_000) break;
  }
  const pulled = first.gone();
  first.journal.dieAfter(Number.POSITIVE_INFINITY, () => {});
  world.network.killAt(Number.POSITIVE_INFINITY, 'before', () => {});

  const payment = world.mobilePay.of('A');
  expect(payment.status, kind).toBe(ends[kind]);
  expect(
    payment.past.filter((status) => status === payment.status),
    'once',
  ).toHaveLength(1);
  expect(world.mobilePay.held('A')).toHaveLength(1);
  expect(theirs.past).toEqual(['Reserved']);
  const approved = ends[kind] === 'Captured';
  const get = await till.snapshot(till.get('A'));
  expect(get.outcome).toBe(approved ? 'approved' : 'declined');
  const told = world.trace.flatMap((entry) =>
    entry.kind === 'event' && 'outcome' in entry.payload ? [entry.payload.outcome] : [],
  );
  expect(told.at(-1)).toBe(get.outcome);
  expect(told, 'never told otherwise on the way').not.toContain(approved ? 'declined' : 'approved');
  for (const { name, payload } of register.commands.values()) till.send(name, payload);
  await world.run(50);
  return pulled;
}
