import { describe, expect, it } from 'vitest';
import type { DatedEvent } from '../../src/payment/events.ts';
import type { Owed } from '../../src/payment/owed.ts';
import { isOverdue, mayCreate, owedOf } from '../../src/payment/owed.ts';
import { paymentStates } from '../../src/payment/payment.ts';
import {
  adopted,
  at,
  byHand,
  cancelIntended,
  captureIntended,
  created,
  deadline,
  dkk,
  expiresAt,
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

const sought: DatedEvent = { type: 'sought', orderId, posId, at };
const reserved = [byHand, created, observed('Reserved')];
const nothing: Owed = { do: 'nothing' };
const find: Owed = { do: 'find' };
const ask: Owed = { do: 'ask', paymentId };
const cancel: Owed = { do: 'cancel', paymentId };

interface Case {
  when: string;
  events: DatedEvent[];
  owed: Owed;
  /** Whether a create may leave well before every limit. */
  create?: true;
  /** Whether it is overdue once the customer's time is over. */
  overdue?: true;
}

/* biome-ignore format: a table */
const cases: Case[] = [
  { when: 'nothing is journalled', events: [], owed: nothing },
  { when: 'it is started', events: [started()], owed: find, create: true, overdue: true },
  { when: 'the create is unanswered', events: [started(), { type: 'createUnanswered', at }], owed: find, create: true, overdue: true },
  { when: 'the create was refused without proof', events: [started(), { type: 'createRefused', refusal: refusal('1301'), proof: false, at }], owed: find, create: true, overdue: true },
  { when: 'it has a new key', events: [started(), { type: 'rekeyed', idempotencyKey: 'key-2', at }], owed: find, create: true, overdue: true },
  { when: 'it is started and cancelled', events: [started(), cancelIntended], owed: find },
  { when: 'it is sought', events: [sought], owed: find },
  { when: 'it is barred', events: [{ type: 'barred', orderId, at }], owed: nothing },
  { when: 'it does not exist', events: [started(), { type: 'absenceConcluded', at }], owed: nothing },
  { when: 'it is prepared', events: [started(), observed('Prepared')], owed: ask, overdue: true },
  { when: 'it is initiated', events: [started(), created], owed: ask, overdue: true },
  { when: 'it is paired', events: [started(), observed('Paired')], owed: ask, overdue: true },
  { when: 'the customer has it', events: [started(), observed('IssuedToUser')], owed: ask, overdue: true },
  { when: 'the prepared one is unwanted', events: [started(), observed('Prepared'), cancelIntended], owed: cancel },
  { when: 'the initiated one is unwanted', events: [started(), created, cancelIntended], owed: cancel },
  { when: 'the paired one is unwanted', events: [started(), observed('Paired'), cancelIntended], owed: cancel },
  { when: 'the issued one is unwanted', events: [started(), observed('IssuedToUser'), cancelIntended], owed: cancel },
  { when: 'its cancel was refused', events: [started(), created, cancelIntended, { type: 'cancelRefused', refusal: refusal('1300'), at }], owed: cancel },
  { when: 'it is reserved for the register', events: reserved, owed: { do: 'watch', paymentId } },
  { when: 'it is reserved and captured by itself', events: [started(), created, observed('Reserved')], owed: { do: 'capture', paymentId, amount: price } },
  { when: 'a part is to be captured', events: [...reserved, captureIntended(dkk(700))], owed: { do: 'capture', paymentId, amount: dkk(700) } },
  { when: 'the capture was refused for its amount', events: [...reserved, captureIntended(dkk(700)), { type: 'captureRefused', refusal: refusal('1308'), final: true, at }], owed: { do: 'watch', paymentId } },
  { when: 'the capture was refused otherwise', events: [...reserved, captureIntended(dkk(700)), { type: 'captureRefused', refusal: refusal('1304'), final: false, at }], owed: { do: 'capture', paymentId, amount: dkk(700) } },
  { when: 'the reservation is unwanted', events: [...reserved, cancelIntended], owed: cancel },
  { when: 'it was approved too late', events: [started(), created, observed('Reserved', {}, deadline)], owed: cancel },
  { when: 'it is captured', events: [...reserved, observed('Captured')], owed: nothing },
  { when: 'the customer refused', events: [started(), observed('CancelledByUser')], owed: nothing },
  { when: 'we cancelled', events: [started(), observed('CancelledByClient')], owed: nothing },
  { when: 'MobilePay cancelled', events: [started(), observed('CancelledByMobilePay')], owed: nothing },
  { when: 'it lapsed', events: [...reserved, observed('ExpiredAndCancelled')], owed: nothing },
  { when: 'an active one is adopted', events: [adopted('Initiated')], owed: ask },
  { when: 'a reserved one is adopted', events: [adopted('Reserved')], owed: { do: 'watch', paymentId } },
  { when: 'a given-up order turns up', events: [started(), { type: 'absenceConcluded', at }, created], owed: cancel },
];

describe('what is owed to an order', () => {
  it.each(cases)('when $when: $owed.do', ({ events, owed }) => {
    expect(owedOf(paymentAfter(...events))).toEqual(owed);
  });

  it.each(cases)('rule 2: when $when, a create may leave: $create', ({ events, create }) => {
    expect(mayCreate(paymentAfter(...events), startedAt)).toBe(create ?? false);
  });

  it.each(cases)('when $when and the time is over, it is overdue: $overdue', (expected) => {
    const payment = paymentAfter(...expected.events);
    expect(isOverdue(payment, deadline - 1)).toBe(false);
    expect(isOverdue(payment, deadline)).toBe(expected.overdue ?? false);
  });

  it('is expected for every state', () => {
    const states = new Set(cases.map(({ events }) => paymentAfter(...events).state));
    expect(states).toEqual(new Set(paymentStates));
  });
});

describe('rule 2: the limits of a create', () => {
  it('it leaves until expiresAt, and not at it', () => {
    const payment = paymentAfter(started());
    expect(mayCreate(payment, expiresAt - 1)).toBe(true);
    expect(mayCreate(payment, expiresAt)).toBe(false);
  });

  it("it leaves until the customer's deadline, and not at it, where that comes first", () => {
    const payment = paymentAfter(started({ deadline: expiresAt - 10_000 }));
    expect(mayCreate(payment, expiresAt - 10_001)).toBe(true);
    expect(mayCreate(payment, expiresAt - 10_000)).toBe(false);
  });

  it('it does not leave after the intent to cancel, however early', () => {
    expect(mayCreate(paymentAfter(started(), cancelIntended), startedAt)).toBe(false);
  });
});
