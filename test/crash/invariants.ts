import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import { paymentSnapshotSchema } from '../../src/contract/payment-snapshot.ts';
import type { PaymentStatus } from '../../src/simulator/payment-states.ts';
import { isOpen } from '../../src/simulator/payment-states.ts';
import { eventNumbers, orderOfMessages } from './message-order.ts';
import { refundProblems } from './refund-invariants.ts';
import type { Scenario } from './scenario.ts';
import type { Shop } from './shop.ts';

interface Told {
  where: string;
  orderId: string;
  outcome: PaymentSnapshot['outcome'];
  revision: number;
  held: readonly PaymentStatus[];
}

/** What must hold after every run, whatever went wrong in it; each broken rule in one line. */
export function problemsOf(shop: Shop, scenario: Scenario): string[] {
  return [
    ...shop.till.malformed,
    ...atMobilePay(shop, scenario),
    ...refundProblems(shop, scenario),
    ...foreignReservation(shop),
    ...told(shop),
    ...lastWord(shop),
    ...promises(shop),
    ...verbatimCreates(shop, scenario),
    ...sameAnswers(shop),
    ...eventNumbers(shop),
    ...orderOfMessages(shop),
    ...violations(shop),
  ];
}

/** One payment at most, ended as intended, taken once at most, and nothing left open. */
function atMobilePay(shop: Shop, scenario: Scenario): string[] {
  const problems: string[] = [];
  const ours = shop.payments();
  if (ours.length > 1) problems.push(`${ours.length} payments at MobilePay for one order`);
  const end = ours[0]?.status ?? 'none';
  if (!scenario.ends.includes(end)) problems.push(`ended as ${end} at MobilePay`);
  for (const { history, capturedMinorUnits, terms } of ours) {
    const captures = history.filter(({ status }) => status === 'Captured').length;
    if (captures > 1) problems.push(`captured ${captures} times`);
    const due = scenario.taken ?? terms?.amountMinorUnits;
    if (end === 'Captured' && capturedMinorUnits !== due) {
      problems.push(`captured ${capturedMinorUnits}, not ${due}`);
    }
  }
  const refused = scenario.blocked === true && end === 'none';
  for (const payment of shop.allPayments()) {
    if (payment.paymentId === shop.foreign?.paymentId) continue;
    if (isOpen(payment.status) && !(refused && payment.orderId !== shop.orderId)) {
      problems.push(`${payment.orderId} is left ${payment.status} on the point of sale`);
    }
  }
  const pos = shop.posIds().length;
  if (pos !== 1) problems.push(`${pos} points of sale`);
  return problems;
}

function foreignReservation(shop: Shop): string[] {
  const { foreign } = shop;
  if (foreign === undefined) return ['no foreign reservation was placed'];
  const now = shop.allPayments().find(({ paymentId }) => paymentId === foreign.paymentId);
  const touched = shop.exchanges.some(
    ({ method, path }) => method !== 'GET' && path.includes(foreign.paymentId),
  );
  return now?.status === 'Reserved' && now.history.length === 1 && !touched
    ? []
    : ['the foreign reservation was touched'];
}

/** Everything the register ever heard about the order: events, replies and the retained state. */
function everythingTold(shop: Shop): Told[] {
  return shop.till.heard.flatMap(({ topic, payload, held }) =>
    snapshotsIn(payload).map((snapshot) => ({ where: topic, held, ...snapshot })),
  );
}

function snapshotsIn(payload: unknown): Omit<Told, 'where' | 'held'>[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const whole = paymentSnapshotSchema.safeParse(payload);
  if (whole.success) return [whole.data];
  const inner: unknown[] = [];
  for (const name of ['result', 'error', 'payment']) {
    if (name in payload) inner.push((payload as Record<string, unknown>)[name]);
  }
  const found = inner.flatMap(snapshotsIn);
  // The payment in the retained state is shorter than a snapshot, and says the same.
  if (found.length === 0 && 'outcome' in payload && !('refundOrderId' in payload)) {
    return [payload as Omit<Told, 'where' | 'held'>];
  }
  return found;
}

function told(shop: Shop): string[] {
  const problems: string[] = [];
  const all = everythingTold(shop).filter(({ orderId }) => orderId === shop.orderId);
  const byRevision = new Map<number, Told>();
  const end = shop.payment()?.status;
  for (const one of all) {
    const { where, outcome, held, revision } = one;
    if (outcome === 'approved') {
      if (!held.includes('Reserved') && !held.includes('Captured')) {
        problems.push(`${where}: approved while MobilePay held ${held.join(' ') || 'nothing'}`);
      }
      if (end !== 'Captured') problems.push(`${where}: approved, and then it ended as ${end}`);
    }
    if (outcome === 'declined') {
      const captured = shop.payment()?.history.some(({ status }) => status === 'Captured');
      if (captured === true) problems.push(`${where}: declined, but the money was taken`);
    }
    const known = byRevision.get(revision);
    if (known === undefined) byRevision.set(revision, one);
    else if (known.outcome !== outcome) {
      problems.push(`revision ${revision} is ${known.outcome} and ${outcome}`);
    }
  }
  const inOrder = [...byRevision.values()].sort((a, b) => a.revision - b.revision);
  inOrder.reduce((before: Told | undefined, now) => {
    const decided = before?.outcome === 'approved' || before?.outcome === 'declined';
    if (decided && before.outcome !== now.outcome) {
      problems.push(`${before.outcome} became ${now.outcome} at revision ${now.revision}`);
    }
    return now;
  }, undefined);
  return problems;
}

/** In the end register and MobilePay agree. */
function lastWord(shop: Shop): string[] {
  const known = shop.till.newest(shop.orderId);
  const status = shop.payment()?.status;
  if (known === undefined) return status === undefined ? [] : [`the register knows nothing`];
  const problems: string[] = [];
  const expected = status === 'Captured' ? 'approved' : 'declined';
  if (known.outcome !== expected) {
    problems.push(`the register believes ${known.outcome}, MobilePay says ${status ?? 'nothing'}`);
  }
  if (known.platformStatus !== (status ?? null)) {
    problems.push(`told ${known.platformStatus}, MobilePay says ${status ?? 'nothing'}`);
  }
  const last = shop.till.sent.findLast(({ name }) => name === 'payment/get')?.replies[0]?.reply;
  const got = last?.ok === true ? paymentSnapshotSchema.safeParse(last.result).data : undefined;
  if (got?.outcome !== known.outcome || got.revision !== known.revision) {
    problems.push(`payment/get answers ${JSON.stringify(last)}, not revision ${known.revision}`);
  }
  return problems;
}

/** A create that is repeated has the key and the bytes it had, in every boot (rule 1). */
function verbatimCreates(shop: Shop, scenario: Scenario): string[] {
  const boots = Array.from({ length: shop.terminal.boots }, (_, index) => index + 1);
  const creates = boots
    .flatMap((boot) => shop.terminal.pointsOf(boot))
    .flatMap(
      (point) => /^before POST \/pos\/v10\/payments(?:\/prepare)? (\S+ .*)$/.exec(point)?.[1] ?? [],
    );
  const bodies = new Set(creates.map((create) => create.replace(/^\S+/, '')));
  const most = scenario.blocked === true ? 2 : 1;
  const different = [...new Set(creates)];
  const fine = bodies.size <= 1 && different.length <= most;
  return fine ? [] : [`creates differ: ${different.join(' | ')}`];
}

/** `ok:false` to a start: no money moves because of it, so nothing may have been taken by it. */
function promises(shop: Shop): string[] {
  const starts = shop.till.sent.filter(({ name }) => /^payment\/(start|prepare)$/.test(name));
  const accepted = starts.some(({ replies }) => replies[0]?.reply.ok === true);
  const captured = shop.payment()?.status === 'Captured';
  return !accepted && captured ? ['every start was refused, but the money was taken'] : [];
}

/** Every answer to one id is the same, to the byte of its JSON. */
function sameAnswers(shop: Shop): string[] {
  return shop.till.sent.flatMap(({ id, name, replies }) => {
    if (replies.length === 0) return [`${name} ${id} was never answered`];
    const different = new Set(replies.map(({ text }) => text));
    return different.size === 1 ? [] : [`${name} ${id} has answers ${[...different].join(' | ')}`];
  });
}

/**
 * What a well-behaved client does not do. Polling early is no fault here: a terminal that was just
 * started cannot know when it last polled.
 */
function violations(shop: Shop): string[] {
  const noted = shop.street.simulator.violations
    .filter(({ kind }) => kind !== 'early-poll')
    .map(({ kind, message }) => `${kind}: ${message}`);
  const otherBytes = shop.exchanges.filter(({ errorCode }) => errorCode === '1306').length;
  return otherBytes === 0 ? noted : [...noted, `${otherBytes} creates repeated with other bytes`];
}
