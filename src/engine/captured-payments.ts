import type { Amount } from '../contract/money.ts';
import type { SeenPayment } from '../payment/events.ts';
import type { Clock, PaymentPlatform, Polled } from '../ports.ts';
import { after, isOfAnother } from './look-up.ts';

/** Which captured payment an orderId means that the journal does not know. */
export type FoundCaptured =
  /** Made on this PoS: it is adopted (rule 6). */
  | { kind: 'ours'; seen: SeenPayment; pollDelayMs: number }
  /** The only one of another till of our store that is large enough (rule 11). */
  | { kind: 'theirs'; seen: SeenPayment }
  | { kind: 'none' }
  | { kind: 'several' }
  | { kind: 'unanswered' };

type Looked<T> = T | 'not-ours' | 'unanswered';

/** Until MobilePay has said its own. */
const USUAL_POLL_DELAY_MS = 1_000;
/** More tills than this with a payment of the same orderId are not told apart. */
const MOST_LOOKED_AT = 10;

/** Finds captured payments at MobilePay by their orderId, those of this PoS first. */
export function createCapturedPayments(world: {
  platform: PaymentPlatform;
  clock: Clock;
  currency: Amount['currency'];
  posId: () => string | null;
  storeId: () => string | null;
}) {
  const { platform, clock, currency } = world;
  /** Asked again before MobilePay allows it, the answer that it gave stands; else it is waited for. */
  const asked = new Map<string, { polled: Polled<SeenPayment> | null; againAt: number }>();

  function note(paymentId: string, polled: Polled<SeenPayment> | null): void {
    const wait = polled?.pollDelayMs ?? USUAL_POLL_DELAY_MS;
    asked.set(paymentId, { polled, againAt: clock.monotonicMs() + wait });
  }

  const underWay = new Map<string, Promise<Looked<Polled<SeenPayment>>>>();

  /** One look at a time at each (rule 9). */
  function look(paymentId: string): Promise<Looked<Polled<SeenPayment>>> {
    const shared =
      underWay.get(paymentId) ?? ask(paymentId).finally(() => underWay.delete(paymentId));
    underWay.set(paymentId, shared);
    return shared;
  }

  async function ask(paymentId: string): Promise<Looked<Polled<SeenPayment>>> {
    for (const [id, { againAt }] of asked) if (clock.monotonicMs() >= againAt) asked.delete(id);
    const before = asked.get(paymentId);
    if (before?.polled) return before.polled;
    if (before !== undefined) {
      await new Promise<void>((resolve) => after(before.againAt - clock.monotonicMs(), resolve));
    }
    const got = await platform.getPayment(paymentId);
    if (isOfAnother(got)) return 'not-ours';
    note(paymentId, got.kind === 'ok' ? got.value : null);
    return got.kind === 'ok' ? got.value : 'unanswered';
  }

  /** `gone`: nobody can tell any more, perhaps because the till's PoS was replaced. */
  async function storeOf(posId: string): Promise<Looked<string> | 'gone'> {
    const got = await platform.getPos(posId);
    if (isOfAnother(got)) return 'not-ours';
    if (got.kind === 'ok') return got.value.storeId;
    return got.kind === 'refused' || (got.kind === 'unanswered' && got.status === 404)
      ? 'gone'
      : 'unanswered';
  }

  function fits({ orderId, status, amount }: SeenPayment, wanted: string): boolean {
    return orderId === wanted && status === 'Captured' && amount?.currency === currency;
  }

  /** Those of the list that are captured payments of this orderId; undefined without an answer. */
  async function lookAt(paymentIds: string[], orderId: string) {
    const found: Polled<SeenPayment>[] = [];
    for (const paymentId of paymentIds) {
      const looked = await look(paymentId);
      if (looked === 'unanswered') return undefined;
      if (looked !== 'not-ours' && fits(looked.value, orderId)) found.push(looked);
    }
    return found;
  }

  /** The one payment of our store that can be meant. */
  async function ofOurStore(found: SeenPayment[], least: number): Promise<FoundCaptured> {
    const matches: SeenPayment[] = [];
    let certain = true;
    for (const seen of found.filter(({ amount }) => (amount?.value ?? 0) >= least)) {
      const storeId = await storeOf(seen.posId);
      if (storeId === 'unanswered') return { kind: 'unanswered' };
      if (storeId === 'gone') certain = false;
      else if (storeId === world.storeId()) matches.push(seen);
    }
    const [seen] = matches;
    if (seen === undefined) return { kind: 'none' };
    return matches.length === 1 && certain ? { kind: 'theirs', seen } : { kind: 'several' };
  }

  return {
    /** `least`: what is to be refunded, in minor units. */
    async find(orderId: string, least: number): Promise<FoundCaptured> {
      const listed = await platform.findPayments({ orderId, state: 'Captured' });
      if (listed.kind !== 'ok') return { kind: 'unanswered' };
      if (listed.value.length > MOST_LOOKED_AT) return { kind: 'several' };
      const found = await lookAt(listed.value, orderId);
      if (found === undefined) return { kind: 'unanswered' };
      const ours = found.findLast(({ value }) => value.posId === world.posId());
      if (ours === undefined) {
        return await ofOurStore(
          found.map(({ value }) => value),
          least,
        );
      }
      return { kind: 'ours', seen: ours.value, pollDelayMs: ours.pollDelayMs };
    },
  };
}
export type CapturedPayments = ReturnType<typeof createCapturedPayments>;
