import { expect } from 'vitest';
import type { Reply } from '../../src/contract/errors.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import type { Request } from './fake-platform.ts';
import type { Surroundings } from './surroundings.ts';
import type { Till } from './till.ts';

/** A storm: more requests than any of these within a second of simulated time. */
const MOST_PER_SECOND = { all: 30, create: 9, capture: 9, cancel: 9 } as const;
const MOST_PER_MINUTE = 150;
const REPLY_WITHIN_MS = 9_000;

/** What holds after every story, whatever it was about. */
export function judge(world: Surroundings, tills: Till[]): void {
  const isMeant = (violation: string) =>
    (world.allowed.has('early-poll') && violation.includes('early')) ||
    (world.allowed.has('parallel-looks') && /^get .* during a get$/.test(violation));
  expect(world.network.violations.filter((violation) => !isMeant(violation))).toEqual([]);
  onePaymentEach(world);
  oneRefundEach(world);
  whatWasToldIsTrue(world);
  whatWasToldOfRefundsIsTrue(world);
  for (const till of tills) {
    if (!world.allowed.has('log-errors')) {
      expect(till.errors, `${till.bootId} logged errors`).toEqual([]);
    }
    const many = world.allowed.has('many-requests');
    noStorm(till.requests(), many ? Number.POSITIVE_INFINITY : MOST_PER_MINUTE);
    countsWithoutGap(till);
    eventThenStateThenReply(world, till);
    answersInTime(world, till);
  }
  sameAnswerAgain(world);
}

function noStorm(requests: Request[], mostPerMinute: number): void {
  const kinds = Object.entries(MOST_PER_SECOND);
  for (const [kind, most] of kinds) {
    const times = requests
      .filter(({ operation }) => kind === 'all' || operation === kind)
      .map(({ atMs }) => atMs);
    for (const [index, atMs] of times.entries()) {
      const after = times[index + most];
      if (after !== undefined && after - atMs < 1_000) {
        throw new Error(`a storm of ${kind}: more than ${most} requests within a second`);
      }
      const muchLater = times[index + mostPerMinute];
      if (muchLater !== undefined && muchLater - atMs < 60_000) {
        throw new Error(`more than ${mostPerMinute} requests (${kind}) within a minute`);
      }
    }
  }
}

function onePaymentEach(world: Surroundings): void {
  if (world.allowed.has('two-payments')) return;
  const own = world.mobilePay.payments.filter(({ foreign }) => !foreign);
  const orders = own.map(({ orderId }) => orderId);
  expect(orders, 'an order has one payment at MobilePay').toEqual([...new Set(orders)]);
}

function oneRefundEach(world: Surroundings): void {
  const made = world.requests('createRefund').map(({ refundOrderId }) => refundOrderId);
  for (const refundOrderId of new Set(made)) {
    if (world.allowed.has('two-refunds')) continue;
    const held = world.mobilePay.refunds.held(refundOrderId ?? '');
    expect(held.length, `${refundOrderId} at MobilePay`).toBeLessThanOrEqual(1);
  }
}

/** `approved` only of what was reserved, `declined` never of what is paid out. */
function whatWasToldOfRefundsIsTrue(world: Surroundings): void {
  for (const entry of world.trace) {
    if (entry.kind !== 'event' || entry.name !== 'refund') continue;
    const { refundOrderId, outcome, reason, intent } = entry.payload as RefundSnapshot;
    const past = world.mobilePay.refunds.held(refundOrderId).flatMap((held) => held.past);
    if (outcome === 'approved') {
      expect(past, `${refundOrderId} was told approved`).toContain('Reserved');
      expect(intent, `${refundOrderId} was told approved`).not.toBe('cancel');
    }
    if (outcome !== 'declined') continue;
    expect(reason, `${refundOrderId} was declined without a reason`).not.toBeNull();
    if (world.allowed.has('paid-out-all-the-same')) continue;
    expect(past, `${refundOrderId} was told declined`).not.toContain('Captured');
    expect(past, `${refundOrderId} was told declined`).not.toContain('ExpiredAndCaptured');
  }
}

/** `approved` only of what was reserved, `declined` never of what is captured. */
function whatWasToldIsTrue(world: Surroundings): void {
  for (const entry of world.trace) {
    if (entry.kind !== 'event' || entry.name !== 'payment') continue;
    const { orderId, outcome, reason, intent } = entry.payload as {
      orderId: string;
      outcome: string;
      reason: string | null;
      intent: string | null;
    };
    const held = world.mobilePay.held(orderId);
    const past = held.flatMap((payment) => payment.past);
    if (outcome === 'approved') {
      expect(past, `${orderId} was told approved`).toContain('Reserved');
      expect(intent, `${orderId} was told approved`).not.toBe('cancel');
    }
    if (outcome === 'declined') {
      expect(reason, `${orderId} was declined without a reason`).not.toBeNull();
      if (world.allowed.has('capture-elsewhere')) continue;
      expect(past, `${orderId} was told declined`).not.toContain('Captured');
    }
  }
}

/** Delivery may repeat; (bootId, seq) never names two events and has no gap. */
function countsWithoutGap(till: Till): void {
  const events = till.link.state() === undefined ? [] : eventsOf(till);
  const seen = new Map<number, string>();
  for (const payload of events) {
    const text = JSON.stringify(payload);
    expect(seen.get(payload.seq) ?? text, `seq ${payload.seq} names two events`).toBe(text);
    seen.set(payload.seq, text);
  }
  const numbers = [...seen.keys()];
  expect(numbers, `${till.bootId} counts without a gap, in order`).toEqual(
    numbers.map((_, index) => index + 1),
  );
}

function eventsOf(till: Till): { seq: number; bootId: string }[] {
  const all = [
    ...till.events('payment'),
    ...till.events('refund'),
    ...till.events('fault'),
    ...till.events('button'),
    ...till.events('checkin'),
  ];
  return all
    .filter(({ bootId }) => bootId === till.bootId)
    .sort((one, other) => one.seq - other.seq);
}

/** A reply is never older than an event already sent, and the state comes before it. */
function eventThenStateThenReply(world: Surroundings, till: Till): void {
  let event = 0;
  let state = 0;
  const answered = new Set<string | null>();
  for (const entry of world.trace) {
    // A repeat gets the stored answer, which is as old as it is.
    const repeated = entry.kind === 'reply' && answered.has(entry.reply.id);
    if (entry.kind === 'reply') answered.add(entry.reply.id);
    if (entry.bootId !== till.bootId || repeated) continue;
    if (entry.kind === 'event' && entry.payload.bootId === till.bootId) {
      expect(entry.payload.seq, 'events come in their order').toBeGreaterThan(event);
      event = entry.payload.seq;
    }
    if (entry.kind === 'state') {
      expect(entry.state.seq, 'the state is not ahead of its event').toBeLessThanOrEqual(
        Math.max(event, state),
      );
      state = entry.state.seq;
    }
    if (entry.kind === 'reply') {
      expect(state, 'the state was told before the reply').toBe(event);
      const seq = seqOf(entry.reply, till.bootId);
      if (seq !== undefined) expect(seq, 'a reply is as new as its event').toBe(event);
    }
  }
}

/** Of a reply of this boot; a stored one is as old as it is. */
function seqOf(reply: Reply, bootId: string): number | undefined {
  const holder = reply.ok ? reply.result : reply.error.payment;
  if (typeof holder !== 'object' || holder === null || !('seq' in holder)) return undefined;
  if (!('bootId' in holder) || holder.bootId !== bootId) return undefined;
  return typeof holder.seq === 'number' ? holder.seq : undefined;
}

function answersInTime(world: Surroundings, till: Till): void {
  if (world.allowed.has('slow-reply')) return;
  for (const entry of world.trace) {
    if (entry.kind !== 'command' || entry.bootId !== till.bootId) continue;
    const reply = world.trace.find(
      (other) =>
        other.kind === 'reply' && other.reply.id === entry.id && other.bootId === till.bootId,
    );
    if (reply === undefined) {
      if (till.endedAtMs() - entry.atMs > REPLY_WITHIN_MS) {
        throw new Error(`${entry.name} ${entry.id} was never answered`);
      }
      continue;
    }
    const took = reply.atMs - entry.atMs;
    expect(took, `${entry.name} ${entry.id} was answered late`).toBeLessThanOrEqual(
      REPLY_WITHIN_MS,
    );
  }
}

/** Each command gets the same answer once and again, over all boots. */
function sameAnswerAgain(world: Surroundings): void {
  const answers = new Map<string, string>();
  for (const entry of world.trace) {
    if (entry.kind !== 'reply' || entry.reply.id === null) continue;
    const { id } = entry.reply;
    if (
      !entry.reply.ok &&
      (entry.reply.error.field === 'id' || entry.reply.error.code === 'retained')
    )
      continue;
    const text = JSON.stringify(entry.reply);
    expect(text, `${id} is answered the same once and again`).toBe(answers.get(id) ?? text);
    answers.set(id, text);
  }
}
