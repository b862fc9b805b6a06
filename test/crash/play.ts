import type { PaymentSnapshot } from '../../src/contract/payment-snapshot.ts';
import { isOpen } from '../../src/simulator/payment-states.ts';
import type { RefundStatus } from '../../src/simulator/refund-states.ts';
import type { Disturbance } from './disturbance.ts';
import { textOf } from './disturbance.ts';
import { problemsOf } from './invariants.ts';
import { journalProblems } from './journal-check.ts';
import { People, type Scenario } from './scenario.ts';
import { Shop, type Street } from './shop.ts';

export interface Played {
  scenario: Scenario;
  disturbances: readonly Disturbance[];
  /** For each disturbance, whether the run got as far as that. */
  reached: boolean[];
  /** How many instants the first boot passed before the story was over. */
  points: number;
  /** How many calls the terminal made. */
  calls: number;
  /** How much of both is like another scenario: the boot at least, whatever is sold afterwards. */
  known: { points: number; calls: number };
  /** What is wrong; empty when all is well. */
  problems: string[];
  /** Everything that happened, when something is wrong. */
  story: string;
}

/** Plays a scenario with everything that is to go wrong in it, to its end, and judges it. */
export async function play(
  street: Street,
  scenario: Scenario,
  disturbances: readonly Disturbance[],
): Promise<Played> {
  const { faults } = street.simulator;
  faults.clear();
  const shop = await Shop.open(street);
  const people = new People(shop);
  /** Boots that ended as they were to. */
  const ended = new Set<number>();
  const endOf = (boot: number) =>
    disturbances.find((one) => (one.kind === 'kill' || one.kind === 'stop') && one.boot === boot);
  const start = () => {
    const end = endOf(shop.terminal.boots + 1);
    if (end === undefined || !('point' in end)) shop.terminal.start();
    else {
      const signal = end.kind === 'kill' ? 'SIGKILL' : 'SIGTERM';
      shop.terminal.start({ point: end.point, signal });
    }
  };
  const problems: string[] = [];
  let over = false;
  shop.onExit = (boot, signal, code) => {
    if (over) return;
    const end = endOf(boot);
    if (end !== undefined && (end.kind === 'kill' ? signal === 'SIGKILL' : code === 0)) {
      ended.add(boot);
      start();
    } else {
      problems.push(`the terminal ended by itself in boot ${boot}: ${signal ?? code}`);
    }
  };
  const faultIds = disturbances.map((one) =>
    'boot' in one ? null : faults.add({ kind: one.kind, nth: one.call }),
  );
  shop.onTick = () => {
    if (!over) scenario.act(people);
  };

  let points = 0;
  let calls = 0;
  let known = { points: 0, calls: 0 };
  let story = '';
  try {
    start();
    await shop.until('the end of the sale', () => problems.length > 0 || isDone(shop, scenario));
    // Whatever is disturbed later than this has not happened in the sale.
    points = shop.terminal.pointsOf(1).length;
    calls = shop.exchanges.length;
    const { toNew = /^/ } = scenario;
    const countKnown = (texts: string[]) => {
      const boot = texts.findLastIndex(isOfBoot) + 1;
      return (
        boot +
        Math.max(
          0,
          texts.slice(boot).findIndex((text) => toNew.test(text)),
        )
      );
    };
    known = {
      points: countKnown(shop.terminal.pointsOf(1)),
      calls: countKnown(shop.exchanges.map(({ method, path }) => `${method} ${path}`)),
    };
    if (problems.length === 0) await askAgain(shop);
    problems.push(...problemsOf(shop, scenario));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  over = true;
  const fired = new Map(faults.list().map(({ id, fired: times }) => [id, times > 0]));
  await shop.terminal.kill();
  problems.push(...journalProblems(shop));
  if (problems.length > 0) {
    story = `${scenario.name}, ${textOf(disturbances)}:\n${problems.map((one) => `  * ${one}\n`).join('')}${shop.story()}`;
  }
  await shop.close();
  return {
    scenario,
    disturbances,
    reached: disturbances.map((one, index) =>
      'boot' in one ? ended.has(one.boot) : fired.get(faultIds[index] ?? 0) === true,
    ),
    points,
    calls,
    known,
    problems,
    story,
  };
}

/** Of a call, or of an instant of one. */
function isOfBoot(text: string): boolean {
  return /\/(connect\/token|stores|pointofsales)\b(?!.*\/checkin)/.test(text);
}

/** Every command is answered, the order has its end, and the terminal has nothing left to do. */
export function isDone(shop: Shop, scenario?: Scenario): boolean {
  const { till, terminal } = shop;
  if (!terminal.running || till.state?.online !== true || till.sent.length === 0) return false;
  if (till.sent.some(({ replies }) => replies.length === 0)) return false;
  if (shop.payments().some(({ status }) => isOpen(status))) return false;
  const known = till.newest(shop.orderId);
  const refused = known === undefined && lastRefused(shop, /^payment\/(start|prepare)$/);
  if (!refused && !isSettled(known)) return false;
  if (scenario?.refundEnds !== undefined && !refused && !isRefundDone(shop)) return false;
  // An order whose create was lost is looked for during 600 s; nothing may exist meanwhile.
  const phases = shop.payments().length === 0 ? ['idle', 'cancelled'] : ['idle'];
  return phases.includes(till.state.phase);
}

function isRefundDone(shop: Shop): boolean {
  const known = shop.till.newestRefund(shop.refundOrderId);
  const [held] = shop.refunds();
  if (held === undefined) return lastRefused(shop, /^refund\/start$/);
  return known?.platformStatus === held.status && !holdsBack(held.status);
}

/** Something is still to be done about it. */
function holdsBack(status: RefundStatus): boolean {
  return status === 'Initiated' || status === 'Reserved';
}

function lastRefused(shop: Shop, names: RegExp): boolean {
  const last = shop.till.sent.findLast(({ name }) => names.test(name));
  return last?.replies[0]?.reply.ok === false;
}

function isSettled(known: PaymentSnapshot | undefined): boolean {
  return known?.outcome === 'declined' || known?.platformStatus === 'Captured';
}

/** Sends every command once more, and asks what became of the order. */
async function askAgain(shop: Shop): Promise<void> {
  const { till } = shop;
  const before = till.sent.map((sent) => ({ sent, count: sent.replies.length }));
  for (const { sent } of before) till.repeat(sent);
  await shop.until('the same answers again', () =>
    before.every(({ sent, count }) => sent.replies.length > count),
  );
  const get = till.send('payment/get', { orderId: shop.orderId });
  await shop.until('the answer to the last question', () => get.replies.length > 0);
  if (shop.refunds().length === 0) return;
  const got = till.send('refund/get', { refundOrderId: shop.refundOrderId });
  await shop.until('the answer about the refund', () => got.replies.length > 0);
}
