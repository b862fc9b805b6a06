import { expect } from 'vitest';
import type { Reply } from '../../src/contract/errors.ts';
import type { Amount } from '../../src/contract/money.ts';
import type { PaymentSnapshot, PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import { price, soon, type Till } from './till.ts';
import type { World } from './world.ts';

interface Story {
  begins: 'payment/start' | 'payment/prepare';
  autoCapture?: false;
  /** What the register has been told when it says the amount of a prepared payment. */
  readyAt?: PlatformStatus;
  cancelAt?: PlatformStatus;
  /** What it captures once it is approved; null: all of it. */
  captures?: Amount | null;
  customer: 'accepts' | 'refuses' | 'stays away';
  end: PlatformStatus;
}

const part: Amount = { currency: 'DKK', value: 700 };
/* biome-ignore format: a table */
const stories = {
  'sale': { begins: 'payment/start', customer: 'accepts', end: 'Captured' },
  'sale by hand': { begins: 'payment/start', autoCapture: false, captures: null, customer: 'accepts', end: 'Captured' },
  'partial capture': { begins: 'payment/start', autoCapture: false, captures: part, customer: 'accepts', end: 'Captured' },
  'cancelled sale': { begins: 'payment/start', cancelAt: 'Initiated', customer: 'stays away', end: 'CancelledByClient' },
  'refused sale': { begins: 'payment/start', customer: 'refuses', end: 'CancelledByUser' },
  'prepared sale': { begins: 'payment/prepare', readyAt: 'Paired', customer: 'accepts', end: 'Captured' },
  'prepared sale, ready first': { begins: 'payment/prepare', readyAt: 'Prepared', autoCapture: false, captures: part, customer: 'accepts', end: 'Captured' },
  'cancelled prepared sale': { begins: 'payment/prepare', cancelAt: 'Paired', customer: 'accepts', end: 'CancelledByClient' },
  'refused prepared sale': { begins: 'payment/prepare', customer: 'refuses', end: 'CancelledByUser' },
} as const satisfies Record<string, Story>;
export type StoryKind = keyof typeof stories;
export const storyKinds = Object.keys(stories) as StoryKind[];

const STEP_MS = 20;
const AT_MOST_MS = 100_000;

/** The customer with the phone; comes before the amount where the register waits for that. */
function decide(world: World, { customer, readyAt }: Story): void {
  if (!world.mobilePay.has('A') || customer === 'stays away') return;
  const { status } = world.mobilePay.of('A');
  if (status === 'Initiated') world.mobilePay.checkIn('A');
  if (status === 'Prepared' && readyAt !== 'Prepared') world.mobilePay.checkIn('A');
  if (status === 'IssuedToUser' && customer === 'accepts') world.mobilePay.accept('A');
  const asked = status === 'IssuedToUser' || status === 'Paired';
  if (asked && customer === 'refuses') world.mobilePay.refuse('A');
}

function replyTo(world: World, id: string): Reply | undefined {
  const entry = world.trace.find((one) => one.kind === 'reply' && one.reply.id === id);
  return entry?.kind === 'reply' ? entry.reply : undefined;
}

/** What the register was told last of its order. */
function toldLast(world: World): PaymentSnapshot | undefined {
  const last = world.trace.findLast((entry) => entry.kind === 'event' && entry.name === 'payment');
  return last?.kind === 'event' ? (last.payload as PaymentSnapshot) : undefined;
}

/** The register: sends each command once it is due, and again to every boot until it is answered. */
function createRegister(story: Story) {
  const commands = new Map<string, { name: string; payload: Record<string, unknown> }>();
  const sent = new Map<string, string>();
  /** What was refused before it began is free to be sent again, under a new id. */
  const due = (world: World, name: string, more: Record<string, unknown> = {}) => {
    const before = [...commands.keys()].filter((id) => id.startsWith(name));
    if (!before.every((id) => replyTo(world, id)?.ok === false)) return;
    const id = `${name}-${before.length + 1}`;
    commands.set(id, { name, payload: { id, orderId: 'A', ...more } });
  };
  const terms = () => ({
    amount: { currency: 'DKK', value: 1250 },
    expiresAt: soon(),
    ...(story.autoCapture === undefined ? {} : { autoCapture: story.autoCapture }),
  });
  /** What it wants after what it was told last. */
  function want(world: World): void {
    due(world, story.begins, story.begins === 'payment/start' ? terms() : { expiresAt: soon() });
    const told = toldLast(world);
    if (told === undefined) return;
    if (told.platformStatus === story.readyAt) due(world, 'payment/ready', terms());
    if (told.platformStatus === story.cancelAt) due(world, 'payment/cancel');
    if (told.outcome !== 'approved' || story.captures === undefined) return;
    const amount = story.captures === null ? {} : { amount: story.captures };
    due(world, 'payment/capture', { expiresAt: soon(), ...amount });
  }

  return {
    commands,
    act(world: World, till: Till): void {
      want(world);
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
  const story: Story = stories[kind];
  const register = createRegister(story);
  for (let passed = 0; ; passed += STEP_MS) {
    if (passed > AT_MOST_MS) throw new Error(`${kind}: it did not come to its end`);
    if (till.gone()) till = await world.boot({ atOnce: true });
    register.act(world, till);
    await world.run(STEP_MS);
    decide(world, story);
    const over = !till.gone() && till.state().phase === 'idle' && register.isDone(world);
    if (over && passed > 1_000) break;
  }
  const pulled = first.gone();
  first.journal.dieAfter(Number.POSITIVE_INFINITY, () => {});
  world.network.killAt(Number.POSITIVE_INFINITY, 'before', () => {});

  const payment = world.mobilePay.of('A');
  expect(payment.status, kind).toBe(story.end);
  expect(
    payment.past.filter((status) => status === payment.status),
    'once',
  ).toHaveLength(1);
  expect(world.mobilePay.held('A')).toHaveLength(1);
  expect(theirs.past).toEqual(['Reserved']);
  const approved = story.end === 'Captured';
  if (approved) expect(payment.capturedAmount).toEqual(story.captures ?? price);
  const get = await till.snapshot(till.get('A'));
  expect(get.outcome).toBe(approved ? 'approved' : 'declined');
  expect(get.capturedAmount).toEqual(payment.capturedAmount);
  const told = world.trace.flatMap((entry) =>
    entry.kind === 'event' && 'outcome' in entry.payload ? [entry.payload.outcome] : [],
  );
  expect(told.at(-1)).toBe(get.outcome);
  expect(told, 'never told otherwise on the way').not.toContain(approved ? 'declined' : 'approved');
  for (const { name, payload } of register.commands.values()) till.send(name, payload);
  await world.run(50);
  return pulled;
}
