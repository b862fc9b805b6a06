import { describe, expect, it } from 'vitest';
import type { DeclineReason, PlatformStatus } from '../../src/contract/payment-snapshot.ts';
import type { DatedEvent } from '../../src/payment/events.ts';
import { reasonOf } from '../../src/payment/outcome.ts';
import { unknownOrder } from '../../src/payment/payment.ts';
import { foldPayment, settles, transition } from '../../src/payment/transition.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  deadline,
  dkk,
  move,
  noPersonalData,
  observed,
  orderId,
  paymentAfter,
  paymentId,
  posId,
  price,
  refusal,
  started,
  startedAt,
} from './samples.ts';

const RESERVATION_MS = 7 * 24 * 3_600_000;

describe('rule 1: a started order holds what every create of it must repeat', () => {
  it('holds key, body and limits, and a new key leaves the rest as it was', () => {
    const payment = paymentAfter(started());
    expect(payment).toMatchObject({ orderId, posId, amount: price, deadline, autoCapture: true });
    const { idempotencyKey, body, expiresAt } = started();
    expect(payment.create).toEqual({
      kind: 'start',
      idempotencyKey,
      body,
      expiresAt,
      startedAt,
      commandId: 'c-1',
      deadline,
    });
    const rekeyed = move(payment, { type: 'rekeyed', idempotencyKey: 'key-2', at });
    expect(rekeyed.payment.create).toEqual({ ...payment.create, idempotencyKey: 'key-2' });
  });
});

describe('rule 3: what proves that nothing exists', () => {
  const creating = paymentAfter(started(), { type: 'createUnanswered', at });
  const refused = (code: string, proof: boolean): DatedEvent => ({
    type: 'createRefused',
    refusal: refusal(code),
    proof,
    at,
  });

  it('a refusal after an ambiguous attempt is none: the order is still looked for', () => {
    const { payment } = move(creating, refused('1102', false));
    expect(payment).toMatchObject({ state: 'creating', reason: null, refusal: { code: '1102' } });
  });

  it('whatever is claimed, nothing after an ambiguous attempt of the same key is proof', () => {
    const claimed = move(creating, refused('1102', true)).payment;
    expect(claimed.state).toBe('creating');
    const afterDoubt = move(paymentAfter(started()), refused('1102', false)).payment;
    expect(move(afterDoubt, refused('1113', true)).payment.state).toBe('creating');
    expect(transition(creating, { type: 'createUnsent', at }).kind).toBe('ignored');
    expect(transition(creating, { type: 'createUnanswered', at }).kind).toBe('ignored');
  });

  it('a new key begins without doubt', () => {
    const rekeyed = move(creating, { type: 'rekeyed', idempotencyKey: 'key-2', at }).payment;
    expect(move(rekeyed, refused('1102', true)).payment.state).toBe('absent');
  });

  it('an unambiguous refusal is proof, and says why', () => {
    const { payment } = move(paymentAfter(started()), refused('1301', true));
    expect(payment).toMatchObject({ state: 'absent', reason: 'not-created' });
    expect(payment.refusal).toEqual(refusal('1301'));
    expect(payment.confirmedUnsent).toBe(false);
  });

  it('a create of which no byte left is marked as such, and nothing else is', () => {
    const { payment } = move(paymentAfter(started()), { type: 'createUnsent', at });
    expect(payment).toMatchObject({ state: 'absent', confirmedUnsent: true, refusal: null });
    expect(move(creating, { type: 'absenceConcluded', at }).payment.confirmedUnsent).toBe(false);
  });
});

describe('rule 5: one foreign payment is cancelled per start at most', () => {
  const foreign: DatedEvent = { type: 'foreignCancelIntended', paymentId: 'foreign', at };

  it('the first is counted and told, the second is illegal, under a new key too', () => {
    const first = move(paymentAfter(started()), foreign);
    expect(first.faults).toEqual(['foreign-payment-cancelled']);
    const rekeyed = move(first.payment, { type: 'rekeyed', idempotencyKey: 'key-2', at });
    expect(transition(rekeyed.payment, foreign)).toEqual({ kind: 'illegal' });
  });
});

describe('rule 6: an order that the journal lacked', () => {
  it('has no deadline and no intent, however late it is found, and waits for the register', () => {
    const payment = paymentAfter(adopted('Reserved', {}, deadline + 1_000_000));
    expect(payment).toMatchObject({
      orderId,
      posId,
      paymentId,
      amount: price,
      deadline: null,
      intent: null,
      autoCapture: false,
      state: 'Reserved',
    });
  });

  it('takes its name from what was found', () => {
    const step = move(unknownOrder(''), adopted('Reserved', { orderId: 'order-2' }));
    expect(step.payment.orderId).toBe('order-2');
  });
});

describe('rule 7: the wish to capture binds only before the deadline', () => {
  const pending = paymentAfter(started(), created);

  it('Reserved one millisecond before it: captured in full', () => {
    const step = move(pending, observed('Reserved', {}, deadline - 1));
    expect(step.payment.intent).toEqual({ kind: 'capture', amount: price });
    expect(step.faults).toEqual([]);
  });

  it.each([0, 1, 3_600_000])('Reserved %i ms after it: cancelled as late-approval', (late) => {
    const step = move(pending, observed('Reserved', {}, deadline + late));
    expect(step.payment.intent).toEqual({ kind: 'cancel', reason: 'late-approval' });
    expect(reasonOf(step.payment)).toBe('late-approval');
    expect(step.faults).toEqual(['late-approval']);
  });

  it('a late one that the register would have captured by hand is cancelled too', () => {
    const step = move(paymentAfter(byHand, created), observed('Reserved', {}, deadline));
    expect(step.payment.intent).toEqual({ kind: 'cancel', reason: 'late-approval' });
  });

  it('a late one first seen at all, after a lost create, is cancelled too', () => {
    const step = move(paymentAfter(started()), observed('Reserved', {}, deadline));
    expect(step.payment.intent).toEqual({ kind: 'cancel', reason: 'late-approval' });
    expect(step.faults).toEqual(['late-approval']);
  });

  it('one that was to be cancelled anyway keeps its reason, and is no fault', () => {
    const unwanted = paymentAfter(started(), created, cancelIntended);
    const step = move(unwanted, observed('Reserved', {}, deadline));
    expect(step.payment.intent).toEqual({ kind: 'cancel', reason: 'by-register' });
    expect(step.faults).toEqual([]);
  });

  it('Reserved in time and seen again after it: the wish stands', () => {
    const held = move(pending, observed('Reserved', {}, deadline - 1)).payment;
    const again = observed('Reserved', { partialCapturePossible: true }, deadline + 1);
    expect(move(held, again).payment.intent).toEqual({ kind: 'capture', amount: price });
  });

  it('without automatic capture a reservation in time waits, also past the deadline', () => {
    const held = move(paymentAfter(byHand, created), observed('Reserved', {}, deadline - 1));
    expect(held.payment.intent).toBeNull();
    const again = observed('Reserved', { partialCapturePossible: true }, deadline + 1);
    expect(move(held.payment, again).payment.intent).toBeNull();
  });
});

describe('rule 8: the first intent wins', () => {
  const reserved = paymentAfter(byHand, created, observed('Reserved'));
  const toCapture = move(reserved, captureIntended(dkk(700))).payment;
  const toCancel = move(reserved, cancelIntended).payment;

  it.each([
    ['a cancel after a capture', toCapture, cancelIntended],
    ['another amount after a capture', toCapture, captureIntended(dkk(800))],
    ['a capture after a cancel', toCancel, captureIntended()],
    ['another reason after a cancel', toCancel, { ...cancelIntended, reason: 'by-terminal' }],
  ] as [string, typeof reserved, DatedEvent][])('%s changes nothing', (_name, payment, event) => {
    expect(transition(payment, event)).toEqual({ kind: 'ignored' });
  });

  const captureRefused = (final: boolean): DatedEvent => ({
    type: 'captureRefused',
    refusal: refusal('1305'),
    final,
    at,
  });

  it('a capture refused for good loses its intent; the money stays held', () => {
    const { payment } = move(toCapture, captureRefused(true));
    expect(payment).toMatchObject({ state: 'Reserved', intent: null, refusal: refusal('1305') });
    expect(transition(payment, captureIntended()).kind).toBe('moved');
  });

  it('a capture refused for now keeps it', () => {
    expect(move(toCapture, captureRefused(false)).payment.intent).toEqual(toCapture.intent);
  });

  it('no refusal of a capture clears the wish to cancel', () => {
    expect(move(toCancel, captureRefused(true)).payment.intent).toEqual(toCancel.intent);
  });

  it('a refused cancel keeps the intent, and the same refusal again is no news', () => {
    const cancelRefused: DatedEvent = { type: 'cancelRefused', refusal: refusal('1300'), at };
    const { payment } = move(toCancel, cancelRefused);
    expect(payment).toMatchObject({ intent: toCancel.intent, refusal: { code: '1300' } });
    expect(transition(payment, cancelRefused)).toEqual({ kind: 'ignored' });
  });

  it('the same refusal of a second capture still clears it', () => {
    const refusedOnce = move(toCapture, captureRefused(true)).payment;
    const wantedAgain = move(refusedOnce, captureIntended(dkk(900))).payment;
    expect(move(wantedAgain, captureRefused(true)).payment.intent).toBeNull();
  });

  it('a cancel that met a capture ends captured: the truth wins', () => {
    const { payment } = move(toCancel, observed('Captured'));
    expect(payment).toMatchObject({ state: 'Captured', intent: null, capturedAmount: price });
  });
});

describe('how an order ends', () => {
  const pending = [started(), created];
  const unwanted = [...pending, { ...cancelIntended, reason: 'customer-timeout' } as DatedEvent];
  const wanted = [...pending, observed('Reserved')];
  /* biome-ignore format: a table */
  const cases: [string, DatedEvent[], PlatformStatus, DeclineReason, boolean][] = [
    ['undecided', pending,  'CancelledByUser',      'customer-refused', false],
    ['undecided', pending,  'CancelledByClient',    'by-platform',      false],
    ['undecided', pending,  'CancelledByMobilePay', 'by-platform',      false],
    ['undecided', pending,  'ExpiredAndCancelled',  'expired',          false],
    ['unwanted',  unwanted, 'CancelledByUser',      'customer-timeout', false],
    ['unwanted',  unwanted, 'CancelledByClient',    'customer-timeout', false],
    ['unwanted',  unwanted, 'CancelledByMobilePay', 'customer-timeout', false],
    ['unwanted',  unwanted, 'ExpiredAndCancelled',  'customer-timeout', false],
    ['wanted',    wanted,   'CancelledByUser',      'customer-refused', true],
    ['wanted',    wanted,   'CancelledByClient',    'by-platform',      true],
    ['wanted',    wanted,   'CancelledByMobilePay', 'by-platform',      true],
    ['wanted',    wanted,   'ExpiredAndCancelled',  'expired',          true],
  ];
  it.each(cases)('%s, then %s %s: %s, money lost: %s', (_when, events, status, reason, lost) => {
    const step = move(paymentAfter(...events), observed(status));
    expect(step.payment).toMatchObject({ state: status, intent: null, reason });
    expect(step.faults).toEqual(lost ? ['money-lost'] : []);
    expect(settles(step)).toBe(true);
  });

  it('captured by us: the amount that was wanted', () => {
    const part = [byHand, created, observed('Reserved'), captureIntended(dkk(700))];
    const answered = paymentAfter(...part, { type: 'captureAnswered', at: at + 1 });
    expect(answered).toMatchObject({ capturedAmount: dkk(700), amount: price, reason: null });
    expect(answered.confirmedAt).toBe(at + 1);
    expect(paymentAfter(...part, observed('Captured')).capturedAmount).toEqual(dkk(700));
  });

  it('captured elsewhere: the amount that MobilePay names, else the one ordered', () => {
    const elsewhere = [byHand, created, observed('Captured', { amount: dkk(900) })];
    expect(paymentAfter(...elsewhere).capturedAmount).toEqual(dkk(900));
    const untold = [byHand, created, observed('Captured', { amount: null })];
    expect(paymentAfter(...untold).capturedAmount).toEqual(price);
  });

  it('a step that does not settle says so', () => {
    expect(settles(move(paymentAfter(started()), created))).toBe(false);
    expect(settles(transition(paymentAfter(started()), started()))).toBe(false);
  });
});

describe('an order that was given up and turns up', () => {
  const absent = [started(), { type: 'absenceConcluded', at } as DatedEvent];

  it('is cancelled for the reason that was told', () => {
    expect(paymentAfter(...absent, created).intent).toEqual({
      kind: 'cancel',
      reason: 'not-created',
    });
    const timedOut: DatedEvent = { type: 'cancelIntended', reason: 'customer-timeout', at };
    const unwanted = [started(), timedOut, { type: 'absenceConcluded', at } as DatedEvent];
    expect(paymentAfter(...unwanted, observed('Reserved')).intent).toEqual({
      kind: 'cancel',
      reason: 'customer-timeout',
    });
  });

  it('and is cancelled as barred if it was barred', () => {
    const barred: DatedEvent = { type: 'barred', orderId, at };
    const intent = { kind: 'cancel', reason: 'by-register' };
    expect(paymentAfter(barred, adopted('Reserved')).intent).toEqual(intent);
  });
});

describe('what MobilePay tells besides the state', () => {
  const reservedAt = deadline - 1;

  it('a reservation lives as long as MobilePay says, else seven days', () => {
    const told = paymentAfter(
      started(),
      created,
      observed('Reserved', { expiresAt: 5 }, reservedAt),
    );
    expect(told).toMatchObject({ reservedAt, confirmedAt: reservedAt, reservationExpiresAt: 5 });
    const untold = paymentAfter(started(), created, observed('Reserved', {}, reservedAt));
    expect(untold.reservationExpiresAt).toBe(reservedAt + RESERVATION_MS);
  });

  it('later answers fill in what was missing, and take nothing away', () => {
    const loyal = { ...noPersonalData, loyaltyIds: ['loyal-1'], customerToken: 'token-1' };
    const receipt = { ...noPersonalData, customerReceiptToken: 'receipt-1' };
    const payment = paymentAfter(
      byHand,
      observed('IssuedToUser', { personal: loyal }),
      observed('Reserved', { personal: receipt, partialCapturePossible: false }),
    );
    expect(payment.personal).toEqual({ ...loyal, customerReceiptToken: 'receipt-1' });
    expect(payment.partialCapturePossible).toBe(false);
    expect(transition(payment, observed('Reserved')).kind).toBe('ignored');
  });

  it('the same status with something new is a move, without it none', () => {
    const issued = paymentAfter(started(), created, observed('IssuedToUser'));
    expect(transition(issued, observed('IssuedToUser')).kind).toBe('ignored');
    const personal = { ...noPersonalData, customerToken: 'token-1' };
    const step = move(issued, observed('IssuedToUser', { personal }, at + 5));
    expect(step.payment).toMatchObject({ state: 'IssuedToUser', confirmedAt: at + 5, personal });
  });

  it('an amount that an adopted order lacked is learnt from the next look, and can be captured', () => {
    const unpriced = paymentAfter(adopted('Reserved', { amount: null }));
    expect(transition(unpriced, captureIntended())).toEqual({ kind: 'illegal' });
    const { payment } = move(unpriced, observed('Reserved'));
    expect(payment.amount).toEqual(price);
    expect(transition(payment, captureIntended()).kind).toBe('moved');
  });

  it('what was ordered stands, whatever amount an answer names', () => {
    const payment = paymentAfter(started(), created, observed('Reserved', { amount: dkk(1) }));
    expect(payment.amount).toEqual(price);
  });
});

describe('folding a journal', () => {
  it('of no events makes no order', () => {
    expect(foldPayment([])).toBeUndefined();
  });

  it.each([
    ['started', started()],
    ['adopted', adopted('Reserved')],
    ['sought', { type: 'sought', orderId, posId, at }],
    ['barred', { type: 'barred', orderId, at }],
  ] as [string, DatedEvent][])('%s names the order', (_name, event) => {
    expect(foldPayment([event])?.orderId).toBe(orderId);
  });
});
