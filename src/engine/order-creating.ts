import type { Refusal, SeenPayment } from '../payment/events.ts';
import { isOverdue, mayCreate, owedOf } from '../payment/owed.ts';
import type { Payment } from '../payment/payment.ts';
import { isSamePayment } from '../payment/verdicts.ts';
import type { BusyVerdict } from './busy-pos.ts';
import { isOfAnother } from './look-up.ts';
import { createLookUpSchedule, LOOK_UPS_MS } from './look-up-schedule.ts';
import type { Asking } from './order-asking.ts';
import type { OrderContext } from './order-context.ts';

/** A start that meets 1301 this often in spite of a cleared PoS is refused as busy. */
const MOST_TIMES_BLOCKED = 3;
/** A create that was sent within this may still be in progress: an empty list proves nothing. */
const IN_PROGRESS_MS = 120_000;

/** Creates one order's payment, and finds it again when the answer is lost (rules 2, 3 and 5). */
export function createCreating(context: OrderContext, asking: Asking) {
  const { world, orderId, origin, wake, pace, signal } = context;
  const { platform, clock } = world;
  // What only this process knows. After a crash all of it starts at its most careful value.
  let createDue = origin === 'new';
  /** Whether any create under any key of this order may have reached MobilePay. */
  let ambiguous = origin !== 'new';
  let toldUnanswered = false;
  let lastCreateAt = Number.NEGATIVE_INFINITY;
  let timesBlocked = 0;
  const lookUps = createLookUpSchedule(() => clock.monotonicMs());

  async function create(payment: Payment): Promise<void> {
    if (payment.create === null) return;
    createDue = false;
    pace.noteAmbiguous(false);
    const { kind, idempotencyKey, body } = payment.create;
    const result = await (kind === 'prepare' ? platform.preparePayment : platform.createPayment)(
      { idempotencyKey, body },
      {
        signal,
        mayStillSend: () => {
          const now = context.current();
          return !context.stopped() && now !== undefined && mayCreate(now, clock.now());
        },
      },
    );
    lastCreateAt = clock.monotonicMs();
    pace.heed(result);
    switch (result.kind) {
      case 'ok':
        asking.mayAskAtOnce();
        return context.apply({
          type: 'createAnswered',
          paymentId: result.value.paymentId,
          correlationId: result.correlationId ?? null,
        });
      case 'refused': {
        const { refusal } = result;
        const { next } = platform.explain(refusal.code);
        const proof = !ambiguous && !result.priorAttemptAmbiguous && next !== 'ask-first';
        if (!proof) doubt();
        if (next === 'clear-pos') return await blocked(payment, refusal, proof);
        return context.apply({ type: 'createRefused', refusal, proof });
      }
      case 'unsent':
        if (!ambiguous) context.apply({ type: 'createUnsent' });
        return;
      case 'unanswered':
        pace.noteAmbiguous(true);
        doubt();
        if (!toldUnanswered) context.apply({ type: 'createUnanswered' });
        toldUnanswered = true;
        return;
    }
  }

  /** From the first doubt on the look-ups run, and no further one starts them anew (rule 3). */
  function doubt(): void {
    if (!ambiguous) lookUps.restart();
    ambiguous = true;
  }

  /** Rule 5: an active payment blocks the PoS. Only ever after our own start. */
  async function blocked(payment: Payment, refusal: Refusal, proof: boolean): Promise<void> {
    timesBlocked += 1;
    const verdict: BusyVerdict =
      timesBlocked > MOST_TIMES_BLOCKED
        ? { kind: 'busy' }
        : await world.busyPos.look(payment, signal);
    const now = context.current();
    if (now === undefined || now.state !== 'creating') return;
    switch (verdict.kind) {
      case 'ours':
        asking.notePoll(verdict.pollDelayMs, clock.monotonicMs());
        asking.observe(now, verdict.seen);
        return;
      case 'cleared':
        if (!mayCreate(now, clock.now())) break;
        // A new key only when the old one is proven unused; else the old one says what it holds.
        if (proof) context.apply({ type: 'rekeyed', idempotencyKey: world.newKey() });
        createDue = true;
        return;
      case 'busy':
        break;
    }
    context.apply({ type: 'createRefused', refusal, proof });
  }

  /** What the posId-and-orderId look-up knows: the payment, nothing, or no answer. */
  async function find(payment: Payment): Promise<SeenPayment | 'nothing' | 'unanswered'> {
    const posId = payment.posId ?? world.posId();
    if (posId === null) return 'unanswered';
    const open = await findBy(payment, posId, { posId, orderId });
    // Ours is never captured before it was seen; one that the journal lacks, or of which it lost
    // entries (no deadline is left then), may long be paid.
    if (open !== 'nothing' || payment.deadline !== null) return open;
    return await findBy(payment, posId, { orderId, state: 'Captured' });
  }

  async function findBy(
    payment: Payment,
    posId: string,
    filter: { posId?: string; orderId: string; state?: 'Captured' },
  ): Promise<SeenPayment | 'nothing' | 'unanswered'> {
    const found = await platform.findPayments(filter, { signal });
    pace.heed(found);
    if (found.kind !== 'ok') return 'unanswered';
    let answer: 'nothing' | 'unanswered' = 'nothing';
    for (const paymentId of found.value.toReversed()) {
      const beganAt = clock.monotonicMs();
      const got = await platform.getPayment(paymentId, { signal });
      pace.heed(got);
      // Another till may count its orders like this one.
      const everywhere = filter.posId === undefined;
      if (everywhere && isOfAnother(got)) continue;
      if (got.kind !== 'ok') return 'unanswered';
      const { value: seen, pollDelayMs } = got.value;
      if (everywhere && seen.posId !== posId) continue;
      if (seen.posId === posId && isSamePayment(payment, seen)) {
        asking.notePoll(pollDelayMs, beganAt);
        return seen;
      }
      asking.complain(paymentId);
      answer = 'unanswered';
    }
    return answer;
  }

  /**
   * A look-up without a payment: time out, conclude, or let the same create go out again; not for
   * a look between two look-ups that only the register wanted.
   */
  function foundNone(payment: Payment, answered: boolean, curious: boolean): void {
    if (!answered) pace.noteAmbiguous(true);
    if (isOverdue(payment, clock.now())) return context.giveUp(payment);
    const quiet = clock.monotonicMs() - lastCreateAt >= IN_PROGRESS_MS;
    const last = lookUps.count(answered && quiet);
    if (!answered) return;
    if (last || payment.state === 'sought' || longOver(payment)) {
      return context.apply({ type: 'absenceConcluded' });
    }
    createDue ||= !curious && !lookUps.isOver();
  }

  /** 600 s after the last moment at which any create of this order could have left. */
  function longOver(payment: Payment): boolean {
    if (payment.create === null || origin === 'new') return false;
    const deadline = payment.deadline ?? Number.POSITIVE_INFINITY;
    return clock.now() > Math.min(payment.create.expiresAt, deadline) + LOOK_UPS_MS;
  }

  function untilOverdueIfOpenMs(payment: Payment): number {
    return payment.intent === null ? context.untilOverdueMs(payment) : Number.POSITIVE_INFINITY;
  }

  return {
    /** Creates, or looks for what was created. */
    async findTurn(payment: Payment): Promise<void> {
      createDue &&= mayCreate(payment, clock.now());
      const rest = pace.restMs();
      if (createDue && rest <= 0) return await create(payment);
      const look = Math.max(lookUps.waitMs(), rest);
      const kicked = await wake.wait(
        Math.max(0, Math.min(createDue ? rest : look, look, untilOverdueIfOpenMs(payment))),
      );
      const now = context.current();
      if (context.stopped() || now === undefined || owedOf(now).do !== 'find') return;
      const due = kicked || lookUps.waitMs() <= 0;
      if (!(due && pace.restMs() <= 0) && !isOverdue(now, clock.now())) return;

      const curious = asking.byRegister() && lookUps.waitMs() > 0;
      const found = await find(now);
      asking.asked();
      const after = context.current();
      if (context.stopped() || after === undefined || owedOf(after).do !== 'find') return;
      if (found === 'nothing' || found === 'unanswered') {
        return foundNone(after, found === 'nothing', curious);
      }
      asking.observe(after, found);
    },
  };
}
