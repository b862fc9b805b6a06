import { describe, expect, it } from 'vitest';
import type { Amount } from '../../src/contract/money.ts';
import type { DatedEvent, SeenPayment } from '../../src/payment/events.ts';
import { paymentStates } from '../../src/payment/payment.ts';
import type { Verdict } from '../../src/payment/verdicts.ts';
import { cancelVerdict, captureVerdict, isSamePayment } from '../../src/payment/verdicts.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  deadline,
  dkk,
  observed,
  orderId,
  paymentAfter,
  posId,
  seen,
  started,
} from './samples.ts';

const sought: DatedEvent = { type: 'sought', orderId, posId, at };
const reserved = [byHand, created, observed('Reserved')];
const part = [...reserved, captureIntended(dkk(700))];
const partCaptured: DatedEvent[] = [...part, { type: 'captureAnswered', at }];
const euro = (value: number): Amount => ({ currency: 'EUR', value });

const journals: Record<string, DatedEvent[]> = {
  none: [],
  creating: [started()],
  'creating, unwanted': [started(), cancelIntended],
  sought: [sought],
  barred: [{ type: 'barred', orderId, at }],
  absent: [started(), { type: 'absenceConcluded', at }],
  Prepared: [started(), observed('Prepared')],
  Initiated: [started(), created],
  'Initiated, unwanted': [started(), created, cancelIntended],
  Paired: [started(), observed('Paired')],
  IssuedToUser: [started(), observed('IssuedToUser')],
  Reserved: reserved,
  'Reserved, to be captured': [started(), created, observed('Reserved')],
  'Reserved, a part to be captured': part,
  'Reserved, unwanted': [...reserved, cancelIntended],
  'Reserved, too late': [started(), created, observed('Reserved', {}, deadline)],
  Captured: [...reserved, observed('Captured')],
  'Captured in part': partCaptured,
  CancelledByUser: [started(), observed('CancelledByUser')],
  CancelledByClient: [started(), observed('CancelledByClient')],
  CancelledByMobilePay: [started(), observed('CancelledByMobilePay')],
  ExpiredAndCancelled: [...reserved, observed('ExpiredAndCancelled')],
};

const tooMuch = 'amount-not-allowed';
const no = 'wrong-state';
/** Captures of: nothing named, 12.50 (all), 7.00 (a part), 12.51 (more), 12.50 euro. */
/* biome-ignore format: a table */
const expected: Record<string, { cancel: Verdict; capture: [Verdict, Verdict, Verdict, Verdict, Verdict] }> = {
  none:                              { cancel: 'already', capture: [no, no, no, no, no] },
  creating:                          { cancel: 'accept',  capture: [no, no, no, no, no] },
  'creating, unwanted':              { cancel: 'already', capture: [no, no, no, no, no] },
  sought:                            { cancel: 'already', capture: [no, no, no, no, no] },
  barred:                            { cancel: 'already', capture: [no, no, no, no, no] },
  absent:                            { cancel: 'already', capture: [no, no, no, no, no] },
  Prepared:                          { cancel: 'accept',  capture: [no, no, no, no, no] },
  Initiated:                         { cancel: 'accept',  capture: [no, no, no, no, no] },
  'Initiated, unwanted':             { cancel: 'already', capture: [no, no, no, no, no] },
  Paired:                            { cancel: 'accept',  capture: [no, no, no, no, no] },
  IssuedToUser:                      { cancel: 'accept',  capture: [no, no, no, no, no] },
  Reserved:                          { cancel: 'accept',  capture: ['accept', 'accept', 'accept', tooMuch, tooMuch] },
  'Reserved, to be captured':        { cancel: no,        capture: ['already', 'already', no, no, no] },
  'Reserved, a part to be captured': { cancel: no,        capture: [no, no, 'already', no, no] },
  'Reserved, unwanted':              { cancel: 'already', capture: [no, no, no, no, no] },
  'Reserved, too late':              { cancel: 'already', capture: [no, no, no, no, no] },
  Captured:                          { cancel: no,        capture: ['already', 'already', no, no, no] },
  'Captured in part':                { cancel: no,        capture: [no, no, 'already', no, no] },
  CancelledByUser:                   { cancel: 'already', capture: [no, no, no, no, no] },
  CancelledByClient:                 { cancel: 'already', capture: [no, no, no, no, no] },
  CancelledByMobilePay:              { cancel: 'already', capture: [no, no, no, no, no] },
  ExpiredAndCancelled:               { cancel: 'already', capture: [no, no, no, no, no] },
};
const wishes = [undefined, dkk(1250), dkk(700), dkk(1251), euro(1250)];
const rows = Object.entries(expected).map(([name, verdicts]) => ({ name, ...verdicts }));

describe('what a command meets (rules 6 and 8)', () => {
  it.each(rows)('$name: a cancel is $cancel', ({ name, cancel }) => {
    expect(cancelVerdict(paymentAfter(...(journals[name] ?? [])))).toBe(cancel);
  });

  it.each(rows)('$name: captures of all, 12.50, 7.00, 12.51, €12.50: $capture', (row) => {
    const payment = paymentAfter(...(journals[row.name] ?? []));
    expect(wishes.map((wish) => captureVerdict(payment, wish))).toEqual(row.capture);
  });

  it('is expected for every sample, and every state has one', () => {
    expect(Object.keys(expected)).toEqual(Object.keys(journals));
    const states = Object.values(journals).map((events) => paymentAfter(...events).state);
    expect(new Set(states)).toEqual(new Set(paymentStates));
  });
});

describe('a partial capture', () => {
  const reservedWith = (partialCapturePossible: boolean | null) =>
    paymentAfter(byHand, created, observed('Reserved', { partialCapturePossible }));

  it.each([
    [true, 'accept'],
    [null, 'accept'],
    [false, 'partial-capture-impossible'],
  ] as const)('when MobilePay says %s about it: %s', (possible, verdict) => {
    expect(captureVerdict(reservedWith(possible), dkk(700))).toBe(verdict);
  });

  it('that is impossible leaves the whole amount capturable', () => {
    expect(captureVerdict(reservedWith(false), dkk(1250))).toBe('accept');
    expect(captureVerdict(reservedWith(false), undefined)).toBe('accept');
  });

  it('of more than is held is refused for its amount, whatever the card allows', () => {
    expect(captureVerdict(reservedWith(false), dkk(1251))).toBe('amount-not-allowed');
  });
});

describe('rule 6: what is held', () => {
  it('is not captured while nobody knows how much it is', () => {
    const payment = paymentAfter(adopted('Reserved', { amount: null }));
    expect(captureVerdict(payment, undefined)).toBe('wrong-state');
    expect(captureVerdict(payment, dkk(1))).toBe('wrong-state');
  });
});

describe('a payment captured in part', () => {
  it('is the same where MobilePay names what was captured, and only then', () => {
    const bound = paymentAfter(...part);
    const shown = (status: SeenPayment['status'], value: number) =>
      isSamePayment(bound, seen(status, { amount: dkk(value) }));
    expect(shown('Captured', 700)).toBe(true);
    expect(shown('Captured', 1250)).toBe(true);
    expect(shown('Captured', 701)).toBe(false);
    expect(shown('Reserved', 700)).toBe(false);
    const unbound = paymentAfter(...reserved);
    expect(isSamePayment(unbound, seen('Captured', { amount: dkk(700) }))).toBe(false);
  });
});

describe('rules 5 and 6: a payment found at MobilePay is the one the journal means', () => {
  const cases: [string, DatedEvent[], Partial<SeenPayment>, boolean][] = [
    ['it agrees in everything', [started()], {}, true],
    ['its orderId differs', [started()], { orderId: 'order-2' }, false],
    ['its posId differs', [started()], { posId: 'pos-2' }, false],
    ['its amount differs', [started()], { amount: dkk(1251) }, false],
    ['its currency differs', [started()], { amount: euro(1250) }, false],
    ['its amount is not told', [started()], { amount: null }, true],
    ['its paymentId is new to the journal', [started()], { paymentId: 'payment-2' }, true],
    ['its paymentId differs', [started(), created], { paymentId: 'payment-2' }, false],
    ['the journal sought it, without an amount', [sought], { amount: dkk(5) }, true],
    ['the journal sought it, on another PoS', [sought], { posId: 'pos-2' }, false],
    ['the journal does not know its PoS', [{ ...sought, posId: null }], { posId: 'pos-2' }, true],
  ];
  it.each(cases)('if %s', (_name, events, more, same) => {
    expect(isSamePayment(paymentAfter(...events), seen('Reserved', more))).toBe(same);
  });
});
