import { expect, vi } from 'vitest';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import { randomOf, spoilNetwork } from './chaos.ts';
import { dkk } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';

type Random = ReturnType<typeof randomOf>;

const STEP_MS = 100;
const SALES = ['sale-1', 'sale-2', 'sale-3'];
const PRICE = 2_000;
const paidOut: ReadonlySet<string> = new Set(['Captured', 'ExpiredAndCaptured']);

interface Sent {
  id: string;
  name: string;
  refundOrderId: string;
  payload: Record<string, unknown>;
}

function createRegister(random: Random) {
  const sent: Sent[] = [];
  let refunds = 0;

  function choose(): Omit<Sent, 'id'> {
    const known = random.pick(sent)?.refundOrderId ?? 'refund-0';
    const roll = random.below(100);
    if (roll < 55) {
      refunds += random.chance(0.9) ? 1 : 0;
      const payload = {
        orderId: random.pick(SALES),
        amount: dkk(100 + random.below(900)),
        autoCapture: random.chance(0.5),
        expiresAt: soon(500 + random.below(30_000)),
      };
      return { name: 'refund/start', refundOrderId: `refund-${refunds}`, payload };
    }
    if (roll < 70) return { name: 'refund/cancel', refundOrderId: known, payload: {} };
    if (roll < 75) return { name: 'refund/cancel', refundOrderId: `ghost-${roll}`, payload: {} };
    if (roll < 90) {
      const payload = { expiresAt: soon(20_000) };
      return { name: 'refund/capture', refundOrderId: known, payload };
    }
    return { name: 'refund/get', refundOrderId: known, payload: {} };
  }

  function deliver(till: Till, { id, name, refundOrderId, payload }: Sent): void {
    try {
      till.send(name, { ...payload, refundOrderId, id });
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
    refundOrderIds: (): string[] => [...new Set(sent.map(({ refundOrderId }) => refundOrderId))],
  };
}

/** The end: MobilePay is there again, and the register says what becomes of what still waits. */
async function settle(world: World, till: Till, random: Random): Promise<void> {
  await world.run(60_000);
  for (const { refundOrderId } of till.journal.openRefunds()) {
    if (random.chance(0.5)) till.cancelRefund(refundOrderId);
    else till.captureRefund(refundOrderId);
  }
  for (let waited = 0; till.journal.openRefunds().length > 0; waited += 1) {
    expect(waited, 'everything comes to its end').toBeLessThan(60);
    await world.run(30_000);
    for (const { refundOrderId } of till.journal.openRefunds()) till.cancelRefund(refundOrderId);
  }
}

/** Half a minute in which anything may happen to refunds, then peace; then the money is counted. */
export async function playRefundChaos(world: World, seed: number): Promise<void> {
  const random = randomOf(seed);
  // The engine's jitter is part of the story.
  vi.spyOn(Math, 'random').mockImplementation(randomOf(-seed).next);
  world.allow('log-errors', 'early-poll', 'parallel-looks', 'many-requests', 'slow-reply');
  for (const orderId of SALES) {
    world.mobilePay.hold({ orderId, amount: dkk(PRICE), status: 'Reserved', foreign: true });
    world.mobilePay.captureElsewhere(orderId);
  }
  const heal = spoilNetwork(world, random);
  const register = createRegister(random);
  let till = await world.boot({ atOnce: true });
  for (let passed = 0; passed < 40_000; passed += STEP_MS) {
    if (till.gone()) till = await world.boot({ atOnce: true });
    if (random.chance(0.08)) register.act(till);
    if (random.chance(0.02)) world.mobilePay.refunds.reservedAfterMs = random.below(8_000);
    const plug = random.below(150);
    if (plug === 0) till.crash();
    if (plug === 1) till.journal.dieAfter(1 + random.below(3), crashOf(till));
    await world.run(random.below(2 * STEP_MS));
  }
  till.crash();
  heal();
  till = await world.boot();
  await world.until(() => !['starting', 'out-of-order'].includes(till.state().phase), 120_000);
  await settle(world, till, random);
  for (const refundOrderId of register.refundOrderIds()) countRefund(world, till, refundOrderId);
  promisesKept(world, register.sent);
  for (const orderId of SALES) await countSale(world, till, orderId);
}

function crashOf(till: Till): () => void {
  return () => till.crash();
}

function countRefund(world: World, till: Till, refundOrderId: string): void {
  const held = world.mobilePay.refunds.held(refundOrderId);
  expect(held.length, `${refundOrderId} at MobilePay`).toBeLessThanOrEqual(1);
  const outcomes = world.trace.flatMap((entry) => {
    if (entry.kind !== 'event' || entry.name !== 'refund') return [];
    const refund = entry.payload as RefundSnapshot;
    return refund.refundOrderId === refundOrderId ? [refund.outcome] : [];
  });
  const declinedAt = outcomes.indexOf('declined');
  if (declinedAt >= 0) {
    expect(outcomes.slice(declinedAt), `${refundOrderId}: declined stays`).not.toContain(
      'approved',
    );
  }
  const status = held[0]?.status;
  const isPaid = paidOut.has(status ?? '');
  if (status !== undefined) {
    expect(outcomes.at(-1), `${refundOrderId} is ${status}`).toBe(isPaid ? 'approved' : 'declined');
  } else {
    expect(outcomes, `${refundOrderId} does not exist`).not.toContain('approved');
  }
  const journalled = till.journal.refund(refundOrderId);
  expect(journalled?.settled ?? true, `${refundOrderId} is settled`).toBe(true);
}

/** `ok:false` to the only start of a refund: nothing was ever paid out for it. */
function promisesKept(world: World, sent: Sent[]): void {
  for (const { id, refundOrderId, name } of sent) {
    if (name !== 'refund/start') continue;
    const starts = sent.filter(
      (other) => other.refundOrderId === refundOrderId && other.name === name,
    );
    const refused = world.trace.some(
      (entry) => entry.kind === 'reply' && entry.reply.id === id && !entry.reply.ok,
    );
    if (!refused || starts.length > 1) continue;
    const held = world.mobilePay.refunds.held(refundOrderId);
    expect(
      held.some(({ status }) => paidOut.has(status)),
      `${refundOrderId} was refused`,
    ).toBe(false);
  }
}

/** What the journal says was paid back is what MobilePay paid back, and no more than was taken. */
async function countSale(world: World, till: Till, orderId: string): Promise<void> {
  const { paymentId } = world.mobilePay.of(orderId);
  const paid = world.mobilePay.refunds.refunds
    .filter((refund) => refund.paymentId === paymentId && paidOut.has(refund.status))
    .reduce((sum, { amount }) => sum + amount.value, 0);
  expect(paid).toBeLessThanOrEqual(PRICE);
  const payment = await till.snapshot(till.get(orderId));
  expect(payment.refundedAmount?.value, `${orderId} was paid back`).toBe(paid);
}
