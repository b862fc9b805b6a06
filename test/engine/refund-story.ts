import { expect } from 'vitest';
import type { Reply } from '../../src/contract/errors.ts';
import type { RefundSnapshot } from '../../src/contract/refund-snapshot.ts';
import { dkk, sell } from './sold.ts';
import { soon, type Till } from './till.ts';
import type { World } from './world.ts';

export const refundStoryKinds = [
  'refund',
  'refund by hand',
  'cancelled refund',
  'refund of a sale that the journal lacks',
] as const;
export type RefundStoryKind = (typeof refundStoryKinds)[number];

const STEP_MS = 20;
const AT_MOST_MS = 900_000;

const byHand = (kind: RefundStoryKind) => kind === 'refund by hand' || kind === 'cancelled refund';

function replyTo(world: World, id: string): Reply | undefined {
  const entry = world.trace.find((one) => one.kind === 'reply' && one.reply.id === id);
  return entry?.kind === 'reply' ? entry.reply : undefined;
}

function newestOf(world: World, refundOrderId: string): RefundSnapshot | undefined {
  const told = world.trace.flatMap((entry) =>
    entry.kind === 'event' && entry.name === 'refund' ? [entry.payload as RefundSnapshot] : [],
  );
  return told.findLast((refund) => refund.refundOrderId === refundOrderId);
}

/** The register: sends each command once it is due, and again to every boot until it is answered. */
function createRegister(kind: RefundStoryKind, orderId: string) {
  const commands = new Map<string, { name: string; payload: Record<string, unknown> }>();
  const sent = new Map<string, string>();
  let tries = 0;
  const due = (id: string, name: string, more: Record<string, unknown>) => {
    if (!commands.has(id)) commands.set(id, { name, payload: { id, ...more } });
  };
  /** A start that was refused is sent again as another refund. */
  function start(world: World): void {
    const refused = tries === 0 || replyTo(world, `c-start-${tries}`)?.ok === false;
    if (refused) tries += 1;
    due(`c-start-${tries}`, 'refund/start', {
      orderId,
      refundOrderId: `R-${tries}`,
      amount: dkk(500),
      expiresAt: soon(),
      ...(byHand(kind) ? { autoCapture: false } : {}),
    });
  }
  const register = {
    commands,
    refundOrderId: (): string => `R-${tries}`,
    tries: (): number => tries,
    act(world: World, till: Till): void {
      start(world);
      const refundOrderId = register.refundOrderId();
      if (newestOf(world, refundOrderId)?.outcome === 'approved' && byHand(kind)) {
        const captured = { refundOrderId, expiresAt: soon() };
        if (kind === 'refund by hand') due('c-capture', 'refund/capture', captured);
        else due('c-cancel', 'refund/cancel', { refundOrderId });
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
      // Refused before anything began, it is wanted all the same.
      const capture = replyTo(world, 'c-capture');
      if (capture?.ok === false) {
        due('c-capture-2', 'refund/capture', { refundOrderId, expiresAt: soon() });
      }
    },
    isDone(world: World): boolean {
      const refund = newestOf(world, register.refundOrderId());
      const answered = [...commands.keys()].every((id) => replyTo(world, id) !== undefined);
      const ended = ['Captured', 'CancelledByClient'].includes(refund?.platformStatus ?? '');
      return answered && ended;
    },
  };
  return register;
}

async function sale(world: World, kind: RefundStoryKind): Promise<string> {
  if (kind === 'refund of a sale that the journal lacks') {
    world.mobilePay.hold({ orderId: 'other', status: 'Reserved', foreign: true });
    world.mobilePay.captureElsewhere('other');
    return 'other';
  }
  const till = await world.boot();
  await sell(world, till, 'A');
  await till.stop();
  return 'A';
}

/**
 * Plays a refund to its end. `arm` sets where the plug is pulled in the boot that begins it.
 * Returns whether it was.
 */
export async function playRefund(
  world: World,
  kind: RefundStoryKind,
  arm: (till: Till) => void,
): Promise<boolean> {
  const orderId = await sale(world, kind);
  let till = await world.boot({ atOnce: true });
  const first = till;
  arm(till);
  const register = createRegister(kind, orderId);
  for (let passed = 0; ; passed += STEP_MS) {
    if (passed > AT_MOST_MS) throw new Error(`${kind}: it did not come to its end`);
    if (till.gone()) till = await world.boot({ atOnce: true });
    register.act(world, till);
    await world.run(STEP_MS);
    if (!till.gone() && till.state().phase === 'idle' && register.isDone(world)) break;
  }
  const pulled = first.gone();
  first.journal.dieAfter(Number.POSITIVE_INFINITY, () => {});
  world.network.killAt(Number.POSITIVE_INFINITY, 'before', () => {});

  await judgeRefund(world, till, kind, register);
  for (const { name, payload } of register.commands.values()) till.send(name, payload);
  await world.run(50);
  return pulled;
}

/** Paid out once, or not at all; and told so. */
async function judgeRefund(
  world: World,
  till: Till,
  kind: RefundStoryKind,
  register: { refundOrderId: () => string; tries: () => number },
): Promise<void> {
  const { refunds } = world.mobilePay;
  const paidOut = refunds.refunds.filter(({ past }) => past.includes('Captured'));
  const isPaid = kind !== 'cancelled refund';
  expect(paidOut.map(({ refundOrderId }) => refundOrderId)).toEqual(
    isPaid ? [register.refundOrderId()] : [],
  );
  for (const { past } of refunds.refunds) {
    expect(past.filter((status) => status === past.at(-1))).toHaveLength(1);
  }
  const got = await till.refundSnapshot(till.getRefund(register.refundOrderId()));
  expect(got.outcome).toBe(isPaid ? 'approved' : 'declined');
  const payment = await till.snapshot(till.get(got.orderId ?? ''));
  expect(payment.refundedAmount).toEqual(dkk(isPaid ? 500 : 0));
  for (let tried = 1; tried < register.tries(); tried += 1) {
    expect(refunds.held(`R-${tried}`), 'what was refused does not exist').toEqual([]);
  }
}
