import type { Polled } from '../ports.ts';
import type { SeenRefund } from '../refund/events.ts';
import { mayCreate, owedOf } from '../refund/owed.ts';
import type { Refund } from '../refund/refund.ts';
import { isSameRefund } from '../refund/verdicts.ts';
import { createLookUpSchedule, LOOK_UPS_MS } from './look-up-schedule.ts';
import type { Polling } from './polling.ts';
import type { RefundContext } from './refund-context.ts';

/** A create that was sent within this may still be in progress: an empty list proves nothing. */
const IN_PROGRESS_MS = 120_000;

/** Creates one refund, and finds it again when the answer is lost (rules 2, 3 and 11). */
export function createRefundCreating(context: RefundContext, polling: Polling<SeenRefund>) {
  const { world, origin, wake, pace, signal, clock } = context;
  const { platform } = world;
  // What only this process knows. After a crash all of it starts at its most careful value.
  let createDue = origin === 'new';
  /** Whether any create of this refund may have reached MobilePay. */
  let ambiguous = origin !== 'new';
  let toldUnanswered = false;
  let lastCreateAt = Number.NEGATIVE_INFINITY;
  const lookUps = createLookUpSchedule(() => clock.monotonicMs());

  /** The refund, while it is still to be found. */
  function sought(): Refund | undefined {
    const refund = context.current();
    if (context.stopped() || refund === undefined) return undefined;
    return owedOf(refund).do === 'find' ? refund : undefined;
  }

  async function create(refund: Refund): Promise<void> {
    if (refund.create === null) return;
    createDue = false;
    pace.noteAmbiguous(false);
    const { idempotencyKey, body } = refund.create;
    const result = await platform.createRefund(
      { idempotencyKey, body },
      {
        signal,
        mayStillSend() {
          const now = sought();
          return now !== undefined && mayCreate(now, clock.now());
        },
      },
    );
    lastCreateAt = clock.monotonicMs();
    pace.heed(result);
    switch (result.kind) {
      case 'ok': {
        polling.mayAskAtOnce();
        const { refundId } = result.value;
        const correlationId = result.correlationId ?? null;
        return context.apply({ type: 'createAnswered', refundId, correlationId });
      }
      case 'refused': {
        const { refusal } = result;
        const proves = platform.explain(refusal.code).next !== 'ask-first';
        const proof = proves && !ambiguous && !result.priorAttemptAmbiguous;
        if (!proof) doubt();
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

  /**
   * A look-up without the refund: conclude, or let the same create go out again; not for a look
   * between two look-ups that only the register wanted.
   */
  function foundNone(refund: Refund, answered: boolean, curious: boolean): void {
    if (!answered) pace.noteAmbiguous(true);
    const quiet = clock.monotonicMs() - lastCreateAt >= IN_PROGRESS_MS;
    const last = lookUps.count(answered && quiet);
    if (!answered) return;
    if (last || longOver(refund)) return context.apply({ type: 'absenceConcluded' });
    createDue ||= !curious && !lookUps.isOver();
  }

  /** What the payment's refunds at MobilePay say: this one, nothing, or no answer. */
  async function find(paymentId: string): Promise<Polled<SeenRefund> | 'nothing' | 'unanswered'> {
    const sightings = await world.sightings.of(paymentId);
    pace.heed(sightings);
    const refund = sought();
    if (sightings.kind !== 'ok' || refund === undefined) return 'unanswered';
    const own = sightings.value.findLast(({ value }) => isSameRefund(refund, value));
    if (own === undefined) sightings.value.forEach(noteOther);
    return own ?? 'nothing';
  }

  /** One that was given up turns out to exist: it was told as declined, so it goes. */
  function noteOther({ value: seen, pollDelayMs }: Polled<SeenRefund>): void {
    const given = world.ledger.refunds.get(seen.refundOrderId);
    if (given?.state !== 'absent' || !isSameRefund(given, seen)) return;
    world.ledger.refunds.apply({ id: seen.refundOrderId, events: [{ type: 'observed', seen }] });
    world.attend(seen.refundOrderId, { pollDelayMs });
  }

  /** 600 s after the last moment at which any create of this refund could have left. */
  function longOver({ create: begun }: Refund): boolean {
    return begun !== null && origin !== 'new' && clock.now() > begun.repeatUntil + LOOK_UPS_MS;
  }

  return {
    /** Creates, or looks for what was created. */
    async findTurn(refund: Refund, paymentId: string): Promise<void> {
      createDue &&= mayCreate(refund, clock.now());
      const rest = pace.restMs();
      if (createDue && rest <= 0) return await create(refund);
      const look = Math.max(lookUps.waitMs(), rest);
      const kicked = await wake.wait(Math.max(0, createDue ? Math.min(rest, look) : look));
      const now = sought();
      const due = kicked || lookUps.waitMs() <= 0;
      if (now === undefined || !due || pace.restMs() > 0) return;

      const curious = polling.byRegister() && lookUps.waitMs() > 0;
      const found = await find(paymentId);
      polling.asked();
      const after = sought();
      if (after === undefined) return;
      if (typeof found === 'string') return foundNone(after, found === 'nothing', curious);
      polling.notePoll(found.pollDelayMs, clock.monotonicMs());
      context.observe(after, found.value);
    },
  };
}
