import { expect, vi } from 'vitest';
import type { Trouble } from './fake-platform.ts';
import { soon, type Till, wantedPos } from './till.ts';
import type { World } from './world.ts';

/** Small and repeatable: the same seed tells the same story. */
export function randomOf(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    chance: (share: number): boolean => next() < share,
    below: (limit: number): number => Math.floor(next() * limit),
    pick: <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)],
  };
}
type Random = ReturnType<typeof randomOf>;

const STEP_MS = 100;
const troubles: readonly Trouble[] = [
  'lost-request',
  'lost-answer',
  'unsent',
  { status: 500 },
  { status: 403 },
  { status: 429, retryAfterMs: 3_000 },
  { status: 503, retryAfterMs: 20_000 },
  { status: 401, credentialsRefused: true },
  { refuse: '2001' },
  { refuse: '1401' },
  { answerAfterMs: 300 },
  { arrivesAfterMs: 4_000 },
];

/** A bad network: each request may meet trouble, and now and then nothing gets through at all. */
export function spoilNetwork(world: World, random: Random): () => void {
  const { network } = world;
  const take = network.take;
  let cut: Trouble | undefined;
  let healed = false;
  network.take = (operation) => {
    if (healed) return take(operation);
    if (random.chance(0.02))
      cut = random.chance(0.5) ? random.pick(troubles.slice(0, 3)) : undefined;
    if (cut !== undefined) return cut;
    return random.chance(0.15) ? (random.pick(troubles) ?? 'fine') : 'fine';
  };
  return () => {
    healed = true;
  };
}

/** Somebody else uses the PoS too. */
function neighbours(world: World, random: Random): void {
  const blocked = world.mobilePay.payments.some(({ status }) =>
    ['Prepared', 'Paired', 'Initiated', 'IssuedToUser'].includes(status),
  );
  if (blocked || !random.chance(0.01)) return;
  const orderId = `neighbour-${world.mobilePay.payments.length}`;
  const status = random.chance(0.3) ? 'Reserved' : 'Initiated';
  world.mobilePay.hold({ orderId, status, foreign: true });
}

function customers(world: World, random: Random): void {
  for (const payment of world.mobilePay.payments.filter(({ foreign }) => !foreign)) {
    if (payment.status === 'Initiated' && random.chance(0.1)) payment.status = 'IssuedToUser';
    if (payment.status === 'Prepared' && random.chance(0.1)) payment.status = 'Paired';
    if (payment.status === 'Paired' && random.chance(0.003)) {
      payment.status = 'CancelledByUser';
      payment.past.push('CancelledByUser');
    }
    if (payment.status !== 'IssuedToUser' || !random.chance(0.05)) continue;
    const end = random.chance(0.7) ? 'Reserved' : 'CancelledByUser';
    payment.partialCapturePossible ??= random.chance(0.5);
    payment.status = end;
    payment.past.push(end);
  }
}

interface Sent {
  id: string;
  name: string;
  orderId: string;
  payload: Record<string, unknown>;
}

function createRegister(random: Random) {
  const sent: Sent[] = [];
  let orders = 0;
  const amount = () => ({ currency: 'DKK', value: 100 + random.below(5_000) });
  const expiresAt = () => soon(500 + random.below(30_000));
  const terms = () => ({
    amount: amount(),
    autoCapture: random.chance(0.6),
    customerTimeoutSeconds: 5 + random.below(40),
    expiresAt: expiresAt(),
  });

  function begin(): Omit<Sent, 'id'> {
    orders += random.chance(0.9) ? 1 : 0;
    const orderId = `order-${orders}`;
    return random.chance(0.5)
      ? { name: 'payment/start', orderId, payload: terms() }
      : { name: 'payment/prepare', orderId, payload: { expiresAt: expiresAt() } };
  }

  function capture(orderId: string): Omit<Sent, 'id'> {
    const part = random.chance(0.5) ? { amount: { currency: 'DKK', value: 100 } } : {};
    return { name: 'payment/capture', orderId, payload: { expiresAt: soon(20_000), ...part } };
  }

  function choose(): Omit<Sent, 'id'> {
    const known = random.pick(sent)?.orderId ?? 'order-0';
    const roll = random.below(100);
    const last = sent.at(-1);
    const waits = last?.name === 'payment/prepare' ? last.orderId : undefined;
    if (waits !== undefined && random.chance(0.7)) {
      return { name: 'payment/ready', orderId: waits, payload: terms() };
    }
    if (roll < 50) return begin();
    if (roll < 60) return { name: 'payment/ready', orderId: known, payload: terms() };
    if (roll < 77) return { name: 'payment/cancel', orderId: known, payload: {} };
    if (roll < 85) return capture(known);
    if (roll < 88) return { name: 'payment/cancel', orderId: `ghost-${orders}`, payload: {} };
    return { name: 'payment/get', orderId: known, payload: {} };
  }

  function deliver(till: Till, { id, name, orderId, payload }: Sent): void {
    try {
      till.send(name, { ...payload, orderId, id });
    } catch {
      // The plug was pulled in the middle of it.
    }
  }

  return {
    sent,
    act(till: Till): void {
      const again = random.pick(sent);
      if (again !== undefined && random.chance(0.1)) return deliver(till, again);
      const one = { id: `c-${sent.length + 1}`, ...choose() };
      sent.push(one);
      deliver(till, one);
    },
    orderIds: (): string[] => [...new Set(sent.map(({ orderId }) => orderId))],
  };
}

/** The end: MobilePay is there again, and the register says what becomes of what still waits. */
async function settle(world: World, till: Till): Promise<void> {
  await world.run(60_000);
  for (const { orderId } of till.journal.openOrders()) till.cancel(orderId);
  // The longest way out: the last look-up of an order whose create was never answered.
  for (let waited = 0; till.journal.openOrders().length > 0; waited += 1) {
    expect(waited, 'everything comes to its end').toBeLessThan(40);
    await world.run(30_000);
  }
}

const names = ['Kasse 1', 'Kasse 2', 'Kasse 3'];

/**
 * Half a minute in which anything may happen, then peace; then the truth is counted. With
 * `reconfigured`, each boot may find another name for its PoS in the configuration.
 */
export async function playChaos(
  world: World,
  seed: number,
  { reconfigured }: { reconfigured: boolean } = { reconfigured: false },
): Promise<void> {
  const random = randomOf(seed);
  const boot = async (atOnce: boolean): Promise<Till> => {
    const name = reconfigured ? (random.pick(names) ?? '') : 'Kasse 1';
    return await world.boot({ atOnce, engine: { wantedPos: { ...wantedPos, name } } });
  };
  // The engine's jitter is part of the story.
  vi.spyOn(Math, 'random').mockImplementation(randomOf(-seed).next);
  world.allow('log-errors', 'early-poll', 'parallel-looks', 'many-requests');
  const theirs = world.mobilePay.hold({
    orderId: 'theirs',
    // It lies on the PoS for good, which could never be replaced.
    ...(reconfigured ? { posId: 'pos-of-theirs' } : {}),
    status: 'Reserved',
    foreign: true,
  });
  const heal = spoilNetwork(world, random);
  const register = createRegister(random);
  let till = await boot(true);
  for (let passed = 0; passed < 40_000; passed += STEP_MS) {
    if (till.gone()) till = await boot(true);
    if (random.chance(0.06)) register.act(till);
    if (random.chance(0.01)) till.engine.press('cancel', 'press');
    if (!reconfigured) neighbours(world, random);
    customers(world, random);
    const plug = random.below(100);
    if (plug === 0) till.crash();
    if (plug === 1) till.journal.dieAfter(1 + random.below(3), crashOf(till));
    await world.run(random.below(2 * STEP_MS));
  }
  till.crash();
  heal();
  till = await boot(false);
  await world.until(() => !['starting', 'out-of-order'].includes(till.state().phase), 120_000);
  await settle(world, till);
  expect(theirs.status, 'a foreign reservation is never touched').toBe('Reserved');
  for (const { foreign, past } of world.mobilePay.payments) {
    if (!foreign || !past.includes('Reserved')) continue;
    expect(past.at(-1), 'a foreign reservation is never touched').toBe('Reserved');
  }
  for (const orderId of register.orderIds()) await countOrder(world, till, orderId);
  promisesKept(world, register.sent);
  askedByReady(world, register.sent);
  if (reconfigured) await onePos(world, till);
}

/** In the end there is one PoS, as the last boot wants it, and still with the id that is printed. */
async function onePos(world: World, till: Till): Promise<void> {
  await world.until(() => !till.state().faults.includes('pos-outdated'), 400_000);
  const { name } = till.wantedPos;
  expect(world.mobilePay.poses).toMatchObject([{ name, beaconId: '123456789012345' }]);
}

function crashOf(till: Till): () => void {
  return () => till.crash();
}

async function countOrder(world: World, till: Till, orderId: string): Promise<void> {
  const held = world.mobilePay.held(orderId);
  const told = world.trace.flatMap((entry) =>
    entry.kind === 'event' &&
    entry.name === 'payment' &&
    'outcome' in entry.payload &&
    entry.payload.orderId === orderId
      ? [entry.payload]
      : [],
  );
  const outcomes = told.map(({ outcome }) => outcome);
  const declinedAt = outcomes.indexOf('declined');
  if (declinedAt >= 0) {
    expect(outcomes.slice(declinedAt), `${orderId}: declined stays declined`).not.toContain(
      'approved',
    );
  }
  const status = held[0]?.status;
  if (status === undefined) {
    expect(outcomes, `${orderId} does not exist`).not.toContain('approved');
    return;
  }
  expect(['Captured', 'CancelledByUser', 'CancelledByClient'], `${orderId} ended`).toContain(
    status,
  );
  const last = await till.snapshot(till.get(orderId));
  const wanted = status === 'Captured' ? 'approved' : 'declined';
  expect(last.outcome, `${orderId} is ${status}`).toBe(wanted);
  expect(outcomes.at(-1), `${orderId} was told`).toBe(wanted);
  expect(last.capturedAmount, `${orderId} was captured`).toEqual(held[0]?.capturedAmount);
}

function wasRefused(world: World, id: string): boolean {
  return world.trace.some(
    (entry) => entry.kind === 'reply' && entry.reply.id === id && !entry.reply.ok,
  );
}

/** Nobody was asked for an amount but by a ready that was not refused. */
function askedByReady(world: World, sent: Sent[]): void {
  for (const { orderId, amount, past } of world.mobilePay.payments) {
    if (!past.includes('Prepared') || amount === null) continue;
    const said = sent.filter(
      ({ name, id, orderId: other, payload }) =>
        name === 'payment/ready' &&
        other === orderId &&
        (payload['amount'] as typeof amount).value === amount.value &&
        !wasRefused(world, id),
    );
    expect(said.length, `${orderId} was asked for ${amount.value}`).toBeGreaterThan(0);
  }
}

const begins = new Set(['payment/start', 'payment/prepare']);

/** `ok:false` to the only start of an order: no money ever moved for it. */
function promisesKept(world: World, sent: Sent[]): void {
  for (const { id, orderId, name } of sent) {
    if (!begins.has(name)) continue;
    const starts = sent.filter((other) => other.orderId === orderId && begins.has(other.name));
    if (!wasRefused(world, id) || starts.length > 1) continue;
    const past = world.mobilePay.held(orderId).flatMap((payment) => payment.past);
    expect(past, `${orderId} was refused`).not.toContain('Captured');
  }
}
