import { describe, expect, it } from 'vitest';
import type { DatedEvent } from '../../src/payment/events.ts';
import { outcomeOf } from '../../src/payment/outcome.ts';
import {
  isOverdue,
  mayCreate,
  mayReady,
  overdueAt,
  overdueReason,
  owedOf,
} from '../../src/payment/owed.ts';
import { transition } from '../../src/payment/transition.ts';
import type { ReadyTerms } from '../../src/payment/verdicts.ts';
import { readyVerdict } from '../../src/payment/verdicts.ts';
import {
  adopted,
  at,
  cancelIntended,
  created,
  deadline,
  dkk,
  expiresAt,
  move,
  observed,
  orderId,
  paymentAfter,
  paymentId,
  posId,
  preparedUntil,
  preparing,
  price,
  readied,
  readyAnswered,
  readyExpiresAt,
  readyRefused,
  refusal,
  started,
} from './samples.ts';

const unpriced = { amount: null };
const prepared = [preparing(), created];
const paired = [...prepared, observed('Paired', unpriced)];
const ready = [...prepared, readied()];

describe('a payment whose amount comes later', () => {
  it('is Prepared once its create is answered, without an amount, and nothing is captured', () => {
    expect(paymentAfter(...prepared)).toMatchObject({
      state: 'Prepared',
      amount: null,
      deadline: preparedUntil,
      autoCapture: false,
      plannedCaptureDelay: null,
      ready: null,
      create: { kind: 'prepare', body: preparing().body, expiresAt, commandId: 'c-1' },
    });
  });

  it('has from the ready on what a start says at once; the customer’s time runs from there', () => {
    const terms = { autoCapture: false, plannedCaptureDelay: 'LessThan14Days' } as const;
    const payment = move(paymentAfter(...paired), readied(terms)).payment;
    expect(payment).toMatchObject({ state: 'Paired', amount: price, deadline, ...terms });
    const { body, customerTimeoutSeconds } = readied();
    expect(payment.ready).toEqual({
      body,
      expiresAt: readyExpiresAt,
      customerTimeoutSeconds,
      autoCapture: false,
      commandId: 'c-2',
    });
  });

  it.each([
    ['before a check-in', [...prepared, readied()], 'Initiated'],
    ['after it', [...paired, readied()], 'IssuedToUser'],
  ] as [string, DatedEvent[], string][])('made ready %s', (_when, events, state) => {
    const { payment } = move(paymentAfter(...events), { ...readyAnswered, at: at + 7 });
    expect(payment).toMatchObject({ state, confirmedAt: at + 7, intent: null });
    expect(owedOf(payment)).toEqual({ do: 'ask', paymentId });
  });

  it('may be made ready before its create is answered', () => {
    const payment = paymentAfter(preparing(), readied(), created);
    expect(owedOf(payment)).toMatchObject({
      do: 'ready',
      paymentId,
      ready: { body: readied().body },
    });
  });

  it('is captured by itself only if the ready said so', () => {
    const byHand = [...prepared, readied({ autoCapture: false }), readyAnswered];
    expect(paymentAfter(...ready, readyAnswered, observed('Reserved')).intent).toEqual({
      kind: 'capture',
      amount: price,
    });
    expect(paymentAfter(...byHand, observed('Reserved')).intent).toBeNull();
  });

  it('that somebody else made ready waits for the register', () => {
    const payment = paymentAfter(...prepared, observed('Reserved', { amount: dkk(900) }));
    expect(payment).toMatchObject({ amount: dkk(900), intent: null });
  });
});

describe('a ready that MobilePay refuses', () => {
  it('falls with its terms where nobody can have been asked; others may follow', () => {
    const { payment } = move(paymentAfter(...paired, readied()), readyRefused('1102', true));
    expect(payment).toMatchObject({
      state: 'Paired',
      ready: null,
      amount: null,
      deadline: preparedUntil,
      autoCapture: false,
      plannedCaptureDelay: null,
      intent: null,
      refusal: refusal('1102'),
    });
    expect(owedOf(payment)).toEqual({ do: 'ask', paymentId });
    const second = move(payment, readied({ amount: dkk(700), body: '{"amount":7}' })).payment;
    expect(second).toMatchObject({ amount: dkk(700), deadline });
  });

  it('stands where an earlier one may have arrived, and the same no again is no news', () => {
    const before = paymentAfter(...ready);
    const { payment } = move(before, readyRefused('1303', false));
    expect(payment).toEqual({ ...before, refusal: refusal('1303'), revision: before.revision + 1 });
    expect(transition(payment, readyRefused('1303', false))).toEqual({ kind: 'ignored' });
    expect(transition(payment, readyRefused('1102', false)).kind).toBe('moved');
  });

  it('stands where it is to be cancelled anyway', () => {
    const { payment } = move(paymentAfter(...ready, cancelIntended), readyRefused('1102', true));
    expect(payment).toMatchObject({ amount: price, intent: { kind: 'cancel' } });
    expect(payment.ready).not.toBeNull();
  });

  it('of an adopted order leaves it without a deadline, as it was', () => {
    const payment = paymentAfter(adopted('Prepared', unpriced), readied());
    expect(payment.deadline).toBe(deadline);
    expect(move(payment, readyRefused('1102', true)).payment.deadline).toBeNull();
  });
});

describe('rule 2: when a ready may leave', () => {
  const payment = paymentAfter(...ready);

  it('begins until its expiresAt, and not at it', () => {
    expect(mayReady(payment, readyExpiresAt - 1, false)).toBe(true);
    expect(mayReady(payment, readyExpiresAt, false)).toBe(false);
  });

  it('once begun is repeated until the deadline, and not at it', () => {
    expect(mayReady(payment, deadline - 1, true)).toBe(true);
    expect(mayReady(payment, deadline, true)).toBe(false);
  });

  it('does not leave after the intent to cancel, nor once it has been answered, or fell', () => {
    expect(mayReady(paymentAfter(...ready, cancelIntended), at, true)).toBe(false);
    expect(mayReady(paymentAfter(...ready, readyAnswered), at, true)).toBe(false);
    expect(mayReady(paymentAfter(...ready, readyRefused('1102', true)), at, true)).toBe(false);
    expect(mayReady(paymentAfter(preparing(), readied()), at, true)).toBe(false);
  });

  it('no create leaves for a ready that may not begin any more', () => {
    const early = readied({ expiresAt: at + 1_000 });
    const creating = paymentAfter(preparing(), early);
    expect(mayCreate(creating, at + 999)).toBe(true);
    expect(mayCreate(creating, at + 1_000)).toBe(false);
    expect(mayCreate(paymentAfter(preparing()), at + 1_000)).toBe(true);
  });
});

describe('rule 7: when a prepared payment is given up, and why', () => {
  const cases: [string, DatedEvent[], number, string][] = [
    ['prepared and forgotten', prepared, preparedUntil, 'expired'],
    ['paired and forgotten', paired, preparedUntil, 'expired'],
    ['never answered', [preparing()], preparedUntil, 'expired'],
    ['ready, and not answered', ready, deadline, 'customer-timeout'],
    ['ready, and the customer asked', [...ready, readyAnswered], deadline, 'customer-timeout'],
    ['ready, and never answered before', [preparing(), readied()], readyExpiresAt, 'expired'],
    ['started at once', [started(), created], deadline, 'customer-timeout'],
  ];
  it.each(cases)('%s', (_when, events, when, reason) => {
    const payment = paymentAfter(...events);
    expect(overdueAt(payment)).toBe(when);
    expect(isOverdue(payment, when - 1)).toBe(false);
    expect(isOverdue(payment, when)).toBe(true);
    expect(overdueReason(payment, when)).toBe(reason);
  });

  it('a ready that may not begin any more, before the deadline, never asked the customer', () => {
    expect(overdueReason(paymentAfter(...ready), readyExpiresAt)).toBe('expired');
  });

  it('Reserved in time for the ready is captured, though long after the preparation', () => {
    const late = preparedUntil + 10_000;
    const events = [...prepared, readied({ at: late, expiresAt: late + 60_000 }), readyAnswered];
    const reserved = paymentAfter(...events, observed('Reserved', {}, late + 100_000));
    expect(reserved.intent).toEqual({ kind: 'capture', amount: price });
  });

  it('Reserved at the ready’s deadline is too late, though the preparation was to live longer', () => {
    const step = move(paymentAfter(...ready, readyAnswered), observed('Reserved', {}, deadline));
    expect(step.faults).toEqual(['late-approval']);
    expect(outcomeOf(step.payment)).toBe('declined');
  });
});

describe('what a ready meets', () => {
  const terms: ReadyTerms = readied();
  const nothing: DatedEvent = { type: 'absenceConcluded', at };
  const cases: [string, DatedEvent[], string][] = [
    ['nothing', [], 'wrong-state'],
    ['a prepared order whose create is out', [preparing()], 'accept'],
    ['one that is prepared', prepared, 'accept'],
    ['one with a customer', paired, 'accept'],
    ['an adopted one', [adopted('Prepared', unpriced)], 'accept'],
    ['one whose terms fell', [...ready, readyRefused('1102', true)], 'accept'],
    ['the same ready before', ready, 'already'],
    ['the same ready, answered', [...ready, readyAnswered], 'already'],
    ['the same ready, cancelled since', [...ready, cancelIntended], 'already'],
    ['the same ready, captured', [...ready, observed('Captured')], 'already'],
    ['one that is to be cancelled', [...prepared, cancelIntended], 'wrong-state'],
    ['one that is cancelled', [...prepared, observed('CancelledByMobilePay')], 'wrong-state'],
    ['one that does not exist', [preparing(), nothing], 'wrong-state'],
    ['one that somebody else made ready', [...prepared, observed('Initiated')], 'wrong-state'],
    ['a start whose create is out', [started()], 'wrong-state'],
    ['a start', [started(), created], 'wrong-state'],
    ['an order that is sought', [{ type: 'sought', orderId, posId, at }], 'wrong-state'],
  ];
  it.each(cases)('%s: %s', (_what, events, verdict) => {
    expect(readyVerdict(paymentAfter(...events), terms)).toBe(verdict);
  });

  it.each([
    ['another amount', { body: '{"amount":7}' }],
    ['another capture', { autoCapture: false }],
    ['another time for the customer', { customerTimeoutSeconds: 5 }],
  ])('after a ready, %s is refused', (_what, more) => {
    expect(readyVerdict(paymentAfter(...ready), { ...terms, ...more })).toBe('wrong-state');
  });

  it('moves the order exactly where it is accepted', () => {
    for (const [, events, verdict] of cases) {
      const moves = transition(paymentAfter(...events), readied()).kind === 'moved';
      expect(moves).toBe(verdict === 'accept');
    }
  });
});
